from __future__ import annotations

import gzip
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.errors import UnavailableError
from shared.git_hosts import egress
from shared.git_hosts.egress import Answer, OversizedError, Sessions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.shared.conftest import Serve

SECRET = {"Authorization": "Basic c2VjcmV0", "X-Own": "secret"}
MOST_BYTES = 50_000_000


def response(status: str, *headers: str, body: bytes = b"") -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers])
    return f"{head}\r\n\r\n".encode() + body


def saying(content: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(content)


def get(url: str, sessions: Sessions | None = None) -> Answer:
    return (sessions or Sessions()).send("GET", url, headers=SECRET)


def test_answer_is_read_to_its_end_with_header_names_in_lower_case(serve: Serve) -> None:
    url, _ = serve(saying(response("404 Not Found", "X-TFS-ServiceError: gone", body=b"{}")))

    answer = get(url)

    assert (answer.status, answer.body) == (404, b"{}")
    assert answer.headers["x-tfs-serviceerror"] == "gone"


def test_method_parameters_and_body_are_sent_as_given(serve: Serve) -> None:
    url, heard = serve(saying(response("200 OK")))

    Sessions().send("POST", f"{url}/a%20b", headers=SECRET, params={"$top": "5"}, body=b'{"x":1}')

    assert heard[0].startswith(b"POST /a%20b?%24top=5 HTTP/1.1\r\n")
    assert heard[0].endswith(b'\r\n\r\n{"x":1}')
    assert b"Authorization: Basic c2VjcmV0\r\n" in heard[0]


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 T", "308 P"])
def test_redirect_is_not_followed_so_that_no_header_leaks(serve: Serve, status: str) -> None:
    other, heard_by_other = serve(saying(response("200 OK")))
    url, _ = serve(saying(response(status, f"Location: {other}/steal")))

    answer = get(url)

    assert answer.status == int(status[:3])
    assert heard_by_other == []


def test_answer_of_the_most_bytes_is_read(serve: Serve) -> None:
    url, _ = serve(saying(response("200 OK", body=bytes(MOST_BYTES))))

    assert len(get(url).body) == MOST_BYTES


def test_longer_answer_is_cut(serve: Serve) -> None:
    url, _ = serve(saying(response("200 OK", body=bytes(MOST_BYTES + 1))))

    with pytest.raises(OversizedError, match="50,000,000 bytes"):
        get(url)


@pytest.mark.parametrize("begin", ["200 OK", "302 Found\r\nLocation: http://localhost:1/"])
def test_endless_answer_is_cut(serve: Serve, begin: str) -> None:
    def talk(connection: socket.socket) -> None:
        head = f"HTTP/1.1 {begin}\r\nTransfer-Encoding: chunked\r\n\r\n"
        connection.sendall(head.encode())
        chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
        while True:
            connection.sendall(chunk)

    url, _ = serve(talk)

    with pytest.raises(OversizedError, match="50,000,000 bytes"):
        get(url)


def test_small_answer_that_unpacks_to_a_huge_one_is_cut(serve: Serve) -> None:
    bomb = gzip.compress(bytes(MOST_BYTES + 1))
    url, _ = serve(saying(response("200 OK", "Content-Encoding: gzip", body=bomb)))

    with pytest.raises(OversizedError, match="50,000,000 bytes"):
        get(url)


def test_host_where_nobody_listens_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="localhost:1 did not answer"):
        get("http://localhost:1/contoso?token=secret")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        response("200 OK", "Content-Encoding: gzip", body=b"no gzip"),
    ],
    ids=["nothing", "no HTTP", "cut", "bad chunk", "bad gzip"],
)
def test_broken_answer_is_unavailable(serve: Serve, content: bytes) -> None:
    url, _ = serve(saying(content))

    with pytest.raises(UnavailableError, match="did not answer"):
        get(url)


@pytest.mark.parametrize(
    "before", [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
)
def test_answer_that_does_not_come_in_time_is_unavailable(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, before: bytes
) -> None:
    monkeypatch.setattr(egress, "_READ_SECONDS", 0.05)
    done = threading.Event()

    def talk(connection: socket.socket) -> None:
        connection.sendall(before)
        done.wait(5)

    url, _ = serve(talk)

    with pytest.raises(UnavailableError, match="did not answer"):
        get(url)
    done.set()


def test_error_names_the_host_and_neither_path_nor_secret(serve: Serve) -> None:
    url, _ = serve(saying(b""))

    with pytest.raises(UnavailableError) as raised:
        get(f"{url}/contoso/_apis?token=secret")

    assert "contoso" not in str(raised.value)
    assert "secret" not in str(raised.value)


def test_proxies_and_passwords_of_the_environment_are_not_used(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    url, heard = serve(saying(response("200 OK")))
    proxy, heard_by_proxy = serve(saying(response("200 OK")))
    (tmp_path / "netrc").write_text("machine localhost login somebody password else")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)

    get(url)

    assert heard_by_proxy == []
    assert b"Authorization: Basic c2VjcmV0\r\n" in heard[0]


def test_cookies_of_one_answer_are_not_sent_with_the_next_request(serve: Serve) -> None:
    headers = ["Set-Cookie: session=1; Path=/", "Connection: close"]
    url, heard = serve(saying(response("200 OK", *headers)))
    sessions = Sessions()

    get(url, sessions)
    get(url, sessions)

    assert b"session=1" not in heard[1]


def test_connection_is_kept_by_the_thread_that_opened_it(serve: Serve) -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(response("200 OK"))
        while connection.recv(65_536):
            connection.sendall(response("200 OK"))

    url, opened = serve(talk)
    sessions = Sessions()

    def call_twice() -> None:
        get(url, sessions)
        get(url, sessions)

    threads = [threading.Thread(target=call_twice) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(opened) == 2


def test_certificate_that_nobody_signed_is_refused(serve: Serve, tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(self_signed(tmp_path / "server.pem"))
    listening = threading.Event()

    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            listening.set()
            connection, _ = server.accept()
            with connection, pytest.raises(ssl.SSLError):
                context.wrap_socket(connection, server_side=True)

        greeter = threading.Thread(target=greet)
        greeter.start()
        listening.wait(5)

        with pytest.raises(UnavailableError, match="SSLError"):
            get(f"https://localhost:{server.getsockname()[1]}")
        greeter.join()


def silent(connection: socket.socket) -> None:
    """Answer nothing, for as long as the other side waits."""
    connection.recv(1)


def self_signed(path: Path, *, begins: int = -1, ends: int = 1, name: str = "localhost") -> Path:
    """Write a certificate of its own making and its key; it lasts from day to day, from today."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now + timedelta(days=begins))
        .not_valid_after(now + timedelta(days=ends))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path
