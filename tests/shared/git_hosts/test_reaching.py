from __future__ import annotations

import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any

import pytest

from shared.git_hosts import reaching
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.dialling import Egress
from shared.git_hosts.reaching import examine_way
from tests.shared.git_hosts.test_egress import response, saying, self_signed, silent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from shared.interfaces.examining import Step
    from tests.shared.conftest import Serve

LOCAL = AllowList.read("localhost, other.localhost")


def way(url: str, egress: Egress | None = None) -> dict[str, Step]:
    """Return the steps to an address, by name."""
    return {step.step: step for step in examine_way(url, egress or Egress(LOCAL))}


@pytest.fixture
def sealed(tmp_path: Path) -> Iterator[Callable[..., tuple[str, str]]]:
    """Return a way to serve TLS with a certificate of our own making; it tells where, and that."""
    running: list[socket.socket] = []

    def start(**more: Any) -> tuple[str, str]:
        certificate = self_signed(tmp_path / "server.pem", **more)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server = socket.create_server(("127.0.0.1", 0))
        running.append(server)

        def greet() -> None:
            try:
                connection, _ = server.accept()
                with connection, context.wrap_socket(connection, server_side=True):
                    pass
            except OSError:
                return

        threading.Thread(target=greet, daemon=True).start()
        return f"https://localhost:{server.getsockname()[1]}/tfs", str(certificate)

    yield start
    for server in running:
        server.close()


def test_server_with_a_trusted_certificate_is_reached(
    sealed: Callable[..., tuple[str, str]],
) -> None:
    url, certificate = sealed()

    steps = way(url, Egress(LOCAL, ca_bundle=certificate))

    assert {name: step.ok for name, step in steps.items()} == {
        "dns": True,
        "reach": True,
        "tls": True,
    }


@pytest.mark.parametrize(
    ("made", "is_known", "said", "next_step"),
    [
        ({}, False, "not signed by anybody who is trusted", "GIT_SERVER_CA_BUNDLE"),
        ({"begins": -9, "ends": -2}, True, "has expired", "renewed"),
        ({"begins": 2, "ends": 9}, True, "not valid yet", "clocks"),
        ({"name": "elsewhere.example"}, True, "another name than localhost", "name"),
    ],
    ids=["self-signed", "expired", "early", "other name"],
)
def test_certificate_that_is_not_trusted_says_why(
    sealed: Callable[..., tuple[str, str]],
    made: dict[str, Any],
    is_known: bool,
    said: str,
    next_step: str,
) -> None:
    url, certificate = sealed(**made)

    steps = way(url, Egress(LOCAL, ca_bundle=certificate if is_known else ""))

    assert (steps["dns"].ok, steps["reach"].ok, steps["tls"].ok) == (True, True, False)
    assert said in steps["tls"].message
    assert next_step in steps["tls"].next_step
    assert steps["tls"].command.startswith("openssl s_client -connect localhost:")


def test_server_that_speaks_no_tls_says_so(serve: Serve) -> None:
    url, _ = serve(saying(response("400 Bad Request")))

    steps = way(url.replace("http://", "https://"))

    assert steps["tls"].ok is False
    assert "speaks no TLS" in steps["tls"].message


def test_handshake_that_never_ends_is_given_up(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, _ = serve(silent)
    monkeypatch.setattr(reaching, "SECONDS", 0.1)

    steps = way(url.replace("http://", "https://"))

    assert steps["tls"].ok is False


def test_name_that_nobody_knows_ends_the_way() -> None:
    steps = way("https://nowhere.invalid/tfs", Egress())

    assert {name: step.ok for name, step in steps.items()} == {
        "dns": False,
        "reach": None,
        "tls": None,
    }
    assert "no address for nowhere.invalid" in steps["dns"].message
    assert "spelling" in steps["dns"].next_step
    assert steps["tls"].message == "Not asked: nowhere.invalid was not found."


def test_short_name_is_to_be_written_out() -> None:
    assert "with the domain" in way("https://nowhere-at-all", Egress())["dns"].next_step


@pytest.mark.parametrize(
    "url", ["https://169.254.169.254/", "https://localhost/", "https://0x7f.1/"]
)
def test_address_that_the_allow_list_forbids_says_whom_to_ask(url: str) -> None:
    steps = way(url, Egress())

    assert steps["dns"].ok is False
    assert "GIT_SERVER_ALLOWLIST" in steps["dns"].message
    assert "ask whoever runs Devlinks" in steps["dns"].next_step


def test_port_where_nobody_listens_ends_the_way() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

    steps = way(f"https://localhost:{port}")

    assert (steps["dns"].ok, steps["reach"].ok, steps["tls"].ok) == (True, False, None)
    assert "firewall" in steps["reach"].next_step
    assert f"https://localhost:{port}/" in steps["reach"].command


def test_way_without_tls_is_told_of(serve: Serve) -> None:
    url, _ = serve(saying(response("200 OK")))

    steps = way(url)

    assert steps["tls"].ok is None
    assert "can be read on the way" in steps["tls"].message
