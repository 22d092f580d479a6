from __future__ import annotations

import gzip
import threading
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.errors import (
    DevlinksError,
    ForbiddenError,
    MissingError,
    RefusedError,
    SignedOutError,
    ThrottledError,
    UnavailableError,
)
from shared.git_hosts import egress
from shared.git_hosts.basic import basic
from shared.git_hosts.egress import Sessions
from shared.git_hosts.git_protocol.http_remote import HttpRemote
from shared.git_hosts.git_protocol.refs import read_refs
from shared.git_hosts.git_protocol.remote import Caps
from shared.model import CommitId
from tests.shared.git_hosts.git_protocol.conftest import NOW, all_of, now, raised_by
from tests.shared.git_hosts.git_protocol.git_server import Told
from tests.shared.git_hosts.test_egress import response, saying

if TYPE_CHECKING:
    import socket

    from shared.git_hosts.git_protocol.remote import Remote
    from tests.serving_git import ServedRepository
    from tests.shared.conftest import Serve
    from tests.shared.git_hosts.git_protocol.git_server import GitServer

HEAD = CommitId("a" * 40)
GREETING = "application/x-git-upload-pack-advertisement"
LINE = b"003e" + b"a" * 40 + b" refs/heads/longer"


def told(status: int, body: bytes = b"", **headers: str) -> Told:
    return Told(status, {n.replace("_", "-"): value for n, value in headers.items()}, body)


@pytest.mark.parametrize("at_greeting", [True, False], ids=["greeting", "request"])
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (told(401), SignedOutError),
        (told(401, b"<html>", Content_Type="text/html"), SignedOutError),
        (told(203, b"<html>", Content_Type="text/html"), SignedOutError),
        (told(302, Location="https://x/_signin?realm=x"), SignedOutError),
        (told(302, Location="https://x/users/sign_in"), SignedOutError),
        (told(302, Location="https://elsewhere.example/shop.git"), RefusedError),
        (told(301, Location="https://elsewhere.example/shop.git"), RefusedError),
        (told(403, b"no", Content_Type="text/plain"), ForbiddenError),
        (told(404), MissingError),
        (told(410), MissingError),
        (told(400, b"TF401041: no", Content_Type="text/plain"), RefusedError),
        (told(429), ThrottledError),
        (told(503, Retry_After="30"), ThrottledError),
        (told(500), UnavailableError),
        (told(503), UnavailableError),
        (told(504), UnavailableError),
        (told(200, b"<html>", Content_Type="text/html"), RefusedError),
        (told(200, b"hash\trefs/heads/main\n", Content_Type="text/plain"), RefusedError),
        (told(200), RefusedError),
    ],
)
def test_answer_that_is_not_gits_is_what_it_means(
    repository: ServedRepository,
    server: GitServer,
    remote: Remote,
    answer: Told,
    expected: type[DevlinksError],
    *,
    at_greeting: bool,
) -> None:
    head = repository.commit("Start")
    server.answer = lambda asked, given: answer if (asked.method == "GET") == at_greeting else given

    error = raised_by(lambda: all_of(remote, head))

    assert type(error).__mro__[0] is expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"ERR access denied or repository not exported: /x", MissingError),
        (b"ERR Repository not found.", MissingError),
        (b"ERR The project you were looking for could not be found", MissingError),
        (b"ERR TF401019: The Git repository does not exist", MissingError),
        (b"ERR Permission denied", ForbiddenError),
        (b"ERR upload-pack: something else", RefusedError),
        (b"ERR \x1b[31mred\x00", RefusedError),
    ],
)
def test_last_word_of_a_server_is_what_it_means(
    server: GitServer, remote: Remote, body: bytes, expected: type[DevlinksError]
) -> None:
    packet = b"%04x" % (len(body) + 4) + body
    server.answer = lambda *_: told(200, packet, Content_Type=GREETING)

    error = raised_by(lambda: read_refs(remote))

    assert type(error) is expected
    assert str(error).isprintable()


@pytest.mark.parametrize("body", [b"", b"0", b"hello", b"ffff", b"0004", b"zzzz", b"0008what"])
def test_greeting_that_is_none_is_a_failure_and_not_an_empty_repository(
    server: GitServer, remote: Remote, body: bytes
) -> None:
    server.answer = lambda *_: told(200, body, Content_Type=GREETING)

    assert isinstance(raised_by(lambda: read_refs(remote)), DevlinksError)


