from __future__ import annotations

import pytest

from shared.errors import SettingsError
from shared.settings import Settings, read_settings

LEAST = {"AzureWebJobsStorage": "UseDevelopmentStorage=true", "LOCAL_KEY_RING": "keys.json"}


def read(**more: str) -> Settings:
    return read_settings({**LEAST, **more})


def mistakes(environment: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as raised:
        read_settings(environment)
    return raised.value.mistakes


def test_least_settings_leave_the_rest_as_it_is_meant() -> None:
    settings = read()

    assert settings.storage == "UseDevelopmentStorage=true"
    assert settings.local_key_ring == "keys.json"
    assert settings.azure_devops_url == "https://dev.azure.com"
    assert settings.reindex_schedule == "0 */5 * * * *"
    assert settings.public_url == settings.hook_url == ""


def test_storage_may_be_reached_with_an_identity() -> None:
    settings = read_settings(
        {
            "AzureWebJobsStorage__tableServiceUri": "https://x.table.core.windows.net/",
            "AzureWebJobsStorage__queueServiceUri": "https://x.queue.core.windows.net/",
            "AzureWebJobsStorage__clientId": "a",
            "LOCAL_KEY_RING": "keys.json",
        }
    )

    assert settings.storage == ""
    assert settings.table_url == "https://x.table.core.windows.net"
    assert settings.queue_url == "https://x.queue.core.windows.net"
    assert settings.identity_client_id == "a"


def test_identity_of_the_storage_comes_before_that_of_the_app() -> None:
    both = read(AzureWebJobsStorage__clientId="storage", AZURE_CLIENT_ID="app")

    assert both.identity_client_id == "storage"
    assert read(AZURE_CLIENT_ID="app").identity_client_id == "app"


@pytest.mark.parametrize("part", ["table", "queue"])
def test_storage_with_one_address_of_two_is_not_set(part: str) -> None:
    environment = {f"AzureWebJobsStorage__{part}ServiceUri": "https://x", "LOCAL_KEY_RING": "k"}

    [mistake] = mistakes(environment)

    assert "AzureWebJobsStorage__queueServiceUri" in mistake


def test_every_mistake_is_named_at_once() -> None:
    found = mistakes(
        {
            "PUBLIC_URL": "links.example.com",
            "AZURE_DEVOPS_URL": "dev.azure.com",
            "REINDEX_SCHEDULE": "every five minutes",
        }
    )

    names = ["AzureWebJobsStorage", "KEY_VAULT_KEY_URL", "PUBLIC_URL", "AZURE_DEVOPS_URL",
             "REINDEX_SCHEDULE"]  # fmt: skip
    assert [mistake.split()[0] for mistake in found] == names


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://links.example.com", "https://links.example.com"),
        ("https://links.example.com/", "https://links.example.com"),
        ("https://links.example.com:8443", "https://links.example.com:8443"),
        ("http://localhost:7071", "http://localhost:7071"),
        ("http://127.0.0.1:7071", "http://127.0.0.1:7071"),
        ("http://[::1]:7071", "http://[::1]:7071"),
    ],
)
def test_public_address_is_scheme_and_host(url: str, kept: str) -> None:
    assert read(PUBLIC_URL=url).public_url == kept


@pytest.mark.parametrize(
    "url",
    [
        "links.example.com",
        "//links.example.com",
        "ftp://links.example.com",
        "https://",
        "https://links.example.com/api",
        "https://links.example.com?x=1",
        "https://links.example.com#x",
        "https://user:secret@links.example.com",
        "http://links.example.com",
        "http://localhost.example.com",
        "http://[",
        "https://links.example.com:99999",
        "https://links.example.com:x",
        "javascript:alert(1)",
    ],
)
def test_public_address_of_another_form_is_a_mistake(url: str) -> None:
    [mistake] = mistakes({**LEAST, "PUBLIC_URL": url})

    assert mistake.startswith("PUBLIC_URL must ")


