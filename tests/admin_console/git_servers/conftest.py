"""Git servers on this machine, and an installation that connects them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.scheduling.ticking import tick
from tests.serving_git import ServedRepository, SshServer, WebServer
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.shared.web.in_memory import Answered


PASSWORD = "s3cret canary"


BASIC = {"kind": "basic", "user_name": "reader", "password": PASSWORD}


@pytest.fixture
def repository(tmp_path: Path) -> ServedRepository:
    """Return a repository of one commit, `acme/shop.git`."""
    made = ServedRepository(tmp_path)
    made.commit("PAY-1 Start")
    return made


@pytest.fixture
def web(repository: ServedRepository) -> Iterator[WebServer]:
    """Return a server that lets in one user name and password."""
    with WebServer(repository.root, user_name="reader", password=PASSWORD) as server:
        yield server


@pytest.fixture
def ssh(repository: ServedRepository) -> Iterator[SshServer]:
    """Return a server that lets in nobody yet."""
    with SshServer(repository.root) as server:
        yield server


@pytest.fixture
def installation() -> Installation:
    """Return an installation that may call this machine."""
    return Installation(public_url="https://links.example.com")


def add(installation: Installation, server: WebServer | SshServer, **more: Any) -> Answered:
    connection = BASIC if isinstance(server, WebServer) else {"kind": "ssh_key"}
    url = f"{server.url}/acme/shop.git"
    body = {"git_host": "git", "url": url, "connection": connection, **more}
    return installation.call("POST", "integrations", body)


def links(installation: Installation, key: str) -> list[tuple[str, str]]:
    found = installation.call("GET", f"links/{key}").json["links"]
    return [(link["kind"], link["id"]) for link in found]


def pass_time(installation: Installation, minutes: float) -> None:
    """Let time pass, and the timer do what is due then."""
    installation.clock.advance(timedelta(minutes=minutes))
    tick(installation.services, now=installation.services.clock())
    installation.work()
