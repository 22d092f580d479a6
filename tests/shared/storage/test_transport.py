from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.rest import HttpRequest

from shared.storage.transport import PooledTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.shared.conftest import Serve


@pytest.fixture
def transport() -> Iterator[PooledTransport]:
    with PooledTransport(connections=2) as opened:
        yield opened


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port: int = bound.getsockname()[1]
        return port


def test_request_is_sent_as_given_and_its_answer_read_to_the_end(
    transport: PooledTransport, serve: Serve
) -> None:
    url, heard = serve(
        lambda connection: connection.sendall(
            b"HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ndone"
        )
    )

    answer = transport.send(
        HttpRequest("POST", f"{url}/a(b='c%20d')?e=%24f", headers={"X-Own": "1"}, content=b"body")
    )

    assert heard[0].startswith(b"POST /a(b='c%20d')?e=%24f HTTP/1.1\r\n")
    assert b"X-Own: 1\r\n" in heard[0]
    assert heard[0].endswith(b"\r\n\r\nbody")
    assert (answer.status_code, answer.reason, answer.content) == (202, "Accepted", b"done")
    assert (answer.text(), answer.content_type) == ("done", "text/plain")
    assert answer.headers["content-type"] == "text/plain"
    assert [*answer.iter_bytes()] == [b"done"]
    answer.raise_for_status()


def test_redirect_is_an_answer_and_is_not_followed(
    transport: PooledTransport, serve: Serve
) -> None:
    other, heard_by_other = serve(lambda connection: connection.close())
    url, _ = serve(
        lambda connection: connection.sendall(
            f"HTTP/1.1 307 T\r\nLocation: {other}/\r\nContent-Length: 0\r\n\r\n".encode()
        )
    )

    assert transport.send(HttpRequest("GET", f"{url}/")).status_code == 307
    assert heard_by_other == []


def test_refusal_can_be_raised(transport: PooledTransport, serve: Serve) -> None:
    url, _ = serve(
        lambda connection: connection.sendall(
            b"HTTP/1.1 409 Conflict\r\nContent-Length: 2\r\n\r\n[]"
        )
    )

    answer = transport.send(HttpRequest("GET", f"{url}/"))

    assert answer.json() == []
    with pytest.raises(HttpResponseError, match="Conflict"):
        answer.raise_for_status()


def test_nothing_was_sent_where_nobody_listens(transport: PooledTransport) -> None:
    with pytest.raises(ServiceRequestError):
        transport.send(HttpRequest("GET", f"http://127.0.0.1:{free_port()}/"))


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", b"?\r\n"]
)
def test_something_may_have_been_done_when_the_answer_is_broken(
    transport: PooledTransport, serve: Serve, said: bytes
) -> None:
    url, _ = serve(lambda connection: connection.sendall(said))

    with pytest.raises(ServiceResponseError):
        transport.send(HttpRequest("GET", f"{url}/"))