@pytest.mark.parametrize(
    "url", ["https://dev.azure.com", "https://dev.azure.example/", "http://localhost:8080"]
)
def test_address_of_the_services_is_taken(url: str) -> None:
    assert read(AZURE_DEVOPS_URL=url).azure_devops_url == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["", "dev.azure.com", "https://", "http://dev.azure.com", "ftp://dev.azure.com", "http://[",
     "https://dev.azure.com:99999", "https://user:secret@dev.azure.com"],
)  # fmt: skip
def test_address_of_the_services_of_another_form_is_a_mistake(url: str) -> None:
    [mistake] = mistakes({**LEAST, "AZURE_DEVOPS_URL": url})

    assert mistake.startswith("AZURE_DEVOPS_URL must ")


@pytest.mark.parametrize(
    ("services", "identity", "asked"),
    [
        ("https://dev.azure.com", "", "https://app.vssps.visualstudio.com"),
        ("https://dev.azure.com/", "", "https://app.vssps.visualstudio.com"),
        ("https://dev.azure.com", "https://vssps.example/", "https://vssps.example"),
        ("https://dev.azure.example", "", "https://dev.azure.example"),
        ("http://localhost:8080", "", "http://localhost:8080"),
        ("http://localhost:8080", "http://localhost:9090", "http://localhost:9090"),
    ],
)
def test_sign_in_to_services_elsewhere_is_not_shown_to_the_public_ones(
    services: str, identity: str, asked: str
) -> None:
    found = read(AZURE_DEVOPS_URL=services, AZURE_DEVOPS_IDENTITY_URL=identity)

    assert found.identity_url == asked


@pytest.mark.parametrize("url", ["vssps.example", "http://vssps.example", "https://a:b@vssps"])
def test_address_of_the_identity_service_of_another_form_is_a_mistake(url: str) -> None:
    [mistake] = mistakes({**LEAST, "AZURE_DEVOPS_IDENTITY_URL": url})

    assert mistake.startswith("AZURE_DEVOPS_IDENTITY_URL must ")


@pytest.mark.parametrize(
    ("public", "services", "hooks"),
    [
        ("https://links.example.com", "https://dev.azure.com", "https://links.example.com"),
        ("http://localhost:7071", "https://dev.azure.com", ""),
        ("https://localhost:7071", "https://dev.azure.com", ""),
        ("http://127.0.0.1:7071", "https://dev.azure.com", ""),
        ("http://[::1]:7071", "https://dev.azure.com", ""),
        ("http://localhost:7071", "http://localhost:8080", "http://localhost:7071"),
        ("", "https://dev.azure.com", ""),
    ],
)
def test_hooks_reach_us_where_the_services_can(public: str, services: str, hooks: str) -> None:
    assert read(PUBLIC_URL=public, AZURE_DEVOPS_URL=services).hook_url == hooks


@pytest.mark.parametrize("schedule", ["0 */5 * * * *", "0 0 3 * * 1-5", " 0 */5 * * * * "])
def test_schedule_of_six_fields_is_taken(schedule: str) -> None:
    assert read(REINDEX_SCHEDULE=schedule).reindex_schedule == schedule.strip()


@pytest.mark.parametrize("schedule", ["", "*/5 * * * *", "0 */5 * * * * *", "0  */5 * * * *"])
def test_schedule_of_other_than_six_fields_is_a_mistake(schedule: str) -> None:
    [mistake] = mistakes({**LEAST, "REINDEX_SCHEDULE": schedule})

    assert mistake.startswith("REINDEX_SCHEDULE must have six fields")


STORAGE = {"AzureWebJobsStorage": "UseDevelopmentStorage=true"}


@pytest.mark.parametrize(
    "url",
    [
        "https://acme.vault.azure.net/keys/devlinks",
        "https://acme.vault.azure.net/keys/devlinks/",
        "https://acme.vault.azure.net/keys/devlinks/0123456789abcdef0123456789abcdef",
        "https://acme.managedhsm.azure.net/keys/Dev-Links-2",
    ],
)
def test_key_of_a_vault_takes_the_place_of_a_key_ring(url: str) -> None:
    settings = read_settings({**STORAGE, "KEY_VAULT_KEY_URL": url})

    assert settings.key_vault_key_url == url.rstrip("/")
    assert settings.local_key_ring == ""


