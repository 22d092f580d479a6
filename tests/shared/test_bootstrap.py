from __future__ import annotations

import json
from typing import TYPE_CHECKING, NoReturn

import pytest
from azure.core.exceptions import ClientAuthenticationError

from shared import bootstrap
from shared.errors import (
    BadRequestError,
    KeysUnavailableError,
    SettingsError,
    StorageUnavailableError,
)
from shared.people import SignInPolicy
from shared.settings import SERVICES_URL, Settings, read_settings
from shared.storage.key_vault import key_vault
from shared.storage.secrets import make_key_ring
from shared.trackers import tracker_record
from tests.key_vault import KEY_URL, FakeKeyVault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devhost.azurite import Azurite
    from tests.identity_server.process import IdentityServerProcess

KEY = "c2VjcmV0"
ACCOUNT = f"AccountName=a;AccountKey={KEY};"
NOBODY = f"{ACCOUNT}TableEndpoint=http://127.0.0.1:1/a;QueueEndpoint=http://127.0.0.1:1/a;"


@pytest.fixture
def keys(tmp_path: Path) -> str:
    """Return the path of a key ring."""
    path = tmp_path / "keys.json"
    make_key_ring(path)
    return str(path)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Return an environment without a setting of ours."""
    for name in (
        "AzureWebJobsStorage",
        "LOCAL_KEY_RING",
        "KEY_VAULT_KEY_URL",
        "PUBLIC_URL",
        "AZURE_DEVOPS_URL",
    ):
        monkeypatch.delenv(name, raising=False)
    bootstrap.services.cache_clear()
    yield monkeypatch
    bootstrap.services.cache_clear()


def test_building_calls_nothing(keys: str) -> None:
    services = bootstrap.build(Settings(storage=NOBODY, local_key_ring=keys))

    with pytest.raises(StorageUnavailableError):
        services.storage.check()


def test_secrets_are_sealed_with_the_key_ring_of_the_settings(keys: str) -> None:
    first = bootstrap.build(Settings(storage=NOBODY, local_key_ring=keys))
    second = bootstrap.build(Settings(storage=NOBODY, local_key_ring=keys))

    sealed = first.vault.seal("secret", purpose="test")

    assert second.vault.open(sealed, purpose="test") == "secret"


def test_building_asks_no_key_vault_and_seals_nothing_without_it() -> None:
    services = bootstrap.build(Settings(storage=NOBODY, key_vault_key_url=KEY_URL))

    with pytest.raises(StorageUnavailableError):
        services.vault.seal("secret", purpose="test")


def test_secrets_are_sealed_with_keys_that_the_key_vault_of_the_settings_wraps(
    azurite: Azurite, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(
        storage=azurite.connection_string,
        key_vault_key_url=KEY_URL,
        app_identity_client_id="the-app",
    )
    with FakeKeyVault() as fake:
        monkeypatch.setattr(bootstrap, "key_vault", lambda url, credential: fake.key(url))
        first, second = bootstrap.build(settings), bootstrap.build(settings)

        sealed = first.vault.seal("secret", purpose="test")

        assert second.vault.open(sealed, purpose="test") == "secret"
        assert {s.wrapped_by.partition("/")[0] for s in second.vault.statuses()} == {"devlinks"}


def test_key_vault_sees_the_app_by_its_identity(
    monkeypatch: pytest.MonkeyPatch, azurite: Azurite
) -> None:
    shown: list[str] = []
    settings = Settings(
        storage=azurite.connection_string,
        key_vault_key_url=KEY_URL,
        app_identity_client_id="the-app",
    )

    class Nobody:
        def get_token(self, *scopes: str, **options: object) -> NoReturn:
            raise ClientAuthenticationError(message="Nobody.")

    def identity(client_id: str) -> Nobody:
        shown.append(client_id)
        return Nobody()

    with FakeKeyVault() as fake:
        monkeypatch.setattr(
            bootstrap,
            "key_vault",
            lambda url, credential: key_vault(url, credential, transport=fake.transport),
        )
        services = bootstrap.build(settings, identity=identity)
        assert shown == []

        with pytest.raises(KeysUnavailableError, match="got no token"):
            services.vault.rotate(now=bootstrap.utc_now())

    assert shown == ["the-app"]


def test_operator_is_who_is_signed_in_to_azure_at_the_shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = {"accessToken": "of-the-operator", "expires_on": 4_000_000_000}
    command = tmp_path / "az"
    command.write_text(f"#!/bin/sh\necho '{json.dumps(token)}'\n")
    command.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    credential = bootstrap._identity_of_operator("the-app")

    assert credential.get_token("https://vault.azure.net/.default").token == "of-the-operator"


def test_hooks_are_asked_for_at_the_public_address(keys: str) -> None:
    settings = read_settings(
        {
            "AzureWebJobsStorage": NOBODY,
            "LOCAL_KEY_RING": keys,
            "PUBLIC_URL": "https://links.example.com/",
        }
    )

    assert bootstrap.build(settings).public_url == "https://links.example.com"


def test_git_host_is_that_of_the_settings(keys: str) -> None:
    for url in (SERVICES_URL, "https://dev.azure.example"):
        built = bootstrap.build(Settings(storage=NOBODY, local_key_ring=keys, azure_devops_url=url))

        address = built.git_hosts["azure_devops"].address(f"{url}/contoso/Shop", ())
        assert address.url == f"{url}/contoso"


def test_storage_may_be_reached_with_an_identity(keys: str) -> None:
    settings = Settings(
        table_url="https://a.table.core.windows.net",
        queue_url="https://a.queue.core.windows.net",
        identity_client_id="00000000-0000-0000-0000-000000000000",
        local_key_ring=keys,
    )

    assert bootstrap.build(settings).storage is not None


@pytest.mark.parametrize(
    "storage",
    [
        "nonsense",
        "AccountName=a",
        f"AccountKey={KEY}",
        "AccountName=a;AccountKey=not base64!",
        "AccountName=a;AccountKey=b",
    ],
)
def test_wrong_connection_string_is_a_mistake_in_the_settings(keys: str, storage: str) -> None:
    with pytest.raises(SettingsError, match="AzureWebJobsStorage"):
        bootstrap.build(Settings(storage=storage, local_key_ring=keys))


@pytest.mark.parametrize(
    "content", [None, b"", b"{}", b"[]", b"no json", b'[{"id": "k1", "key": "c2hvcnQ="}]']
)
def test_wrong_key_ring_is_a_mistake_in_the_settings(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "ring.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError, match="LOCAL_KEY_RING"):
        bootstrap.build(Settings(storage=NOBODY, local_key_ring=str(path)))


def test_wrong_settings_are_told_each_time_and_forgotten_once_they_are_right(
    environment: pytest.MonkeyPatch, keys: str, azurite: Azurite
) -> None:
    for _ in range(2):
        with pytest.raises(SettingsError):
            bootstrap.services()

    environment.setenv("AzureWebJobsStorage", azurite.connection_string)
    environment.setenv("LOCAL_KEY_RING", keys)

    assert bootstrap.services() is bootstrap.services()


def test_installation_begins_with_the_default_tracker(
    environment: pytest.MonkeyPatch, keys: str, azurite: Azurite
) -> None:
    environment.setenv("AzureWebJobsStorage", azurite.connection_string)
    environment.setenv("LOCAL_KEY_RING", keys)

    assert tracker_record(bootstrap.services(), "default").value.name == "Default"


def test_storage_that_does_not_answer_is_tried_again_by_the_next_request(
    environment: pytest.MonkeyPatch, keys: str, azurite: Azurite
) -> None:
    environment.setenv("LOCAL_KEY_RING", keys)
    environment.setenv("AzureWebJobsStorage", NOBODY)
    with pytest.raises(StorageUnavailableError):
        bootstrap.services()

    environment.setenv("AzureWebJobsStorage", azurite.connection_string)

    bootstrap.services().storage.check()


def test_command_line_uses_the_defaults_where_the_environment_names_no_storage(
    environment: pytest.MonkeyPatch, keys: str, azurite: Azurite
) -> None:
    defaults = {"AzureWebJobsStorage": azurite.connection_string, "LOCAL_KEY_RING": keys}

    bootstrap.services_for_operator(defaults).storage.check()


@pytest.mark.parametrize("name", ["AzureWebJobsStorage", "AzureWebJobsStorage__tableServiceUri"])
def test_command_line_uses_no_default_where_the_environment_names_storage(
    environment: pytest.MonkeyPatch, keys: str, azurite: Azurite, name: str
) -> None:
    defaults = {"AzureWebJobsStorage": azurite.connection_string, "LOCAL_KEY_RING": keys}
    environment.setenv(name, "UseDevelopmentStorage=true")

    with pytest.raises(SettingsError, match="LOCAL_KEY_RING"):
        bootstrap.services_for_operator(defaults)


def test_clock_tells_utc() -> None:
    offset = bootstrap.utc_now().utcoffset()

    assert offset is not None
    assert not offset


def test_every_mistake_about_git_servers_is_named_at_once(keys: str, tmp_path: Path) -> None:
    environment = {
        "AzureWebJobsStorage": NOBODY,
        "LOCAL_KEY_RING": keys,
        "GIT_SERVER_ALLOWLIST": "git.corp 10.0.0.0/33 300.1.1.1",
        "GIT_SERVER_CA_BUNDLE": str(tmp_path / "missing.pem"),
    }

    with pytest.raises(SettingsError) as raised:
        bootstrap.checked(environment)

    told = " ".join(raised.value.mistakes)
    assert len(raised.value.mistakes) == 3
    assert all(name in told for name in ("10.0.0.0/33", "300.1.1.1", "GIT_SERVER_CA_BUNDLE"))


@pytest.mark.parametrize(("listed", "is_open"), [("", False), ("git.corp", True)])
def test_servers_are_called_as_the_allow_list_of_git_servers_says(
    keys: str, listed: str, *, is_open: bool
) -> None:
    settings = read_settings(
        {"AzureWebJobsStorage": NOBODY, "LOCAL_KEY_RING": keys, "GIT_SERVER_ALLOWLIST": listed}
    )
    server = bootstrap.build(settings).git_hosts["azure_devops_server"]

    try:
        server.address("http://git.corp/tfs/Main", ())
    except BadRequestError:
        assert not is_open
    else:
        assert is_open


REGISTRATION = {
    "ENTRA_TENANT_ID": "contoso.com",
    "ENTRA_CLIENT_ID": "app",
    "ENTRA_CLIENT_SECRET": "s3cret",
}


def test_without_a_registration_nobody_signs_in_by_an_identity_server(keys: str) -> None:
    sign_in = bootstrap.build(Settings(storage=NOBODY, local_key_ring=keys)).sign_in

    assert sign_in.server is None
    assert sign_in.identities is not None


def test_sign_in_is_as_the_settings_say(keys: str) -> None:
    admin, tenant = "00000000-0000-0000-0000-000000000000", "11111111-2222-3333-4444-555555555555"
    settings = Settings(
        storage=NOBODY,
        local_key_ring=keys,
        public_url="http://localhost:7071",
        admin_object_ids=(admin,),
        platform_authentication=True,
        entra_tenant_id=tenant,
        entra_client_id="app",
        entra_client_secret="s3cret",
    )

    sign_in = bootstrap.build(settings).sign_in

    # Browsers reach an address that service hooks cannot.
    assert sign_in.console_url == "http://localhost:7071"
    assert sign_in.policy == SignInPolicy(
        admins=frozenset({admin}), believes_platform=True, tenant_id=tenant
    )


def test_people_sign_in_at_the_authority_of_the_settings(
    keys: str, identity_server: IdentityServerProcess, tmp_path: Path
) -> None:
    known = identity_server.certificate
    path = tmp_path / "app.pem"
    path.write_text(known.key + known.certificate)
    environment = {
        "AzureWebJobsStorage": NOBODY,
        "LOCAL_KEY_RING": keys,
        "ENTRA_TENANT_ID": identity_server.tenant_id,
        "ENTRA_CLIENT_ID": identity_server.certified_client_id,
        "ENTRA_CLIENT_CERTIFICATE": str(path),
        "ENTRA_AUTHORITY": identity_server.url,
        "ENTRA_CA_BUNDLE": identity_server.ca_bundle,
    }
    server = bootstrap.build(bootstrap.checked(environment)).sign_in.server
    assert server is not None

    begun = server.begin_sign_in(redirect_uri="http://localhost:7071/oauth/callback")
    person = server.complete_sign_in(begun.flow, identity_server.allow(begun.url))

    assert person.tenant_id == identity_server.tenant_id


def test_registration_may_be_vouched_for_by_an_identity(keys: str) -> None:
    settings = Settings(
        storage=NOBODY,
        local_key_ring=keys,
        entra_tenant_id="contoso.com",
        entra_client_id="app",
        entra_federated_identity_client_id="identity",
    )

    assert bootstrap.build(settings).sign_in.server is not None


@pytest.mark.parametrize("name", ["ENTRA_CLIENT_CERTIFICATE", "ENTRA_CA_BUNDLE"])
def test_file_of_the_registration_that_is_not_what_it_should_be_is_named(
    keys: str, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "empty.pem"
    path.write_text("nothing")
    environment = {"AzureWebJobsStorage": NOBODY, "LOCAL_KEY_RING": keys, **REGISTRATION}
    environment.pop("ENTRA_CLIENT_SECRET" if name == "ENTRA_CLIENT_CERTIFICATE" else "", None)

    with pytest.raises(SettingsError, match=name) as raised:
        bootstrap.checked({**environment, name: str(path)})

    assert len(raised.value.mistakes) == 1
