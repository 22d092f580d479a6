"""Repositories that git serves, and the way that the product reaches them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shared.git_hosts.egress import Sessions
from shared.git_hosts.git_protocol.history import read_history
from shared.git_hosts.git_protocol.http_remote import HttpRemote
from tests.serving_git import ServedRepository
from tests.shared.git_hosts.git_protocol.git_server import GitServer

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    from shared.git_hosts.git_protocol.remote import Caps, Remote
    from shared.model import Commit, CommitId

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def now() -> datetime:
    return NOW


@pytest.fixture
def repository(tmp_path: Path) -> ServedRepository:
    """Return a repository without a commit."""
    return ServedRepository(tmp_path / "served", "shop.git")


@pytest.fixture
def server(repository: ServedRepository) -> Iterator[GitServer]:
    """Return a server of the repository."""
    with GitServer(repository.root) as started:
        yield started


@pytest.fixture(params=[2, 0], ids=["version 2", "version 0"])
def version(request: pytest.FixtureRequest, server: GitServer) -> int:
    """Have the server speak no higher version of the protocol."""
    server.highest_version = request.param
    return server.highest_version


@pytest.fixture
def remote(server: GitServer) -> Remote:
    """Return the repository as it is seen over HTTP."""
    return HttpRemote(f"{server.url}/shop.git", sessions=Sessions(), clock=now)


def all_of(
    remote: Remote,
    *wanted: CommitId,
    known: Collection[CommitId] = (),
    caps: Caps | None = None,
) -> list[Commit]:
    """Return what is read of a history, in its order."""
    parts = read_history(remote, wanted=wanted, known=known, caps=caps)
    return [commit for part in parts for commit in part]


def raised_by(call: Callable[[], object]) -> Exception:
    """Return the error that is raised."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 — which one is what tests look at
        call()
    return raised.value
