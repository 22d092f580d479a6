from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared import bootstrap
from shared.errors import BadRequestError, SettingsError, StorageUnavailableError
from shared.settings import SERVICES_URL, Settings, read_settings
from shared.storage.secrets import make_key_ring
from shared.trackers import tracker_record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devhost.azurite import Azurite

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
    for name in ("AzureWebJobsStorage", "LOCAL_KEY_RING", "PUBLIC_URL", "AZURE_DEVOPS_URL"):
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
