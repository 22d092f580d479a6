"""What leaves the branches of any git server is flagged, however much it shows of what left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.integrations import connections
from shared.issue_keys import parse_issue_key
from shared.links import KINDS
from shared.scheduling.ticking import tick
from tests.serving_git import ServedRepository, WebServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.model import Flag
    from tests.world import World


@pytest.fixture(params=["true", "false"], ids=["shows all", "shows refs only"])
def repository(tmp_path: Path, request: pytest.FixtureRequest) -> ServedRepository:
    """Return a repository whose server gives out what no ref leads to, or refuses it."""
    made = ServedRepository(tmp_path)
    made.git("config", "uploadpack.allowAnySHA1InWant", request.param)
    made.commit("PAY-1 Begin")
    made.commit("PAY-2 Go on")
    made.commit("PAY-3 Try", branch="topic")
    made.commit("PAY-4 Try more", branch="topic")
    return made


@pytest.fixture
def served(world: World, repository: ServedRepository) -> Iterator[World]:
    """Return a world that has the repository indexed."""
    with WebServer(repository.root) as web:
        url = f"{web.url}/acme/shop.git"
        changes = connections.Changes(name="Shop", url=url, organizations=())
        nobody = connections.NewConnection("", kind="none")
        connections.connect(world.services, "git", changes, nobody)
        world.work()
        yield world


def flags(world: World, key: str) -> list[tuple[Flag, ...]]:
    """Return the flags of the commits that link to an issue."""
    stored = world.storage.links(world.tracker)
    found = stored.read(parse_issue_key(key), kinds=KINDS, after="", limit=100)
    return [s.link.item.flags for s in found if s.link.item.kind == "commit"]


def let_days_pass(world: World, days: int) -> None:
    for _ in range(days * 24):
        world.clock.pass_by(hours=1)
        tick(world.services, now=world.clock())
        world.work()


def test_what_was_forced_away_is_flagged_until_a_branch_takes_it_up(
    served: World, repository: ServedRepository
) -> None:
    left = repository.git("rev-parse", "topic")
    repository.git("update-ref", "refs/heads/topic", "topic~1")
    repository.commit("PAY-5 Try better", branch="topic")
    let_days_pass(served, 3)
    assert [flags(served, f"PAY-{n}") for n in range(1, 6)] == [
        [()], [()], [()], [("orphaned",)], [()],
    ]  # fmt: skip

    repository.git("update-ref", "refs/heads/again", left)
    let_days_pass(served, 2)

    assert flags(served, "PAY-4") == [()]


def test_what_the_default_branch_lost_is_flagged(
    served: World, repository: ServedRepository
) -> None:
    repository.git("update-ref", "refs/heads/main", "main~1")
    let_days_pass(served, 3)

    assert [flags(served, f"PAY-{n}") for n in (1, 2, 3, 4)] == [[()], [("orphaned",)], [()], [()]]