@pytest.mark.parametrize(
    ("wanted", "seconds"),
    [
        ("30", 30),
        ("Sat, 21 Nov 2026 09:02:00 GMT", 120),
        ("soon", 300),
        ("", 300),
        ("7200", 3600),
        ("1e99", 300),
        ("-5", 0),
        ("Sat, 21 Nov 2026 08:00:00 GMT", 0),
    ],
)
def test_server_tells_how_long_to_wait(
    server: GitServer, remote: Remote, wanted: str, seconds: int
) -> None:
    server.answer = lambda *_: told(429, Retry_After=wanted)

    error = raised_by(lambda: read_refs(remote))

    assert isinstance(error, ThrottledError)
    assert error.retry_at == NOW + timedelta(seconds=seconds)


def test_refusal_tells_where_a_repository_has_moved(server: GitServer, remote: Remote) -> None:
    server.answer = lambda *_: told(
        301, Location="https://other.example/new.git/info/refs?service=x"
    )

    with pytest.raises(RefusedError, match=r"moved to https://other\.example/new\.git\."):
        read_refs(remote)


def test_words_of_a_server_are_told_in_one_line(server: GitServer, remote: Remote) -> None:
    words = b"remote: Use a token.\nSecond line\n" + b"x" * 5000
    server.answer = lambda *_: told(403, words, Content_Type="text/plain")

    assert str(raised_by(lambda: read_refs(remote))).endswith("allow it: remote: Use a token.")


def test_credential_is_sent_to_the_server_and_not_to_where_it_redirects(
    server: GitServer, serve: Serve
) -> None:
    elsewhere, heard = serve(saying(response("200 OK")))
    server.answer = lambda *_: told(302, Location=f"{elsewhere}/info/refs")
    remote = HttpRemote(
        f"{server.url}/shop.git",
        sessions=Sessions(),
        clock=now,
        headers=basic("git", "s3cr:t"),
    )

    error = raised_by(lambda: read_refs(remote))

    assert server.asked[0].headers["Authorization"] == "Basic Z2l0OnMzY3I6dA=="
    assert heard == []
    assert "s3cr" not in str(error)


def test_name_in_errors_holds_no_user_name_of_the_address(server: GitServer) -> None:
    server.answer = lambda *_: told(500)
    url = f"http://me:secret@localhost:{server.port}/shop.git"
    remote = HttpRemote(url, sessions=Sessions(), clock=now)

    assert "secret" not in str(raised_by(lambda: read_refs(remote)))


def test_silent_server_is_unavailable(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(egress, "_READ_SECONDS", 0.05)
    done = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {GREETING}\r\n\r\n001e#".encode())
        done.wait(5)

    url, _ = serve(talk)

    with pytest.raises(UnavailableError):
        read_refs(HttpRemote(url, sessions=Sessions(), clock=now))
    done.set()


def test_server_that_dribbles_is_given_up_in_time(serve: Serve) -> None:
    done = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {GREETING}\r\n\r\n001e".encode())
        while not done.wait(0.01):
            connection.sendall(b"#")

    url, _ = serve(talk)

    with pytest.raises(UnavailableError, match="too long"):
        read_refs(HttpRemote(url, sessions=Sessions(), clock=now), caps=Caps(seconds=0.1))
    done.set()


def test_endless_answer_is_cut(serve: Serve) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Type: {GREETING}\r\n\r\n".encode())
        while True:
            connection.sendall(LINE)

    url, _ = serve(talk)
    remote = HttpRemote(url, sessions=Sessions(), clock=now)

    with pytest.raises(RefusedError, match="1,000,000 bytes"):
        read_refs(remote, caps=Caps(refs_bytes=1_000_000))


def test_answer_that_is_packed_against_our_wish_is_counted_unpacked(serve: Serve) -> None:
    bomb = gzip.compress(LINE * 500_000)
    url, _ = serve(
        saying(response("200 OK", f"Content-Type: {GREETING}", "Content-Encoding: gzip", body=bomb))
    )
    remote = HttpRemote(url, sessions=Sessions(), clock=now)

    with pytest.raises(RefusedError, match="1,000,000 bytes"):
        read_refs(remote, caps=Caps(refs_bytes=1_000_000))
