from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.core.rest import HttpRequest

from shared.storage.account import StorageAccount
from shared.storage.sockets import BrokenAnswerError, Connection
from shared.storage.transport import PooledTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.storage.sockets import Answer
    from tests.shared.conftest import Serve


def exchange(serve: Serve, said: bytes, *, method: str = "GET") -> Answer:
    """Return how an answer of these bytes is read, after which the server closes."""
    url, _ = serve(lambda connection: connection.sendall(said))
    connection = Connection(url)
    connection.open()
    try:
        return connection.exchange(method, "/", {}, None)
    finally:
        connection.close()


BODIES = {
    "length": b"Content-Length: 5\r\n\r\nhello",
    "chunks": b"Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;more=1\r\nlo\r\n0\r\n\r\n",
    "chunks with a trailer": b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX: 1\r\n\r\n",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_body_is_read_in_every_form(serve: Serve, body: bytes) -> None:
    answer = exchange(serve, b"HTTP/1.1 200 Very well\r\n" + body)

    assert (answer.status, answer.reason, answer.body) == (200, "Very well", b"hello")


@pytest.mark.parametrize(
    ("said", "method"),
    [
        (b"HTTP/1.1 204 No Content\r\nX: 1\r\n\r\n", "POST"),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n", "GET"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "GET"),
    ],
)
def test_answer_without_a_body_has_none(serve: Serve, said: bytes, method: str) -> None:
    assert exchange(serve, said, method=method).body == b""


@pytest.mark.parametrize(
    ("said", "is_open"),
    [
        (b"HTTP/1.1 204 No Content\r\n\r\n", True),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok", True),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 201 Created\r\nConnection: Close\r\nContent-Length: 2\r\n\r\nok", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", False),
    ],
)
def test_connection_stays_open_unless_the_server_says_that_it_does_not(
    serve: Serve,
    said: bytes,
    is_open: bool,
) -> None:
    url, _ = serve(lambda connection: connection.sendall(said))
    connection = Connection(url)
    connection.open()

    connection.exchange("POST", "/", {}, b"x")

    assert connection.is_open == is_open
    connection.close()


def test_answer_that_is_still_to_come_is_waited_for(serve: Serve) -> None:
    said = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"

    assert exchange(serve, said).status == 201


BROKEN = {
    "nothing": b"",
    "no answer": b"hello\r\n\r\n",
    "no status": b"HTTP/1.1 fine\r\n\r\n",
    "cut head": b"HTTP/1.1 200 OK\r\nContent-",
    "endless head": b"HTTP/1.1 200 OK\r\n" + b"x" * 200_000,
    "cut body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf",
    "odd length": b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n",
    "length below zero": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    "odd chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "no length": b"HTTP/1.1 200 OK\r\nX-Other: 1\r\n\r\nhello",
    "cut chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
}


@pytest.mark.parametrize("said", BROKEN.values(), ids=BROKEN)
def test_answer_that_is_broken_is_no_answer(serve: Serve, said: bytes) -> None:
    with pytest.raises(BrokenAnswerError):
        exchange(serve, said)


def test_header_cannot_bring_another_one_with_it(serve: Serve) -> None:
    url, heard = serve(lambda connection: connection.close())
    connection = Connection(url)
    connection.open()

    with pytest.raises(ValueError, match="line break"):
        connection.exchange("GET", "/", {"X": "1\r\nY: 2"}, None)
    connection.close()

    assert not any(b"Y" in request for request in heard)


@pytest.fixture
def transport() -> Iterator[PooledTransport]:
    with PooledTransport(connections=2) as opened:
        yield opened


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def test_connection_that_the_server_closed_meanwhile_is_no_failure(
    transport: PooledTransport, serve: Serve
) -> None:
    url, heard = serve(lambda connection: connection.sendall(OK))
    client = StorageAccount(table_url=url, queue_url=url, name="a", key="aw==").client(
        "table", transport=transport
    )

    answers = [client.send_request(HttpRequest("GET", f"{url}/")).status_code for _ in range(3)]

    assert answers == [200, 200, 200]
    assert len(heard) == 3


@pytest.mark.parametrize(
    "first",
    [
        b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"",
        b"HTTP/1.1 200 OK\r\n",
    ],
)
def test_request_that_fails_once_is_sent_again_and_signed_again(
    transport: PooledTransport, serve: Serve, first: bytes
) -> None:
    said = iter([first, OK])
    url, heard = serve(lambda connection: connection.sendall(next(said)))
    account = StorageAccount(table_url=url, queue_url=url, name="a", key="aw==")

    answer = account.client("table", transport=transport).send_request(
        HttpRequest("POST", f"{url}/t", content=b"x")
    )

    assert answer.status_code == 200
    assert [b"Authorization: SharedKeyLite a:" in request for request in heard] == [True, True]


def test_request_that_always_fails_is_given_up(transport: PooledTransport, serve: Serve) -> None:
    url, heard = serve(lambda connection: connection.close())
    account = StorageAccount(table_url=url, queue_url=url, name="a", key="aw==")

    with pytest.raises(ServiceResponseError):
        account.client("table", transport=transport).send_request(HttpRequest("GET", f"{url}/"))

    assert 1 < len(heard) < 6
