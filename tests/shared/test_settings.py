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

    names = ["AzureWebJobsStorage", "LOCAL_KEY_RING", "PUBLIC_URL", "AZURE_DEVOPS_URL",
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


def test_mistakes_do_not_repeat_secrets() -> None:
    environment = {
        "AzureWebJobsStorage": "AccountKey=c2VjcmV0",
        "PUBLIC_URL": "https://user:secret@links.example.com/x",
    }

    assert "c2VjcmV0" not in " ".join(mistakes(environment))
    assert "secret@" not in " ".join(mistakes(environment))
