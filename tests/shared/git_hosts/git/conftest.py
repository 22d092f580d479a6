"""A repository that is served over HTTP and SSH, and the git host that reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.dialling import Egress
from shared.git_hosts.git import GitServer
from tests.serving_git import ServedRepository, SshServer, WebServer
from tests.world import TestClock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SERVICES = "https://dev.azure.com"


@pytest.fixture
def repository(tmp_path: Path) -> ServedRepository:
    """Return an empty repository, `acme/shop.git`."""
    return ServedRepository(tmp_path)


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebServer]:
    """Return a server that lets in one user name and password."""
    with WebServer(tmp_path, user_name="reader", password="s3cret:äöü") as server:
        yield server


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[SshServer]:
    """Return a server that lets in nobody yet."""
    with SshServer(tmp_path) as server:
        yield server


def family_for(allowed: str = "localhost") -> GitServer:
    """Return the git host that may call what is allowed."""
    egress = Egress(AllowList.read(allowed))
    return GitServer(services_url=SERVICES, egress=egress, clock=TestClock())


@pytest.fixture
def family() -> GitServer:
    """Return the git host, which may call this machine."""
    return family_for()
