from __future__ import annotations

import http.client
import json
import socket
import threading
from typing import TYPE_CHECKING

import azure.functions as func
import pytest

from devhost.host import Host
from tests.devhost.echo_app import ANONYMOUS, echo_app, raw_request

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with Host(echo_app(), settings={}) as running:
        yield running


def test_repeated_headers_are_joined_by_a_comma_alone(host: Host) -> None:
    received = raw_request(
        host,
        b"GET /api/echo/ HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n"
        b"X-Tag: a, b\r\nx-tag: c\r\nX_Under: kept\r\nX-Name: Zo\xc3\xab\r\n\r\n",
    )

    headers = json.loads(received.partition(b"\r\n\r\n")[2])["headers"]
    assert headers["x-tag"] == "a, b,c"
    assert headers["x_under"] == "kept"
    assert headers["x-name"] == "Zoë"


def test_chunked_body_is_lost_and_said_to_be(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    received = raw_request(
        host,
        b"POST /api/echo/ HTTP/1.1\r\nHost: localhost:PORT\r\nConnection: close\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    )

    assert json.loads(received.partition(b"\r\n\r\n")[2])["body"] == ""
    assert "chunked body was dropped" in caplog.text


@pytest.mark.parametrize(
    "request_line",
    [b"GET /api/%00 HTTP/1.1", b"GET http://localhost/api/read HTTP/1.1", b"GET * HTTP/1.1"],
)
def test_request_target_that_is_no_plain_path_is_a_400(host: Host, request_line: bytes) -> None:
    received = raw_request(
        host, request_line + b"\r\nHost: localhost:PORT\r\nConnection: close\r\n\r\n"
    )

    assert received.startswith(b"HTTP/1.1 400 ")


def test_body_over_the_platforms_limit_is_a_413(host: Host) -> None:
    received = raw_request(
        host,
        b"POST /api/echo/ HTTP/1.1\r\nHost: localhost:PORT\r\nContent-Length: 104857602\r\n\r\n",
    )

    assert received.startswith(b"HTTP/1.1 413 ")


def test_connection_stays_open_for_the_next_request(host: Host) -> None:
    connection = http.client.HTTPConnection("localhost", host.port, timeout=10)

    connection.request("GET", "/api/read")
    connection.getresponse().read()
    first = connection.sock
    connection.request("GET", "/api/read")
    connection.getresponse().read()

    assert connection.sock is first
    connection.close()


def test_host_listens_on_loopback_only(host: Host) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # No packet is sent: this only asks which address the machine would use.
        probe.connect(("192.0.2.1", 9))
        outside = probe.getsockname()[0]
    if outside.startswith("127."):
        pytest.skip("this machine has no other address")

    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((outside, host.port), timeout=5)


def test_requests_are_answered_side_by_side() -> None:
    app = func.FunctionApp()
    both_are_here = threading.Barrier(2)

    @app.route(route="wait", auth_level=ANONYMOUS)
    def wait(req: func.HttpRequest) -> func.HttpResponse:
        both_are_here.wait(timeout=10)
        return func.HttpResponse(f"met by {req.method}")

    answers: list[bytes] = []

    def ask(port: int) -> None:
        connection = http.client.HTTPConnection("localhost", port, timeout=10)
        connection.request("GET", "/api/wait")
        answers.append(connection.getresponse().read())
        connection.close()

    with Host(app, settings={"PYTHON_THREADPOOL_THREAD_COUNT": "2"}) as host:
        threads = [threading.Thread(target=ask, args=(host.port,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=15)

    assert answers == [b"met by GET", b"met by GET"]
