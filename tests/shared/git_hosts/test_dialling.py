from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest

from shared.errors import BadRequestError, RefusedError, SettingsError, UnavailableError
from shared.git_hosts import dialling
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.dialling import Egress, check_ca_bundle
from shared.git_hosts.egress import Sessions
from tests.shared.git_hosts.test_egress import response, saying, self_signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.shared.conftest import Serve

LOCAL = AllowList.read("localhost")
SECRET = {"Authorization": "Basic c2VjcmV0"}


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """Return what names lead to: an answer for each time that one is looked up."""
    known: dict[str, list[str]] = {}
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *more: Any, **named: Any) -> Any:
        if host not in known:
            return real(host, port, *more, **named)
        answers = known[host]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [entry for one in answer.split() for entry in real(one, port, *more, **named)]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return known


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "127.0.0.1",
        "127.1",
        "0177.0.0.1",
        "0x7f000001",
        "2130706433",
        "１２７.0.0.1",  # noqa: RUF001 — full-width digits are the case
        "127。0。0。1",
        "localhost.",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "168.63.129.16",
    ],
)
def test_own_network_is_refused_before_anything_is_connected(serve: Serve, host: str) -> None:
    url, heard = serve(saying(response("200 OK")))

    with pytest.raises((RefusedError, UnavailableError)):
        Sessions(Egress()).send("GET", f"http://{host}:{port_of(url)}/", headers=SECRET)

    assert heard == []


def test_refusal_names_the_host_and_the_setting_and_not_the_address(
    names: dict[str, list[str]],
) -> None:
    names["git.example.com"] = ["10.11.12.13"]

    with pytest.raises(RefusedError) as raised:
        Egress().connect("git.example.com", 443)

    told = f"{raised.value} {raised.value.next_step}"
    assert "git.example.com" in told
    assert "GIT_SERVER_ALLOWLIST" in told
    assert "10.11.12.13" not in told


def test_name_that_leads_to_public_and_private_addresses_is_refused(
    names: dict[str, list[str]],
) -> None:
    names["git.example.com"] = ["8.8.8.8 127.0.0.1"]

    with pytest.raises(RefusedError):
        Egress().connect("git.example.com", 443)


def test_name_is_looked_up_once_and_the_checked_address_is_called(
    serve: Serve, names: dict[str, list[str]]
) -> None:
    url, heard = serve(saying(response("200 OK")))
    names["git.example.com"] = ["127.0.0.1", "8.8.8.8"]
    sessions = Sessions(Egress(AllowList.read("127.0.0.0/8")))

    answer = sessions.send("GET", f"http://git.example.com:{port_of(url)}/", headers=SECRET)

    assert answer.status == 200
    assert f"Host: git.example.com:{port_of(url)}\r\n".encode() in heard[0]


def test_name_that_leads_elsewhere_the_next_time_is_refused_then(
    serve: Serve, names: dict[str, list[str]]
) -> None:
    url, heard = serve(saying(response("200 OK", "Connection: close")))
    names["git.example.com"] = ["127.0.0.1", "10.0.0.1"]
    sessions = Sessions(Egress(AllowList.read("127.0.0.0/8")))
    address = f"http://git.example.com:{port_of(url)}/"
    sessions.send("GET", address, headers=SECRET)

    with pytest.raises(RefusedError):
        sessions.send("GET", address, headers=SECRET)

    assert len(heard) == 1


def test_http_is_refused_to_a_public_host_that_is_not_listed(
    names: dict[str, list[str]],
) -> None:
    names["git.example.com"] = ["8.8.8.8"]

    with pytest.raises(RefusedError, match="without TLS"):
        Sessions(Egress()).send("GET", "http://git.example.com/", headers=SECRET)


def test_listed_host_is_called_whatever_its_address(serve: Serve) -> None:
    url, heard = serve(saying(response("200 OK", body=b"{}")))

    answer = Sessions(Egress(LOCAL)).send("GET", f"{url}/a", headers=SECRET, params={"b": "c"})

    assert (answer.status, answer.body) == (200, b"{}")
    assert heard[0].startswith(b"GET /a?b=c HTTP/1.1\r\n")


def test_second_address_is_tried_when_nobody_listens_at_the_first(
    serve: Serve, names: dict[str, list[str]]
) -> None:
    url, _ = serve(saying(response("200 OK")))
    names["git.example.com"] = ["127.9.9.9 127.0.0.1"]

    connection = Egress(AllowList.read("127.0.0.0/8")).connect("git.example.com", port_of(url))

    assert connection.getpeername()[0] == "127.0.0.1"
    connection.close()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 64 + ".example"])
