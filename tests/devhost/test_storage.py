from __future__ import annotations

import pytest

from devhost.errors import SettingsError
from devhost.storage import StorageAccount, is_queue_name

CLOUD = (
    "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=a2V5;"
    "EndpointSuffix=core.windows.net"
)


@pytest.mark.parametrize(
    ("settings", "connection", "url"),
    [
        (
            {"AzureWebJobsStorage": CLOUD},
            "AzureWebJobsStorage",
            "https://acme.queue.core.windows.net/q",
        ),
        ({"AzureWebJobsStorage": CLOUD}, "Storage", "https://acme.queue.core.windows.net/q"),
        ({"Other": "AccountName=o;AccountKey=a2V5"}, "Other", "https://o.queue.core.windows.net/q"),
        (
            {"S": "QueueEndpoint=http://127.0.0.1:1/dev;AccountName=dev;AccountKey=a2V5"},
            "S",
            "http://127.0.0.1:1/dev/q",
        ),
    ],
)
def test_connection_leads_to_its_account(
    settings: dict[str, str], connection: str, url: str
) -> None:
    assert StorageAccount(settings, connection).queue("q").url == url


@pytest.mark.parametrize(
    ("settings", "url"),
    [
        ({"S__accountName": "acme"}, "https://acme.queue.core.windows.net/q"),
        ({"S__queueServiceUri": "https://queues.example"}, "https://queues.example/q"),
    ],
)
def test_account_without_a_key_is_opened_with_an_identity(
    settings: dict[str, str], url: str
) -> None:
    pytest.importorskip("azure.identity")

    queue = StorageAccount(settings, "S").queue("q")

    assert queue.url == url
    assert queue.credential is not None


def test_shared_access_signature_is_used() -> None:
    settings = {"S": "QueueEndpoint=https://a.example;SharedAccessSignature=sv=1&sig=x%3D"}

    assert StorageAccount(settings, "S").queue("q").url == "https://a.example/q?sv=1&sig=x%3D"


@pytest.mark.parametrize(
    "settings", [{}, {"S": "nonsense"}, {"S": "AccountName=a"}, {"S__blobServiceUri": "https://b"}]
)
def test_connection_that_leads_nowhere_is_a_mistake(settings: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"\bS"):
        StorageAccount(settings, "S").queue("q")


@pytest.mark.parametrize(
    ("name", "valid"),
    [
        ("jobs", True),
        ("a-b-1", True),
        ("ab", False),
        ("a" * 63, True),
        ("a" * 64, False),
        ("Jobs", False),
        ("a--b", False),
        ("-ab", False),
        ("ab-", False),
        ("a_b", False),
        ("jübs", False),
    ],
)
def test_queue_names_are_those_of_azure_storage(name: str, *, valid: bool) -> None:
    assert is_queue_name(name) is valid