@pytest.mark.parametrize(
    "url",
    [
        "acme.vault.azure.net/keys/devlinks",
        "http://acme.vault.azure.net/keys/devlinks",
        "https://acme.vault.azure.net",
        "https://acme.vault.azure.net/keys",
        "https://acme.vault.azure.net/secrets/devlinks",
        "https://acme.vault.azure.net/keys/devlinks/1/2",
        "https://acme.vault.azure.net/keys/dev links",
        "https://acme.vault.azure.net/keys/devlinks?x=1",
        "https://user:secret@acme.vault.azure.net/keys/devlinks",
        "https://acme.vault.azure.net/keys/../secrets",
    ],
)
def test_address_of_no_key_is_a_mistake(url: str) -> None:
    [mistake] = mistakes({**STORAGE, "KEY_VAULT_KEY_URL": url})

    assert mistake.startswith("KEY_VAULT_KEY_URL must be a key's address")


def test_keys_are_kept_in_one_place() -> None:
    [neither] = mistakes(STORAGE)
    [both] = mistakes({**LEAST, "KEY_VAULT_KEY_URL": "https://acme.vault.azure.net/keys/devlinks"})

    assert "KEY_VAULT_KEY_URL" in neither
    assert "LOCAL_KEY_RING" in neither
    assert "both set" in both


REGISTRATION = {"ENTRA_TENANT_ID": "contoso.com", "ENTRA_CLIENT_ID": "app"}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("ENTRA_CLIENT_SECRET", "entra_client_secret"),
        ("ENTRA_CLIENT_CERTIFICATE", "entra_client_certificate"),
        ("ENTRA_FEDERATED_IDENTITY_CLIENT_ID", "entra_federated_identity_client_id"),
    ],
)
def test_registration_has_one_credential_of_three_kinds(name: str, kept: str) -> None:
    settings = read(**REGISTRATION, **{name: "its credential"})

    assert getattr(settings, kept) == "its credential"
    assert (settings.entra_tenant_id, settings.entra_client_id) == ("contoso.com", "app")
    assert settings.entra_authority == "https://login.microsoftonline.com"


def test_nobody_signs_in_where_no_registration_is_named() -> None:
    assert read().entra_tenant_id == read().entra_client_id == ""


@pytest.mark.parametrize(
    "settings",
    [
        {"ENTRA_TENANT_ID": "contoso.com"},
        {"ENTRA_CLIENT_ID": "app"},
        {"ENTRA_CLIENT_SECRET": "s3cret"},
        REGISTRATION,
        {"ENTRA_TENANT_ID": "contoso.com", "ENTRA_CLIENT_SECRET": "s3cret"},
        {**REGISTRATION, "ENTRA_CLIENT_SECRET": "s3cret", "ENTRA_CLIENT_CERTIFICATE": "app.pem"},
        {**REGISTRATION, "ENTRA_CLIENT_SECRET": "s3cret",
         "ENTRA_FEDERATED_IDENTITY_CLIENT_ID": "identity"},
    ],
)  # fmt: skip
def test_registration_with_a_part_missing_or_too_many_is_a_mistake(
    settings: dict[str, str],
) -> None:
    [mistake] = mistakes({**LEAST, **settings})

    assert "ENTRA_TENANT_ID, ENTRA_CLIENT_ID and exactly one" in mistake
    assert "s3cret" not in mistake


@pytest.mark.parametrize("tenant", ["../common", "a/b", "a b", "a?b", "a#b", ".com", "x" * 101])
def test_tenant_that_would_choose_another_endpoint_is_a_mistake(tenant: str) -> None:
    named = {**REGISTRATION, "ENTRA_TENANT_ID": tenant, "ENTRA_CLIENT_SECRET": "s3cret"}

    [mistake] = mistakes({**LEAST, **named})

    assert mistake.startswith("ENTRA_TENANT_ID must be")