def test_name_without_an_address_is_unavailable(host: str) -> None:
    with pytest.raises(UnavailableError, match="no address"):
        Egress().connect(host, 443)


def test_name_that_is_looked_up_for_too_long_is_unavailable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    is_over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: is_over.wait(10) and [])
    monkeypatch.setattr(dialling, "_LOOK_UP_SECONDS", 0.05)

    with pytest.raises(UnavailableError, match="too long"):
        Egress().connect("git.example.com", 443)

    is_over.set()


def test_host_where_nobody_listens_is_unavailable() -> None:
    with pytest.raises(UnavailableError, match="localhost:1 did not answer"):
        Sessions(Egress(LOCAL)).send("GET", "http://localhost:1/", headers={})


def test_redirect_into_the_own_network_is_not_followed(serve: Serve) -> None:
    own, heard = serve(saying(response("200 OK")))
    url, _ = serve(saying(response("302 Found", f"Location: {own}/secret")))

    answer = Sessions(Egress(LOCAL)).send("GET", url, headers=SECRET)

    assert answer.status == 302
    assert heard == []


def test_proxies_of_the_environment_are_not_used(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = serve(saying(response("200 OK")))
    proxy, heard_by_proxy = serve(saying(response("200 OK")))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)

    Sessions(Egress(LOCAL)).send("GET", url, headers=SECRET)

    assert heard_by_proxy == []


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("", "https://git.example.com/a"),
        ("git.corp", "http://git.corp/a"),
        ("git.corp:8080", "http://git.corp:8080/a"),
        ("10.0.0.0/8", "http://10.1.1.1/a"),
        ("", "ssh://git@git.example.com/a"),
    ],
)
def test_address_that_may_be_called_passes(listed: str, url: str) -> None:
    Egress(AllowList.read(listed)).check_url(url)


@pytest.mark.parametrize(
    ("listed", "url"),
    [
        ("", "http://git.example.com/a"),
        ("git.corp", "http://github.com/a"),
        ("git.corp:8080", "http://git.corp/a"),
    ],
)
def test_http_address_is_refused_unless_it_is_listed(listed: str, url: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        Egress(AllowList.read(listed)).check_url(url)

    assert "url" in raised.value.fields
    assert "GIT_SERVER_ALLOWLIST" in raised.value.next_step


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Return the address of a server with a certificate of its own making, and that."""
    certificate = self_signed(tmp_path / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                try:
                    with context.wrap_socket(connection, server_side=True) as wrapped:
                        wrapped.recv(65_536)
                        wrapped.sendall(response("200 OK", body=b"sealed"))
                except ssl.SSLError:
                    return

        greeter = threading.Thread(target=greet, daemon=True)
        greeter.start()
        yield f"https://localhost:{server.getsockname()[1]}", certificate
        greeter.join(5)


def test_certificate_that_nobody_signed_is_refused(sealed: tuple[str, Path]) -> None:
    url, _ = sealed

    with pytest.raises(UnavailableError, match="SSLError"):
        Sessions(Egress(LOCAL)).send("GET", url, headers=SECRET)


def test_certificate_of_the_bundle_is_trusted(sealed: tuple[str, Path]) -> None:
    url, certificate = sealed

    answer = Sessions(Egress(LOCAL, ca_bundle=str(certificate))).send("GET", url, headers=SECRET)

    assert answer.body == b"sealed"


def test_certificate_of_another_name_is_refused_at_the_same_address(
    sealed: tuple[str, Path],
) -> None:
    url, certificate = sealed
    egress = Egress(AllowList.read("127.0.0.0/8"), ca_bundle=str(certificate))

    with pytest.raises(UnavailableError, match="SSLError"):
        Sessions(egress).send("GET", url.replace("localhost", "127.0.0.1"), headers=SECRET)


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (None, "cannot be read: No such file"),
        (lambda path: path.write_text("no certificate"), "without certificates"),
        (lambda path: path.write_text(""), "without certificates"),
    ],
    ids=["missing", "something else", "empty"],
)
def test_bundle_that_holds_no_certificate_is_a_mistake(
    tmp_path: Path, write: Callable[[Path], Any] | None, expected: str
) -> None:
    path = tmp_path / "bundle.pem"
    if write is not None:
        write(path)

    with pytest.raises(SettingsError, match=f"GIT_SERVER_CA_BUNDLE.*{expected}"):
        check_ca_bundle(str(path))
