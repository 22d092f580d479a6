"""The floor speaks HTTP well enough to be compared with."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest
from azure.core.rest import HttpRequest

from bench.raw import RawConnection, rendered
from bench.watching import WatchedTransport
from shared.storage.account import StorageAccount
from shared.storage.batches import TableRows
from shared.storage.rows import KeyRange, Put
from shared.storage.transport import PooledTransport

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.azurite import Azurite


class KeyRow(msgspec.Struct):
    row: str = msgspec.field(name="RowKey")


ANSWERS = {
    b"/sized": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhole",
    b"/chunked": (
        b"HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
    ),
    b"/refused": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
}


@pytest.fixture
def server() -> Iterator[str]:
    """Return the address of a server that answers by path, a byte at a time, on one connection."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listening.accept()
        with connection:
            while request := connection.recv(4096):
                for byte in ANSWERS[request.split(b" ")[1]]:
                    connection.sendall(bytes([byte]))

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    thread.join()
    listening.close()


def request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def test_answers_are_read_whole_however_they_come(server: str) -> None:
    with RawConnection(server) as connection:
        sized = connection.exchange(request("/sized"))
        chunked = connection.exchange(request("/chunked"))
        again = connection.exchange(request("/sized"))

    assert (sized, chunked, again) == (b"whole", b"3\r\nabc\r\n0\r\n\r\n", b"whole")


def test_a_refusal_is_never_taken_for_a_fast_answer(server: str) -> None:
    with (
        RawConnection(server) as connection,
        pytest.raises(ConnectionError, match="404 was answered"),
    ):
        connection.exchange(request("/refused"))


def test_a_request_is_rendered_with_all_that_the_pipeline_gave_it() -> None:
    sent = HttpRequest("PUT", "http://host:1/a/b?c=d", headers={"X-One": "1"}, content=b"body")

    head, _, body = rendered(sent).partition(b"\r\n\r\n")

    lines = head.decode().split("\r\n")
    assert lines[0] == "PUT /a/b?c=d HTTP/1.1"
    assert {"Host: host:1", "X-One: 1", "Content-Length: 4"} <= set(lines)
    assert body == b"body"


@pytest.mark.azurite
def test_what_was_watched_can_be_sent_again(azurite: Azurite, unique: str) -> None:
    account = StorageAccount.from_connection_string(azurite.connection_string)
    transport = WatchedTransport(PooledTransport(connections=1))
    rows = TableRows(account, transport)
    rows.make(unique)
    transport.taken()
    puts = [Put("p", f"r{n}", b'{"PartitionKey":"p","RowKey":"r%d"}' % n) for n in range(3)]
    rows.write(unique, puts)
    rows.read(KeyRange(unique, "p"), KeyRow)
    batch, query = (rendered(sent) for sent in transport.taken())
    rows.drop(unique)
    rows.make(unique)

    with RawConnection(account.table_url) as connection:
        before = connection.exchange(query)
        connection.exchange(batch)
        after = connection.exchange(query)

    assert b"r2" not in before
    assert b"r2" in after