@pytest.mark.parametrize("url", ["login.example", "http://login.example", "https://a:b@login"])
def test_authority_of_another_form_is_a_mistake(url: str) -> None:
    [mistake] = mistakes({**LEAST, "ENTRA_AUTHORITY": url})

    assert mistake.startswith("ENTRA_AUTHORITY must ")


def test_authority_may_lie_elsewhere() -> None:
    authority = "https://login.microsoftonline.us/"

    assert read(ENTRA_AUTHORITY=authority).entra_authority == "https://login.microsoftonline.us"


ONE, OTHER = "11111111-2222-3333-4444-555555555555", "AAAAAAAA-bbbb-CCCC-dddd-EEEEEEEEEEEE"


@pytest.mark.parametrize("listed", [f"{ONE},{OTHER}", f" {ONE} , {OTHER} ", f"{ONE} {OTHER},"])
def test_first_admins_are_named_by_their_object_ids(listed: str) -> None:
    assert read(ADMIN_OBJECT_IDS=listed).admin_object_ids == (ONE, OTHER.lower())


@pytest.mark.parametrize("listed", ["somebody@contoso.com", ONE[:-1], f"{ONE};{OTHER}", "*"])
def test_admin_named_by_anything_else_is_a_mistake(listed: str) -> None:
    [mistake] = mistakes({**LEAST, "ADMIN_OBJECT_IDS": listed})

    assert mistake.startswith("ADMIN_OBJECT_IDS must be object ids")


@pytest.mark.parametrize(
    ("text", "is_on"),
    [("", False), ("false", False), ("0", False), ("true", True), (" True ", True), ("1", True)],
)
def test_platform_authentication_is_believed_only_where_it_is_said(
    text: str, *, is_on: bool
) -> None:
    stands_before = {"WEBSITE_AUTH_ENABLED": "True"}

    assert read(PLATFORM_AUTHENTICATION=text, **stands_before).platform_authentication is is_on
    assert read(**stands_before).platform_authentication is False


@pytest.mark.parametrize("stands_before", [{}, {"WEBSITE_AUTH_ENABLED": "False"}])
def test_platform_authentication_that_is_not_there_is_a_mistake(
    stands_before: dict[str, str],
) -> None:
    [mistake] = mistakes({**LEAST, "PLATFORM_AUTHENTICATION": "true", **stands_before})

    assert "App Service authentication is not switched on" in mistake


@pytest.mark.parametrize(("tenant", "only"), [("contoso.com", ""), (ONE, ONE), (OTHER, OTHER)])
def test_platform_is_held_to_a_directory_that_is_named_by_its_id(tenant: str, only: str) -> None:
    settings = read(**{**REGISTRATION, "ENTRA_CLIENT_SECRET": "s3cret", "ENTRA_TENANT_ID": tenant})

    assert settings.only_tenant == only


@pytest.mark.parametrize("text", ["yes", "on", "2", "truee"])
def test_platform_authentication_is_true_or_false(text: str) -> None:
    assert mistakes({**LEAST, "PLATFORM_AUTHENTICATION": text}) == (
        "PLATFORM_AUTHENTICATION must be true or false",
    )


def test_mistakes_do_not_repeat_secrets() -> None:
    environment = {
        "AzureWebJobsStorage": "AccountKey=c2VjcmV0",
        "PUBLIC_URL": "https://user:secret@links.example.com/x",
        "KEY_VAULT_KEY_URL": "https://user:secret@acme.vault.azure.net/keys/x",
        "ENTRA_CLIENT_SECRET": "s3cret",
    }

    told = " ".join(mistakes(environment))

    assert not [secret for secret in ("c2VjcmV0", "secret@", "s3cret") if secret in told]


def test_settings_do_not_show_themselves() -> None:
    shown = repr(read(**REGISTRATION, ENTRA_CLIENT_SECRET="s3cret"))

    assert shown == "Settings(…)"
