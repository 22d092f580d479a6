from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

import pytest
from azure.core.exceptions import HttpResponseError, ServiceResponseError

from devhost.errors import SettingsError
from devhost.storage import StorageAccount, is_queue_name

if TYPE_CHECKING:
    from collections.abc import Sequence

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


class QueueService:
    """Answers deletions with statuses in turn; None: it closes the connection without a word."""

    def __init__(self, statuses: Sequence[int | None]) -> None:
        self.left = list(statuses)
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_DELETE(self) -> None:
                status = service.left.pop(0)
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.connection = (
            f"QueueEndpoint=http://127.0.0.1:{self._server.server_address[1]}/dev;"
            "AccountName=dev;AccountKey=a2V5"
        )

    def __enter__(self) -> Self:
        # Asked often whether to stop, so that stopping takes no time.
        serve = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        serve.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def delete(self) -> None:
        """Have a message deleted."""
        StorageAccount({"S": self.connection}, "S").queue("jobs").delete_message("1", "receipt")


def test_request_on_a_connection_that_was_closed_is_sent_again() -> None:
    with QueueService([None, 204]) as service:
        service.delete()

    assert service.left == []


def test_request_is_sent_no_more_than_twice() -> None:
    with QueueService([None, None, 204]) as service, pytest.raises(ServiceResponseError):
        service.delete()

    assert service.left == [204]


def test_refusal_is_taken_as_it_is() -> None:
    with QueueService([503, 204]) as service, pytest.raises(HttpResponseError):
        service.delete()

    assert service.left == [204]
