from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.entra.calling import Calls
from shared.entra.credentials import ClientSecret, Registration
from shared.entra.server import EntraServer
from shared.errors import IdentityServerUnavailableError
from tests.identity_server.process import CLIENT, TENANT

if TYPE_CHECKING:
    import socket

    from tests.identity_server.process import Failure, IdentityServerProcess
    from tests.shared.conftest import Serve

CALLBACK = "http://localhost:7071/oauth/callback"
PASSING: tuple[Failure, ...] = ("throttled", "unavailable", "html", "hang")


@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_leaves_the_grant_as_it_is(
    identity_server: IdentityServerProcess, kind: Failure
) -> None:
    entra = identity_server.entra()
    begun = entra.begin_grant(redirect_uri=CALLBACK)
    granted = entra.complete_grant(begun.flow, identity_server.allow(begun.url))
    identity_server.fail(kind)

    with pytest.raises(IdentityServerUnavailableError):
        identity_server.entra(answers_within=0.5).refresh(granted.refresh_token)

    assert entra.refresh(granted.refresh_token).access_token


@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_is_told_as_that_while_somebody_signs_in(
    identity_server: IdentityServerProcess, kind: Failure
) -> None:
    entra = identity_server.entra(answers_within=0.5)
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)
    answer = identity_server.allow(begun.url)
    identity_server.fail(kind)

    with pytest.raises(IdentityServerUnavailableError):
        entra.complete_sign_in(begun.flow, answer)


def test_wait_that_is_asked_for_is_told(identity_server: IdentityServerProcess) -> None:
    identity_server.fail("throttled")

    with pytest.raises(IdentityServerUnavailableError, match="asks to wait, Retry-After: 7"):
        identity_server.entra().refresh("any")


def test_error_of_the_servers_pages_passes(identity_server: IdentityServerProcess) -> None:
    entra = identity_server.entra()
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)
    answer = {**identity_server.cancel(begun.url), "error": "temporarily_unavailable"}

    with pytest.raises(IdentityServerUnavailableError):
        entra.complete_sign_in(begun.flow, answer)


def test_server_that_is_not_there_passes() -> None:
    entra = EntraServer(registration("https://localhost:1"), clock=lambda: pytest.fail("asked"))

    with pytest.raises(IdentityServerUnavailableError, match="localhost:1 did not answer"):
        entra.begin_sign_in(redirect_uri=CALLBACK)


def test_certificate_that_nobody_vouches_for_is_refused(
    identity_server: IdentityServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The environment is not asked whom to trust.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", identity_server.ca_bundle)
    entra = EntraServer(registration(identity_server.url), clock=lambda: pytest.fail("asked"))

    with pytest.raises(IdentityServerUnavailableError, match="SSLError"):
        entra.begin_sign_in(redirect_uri=CALLBACK)


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (b"200 OK", b'["a list"]'),
        (b"200 OK", b""),
        (b"200 OK", b'{"issuer": "https://cut'),
        (b"200 OK", b"[" * 100_000),
        (b"200 OK", b'{"a": "' + b"a" * 2_000_000 + b'"}'),
        (b"502 Bad Gateway", b"{}"),
    ],
)
def test_answer_that_is_not_of_the_protocol_passes(serve: Serve, head: bytes, body: bytes) -> None:
    length = f"Content-Length: {len(body)}\r\n\r\n".encode()
    url, heard = serve(lambda it: it.sendall(b"HTTP/1.1 " + head + b"\r\n" + length + body))

    with pytest.raises(IdentityServerUnavailableError), Calls() as calls:
        calls.get(url)

    assert len(heard) == 1


def test_redirect_is_neither_followed_nor_read(serve: Serve) -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 100000\r\n\r\n"
    url, heard = serve(lambda connection: connection.sendall(head + b"{}"))

    with pytest.raises(IdentityServerUnavailableError, match="answered 302"), Calls() as calls:
        calls.get(url)

    assert len(heard) == 1


def test_answer_that_comes_drop_by_drop_is_cut_off(serve: Serve) -> None:
    def drop(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\n\r\n")
        connection.settimeout(0.05)
        while True:
            connection.sendall(b" ")
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                continue

    url, _ = serve(drop)

    with (
        pytest.raises(IdentityServerUnavailableError, match="end"),
        Calls(answers_within=0.3) as it,
    ):
        it.get(url)


def test_cookies_of_the_server_are_not_kept(serve: Serve) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}"
    )
    url, heard = serve(lambda connection: connection.sendall(answer))

    with Calls() as calls:
        for _ in range(2):
            assert calls.post(url, data={"a": "b"}).status_code == 200

    assert all(b"Cookie" not in request for request in heard)


def registration(url: str) -> Registration:
    return Registration(TENANT, CLIENT, ClientSecret("s3cret"), authority=url)
