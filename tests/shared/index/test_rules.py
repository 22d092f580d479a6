"""Rules and what is learned are applied to what is stored, without reading the git host."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared import trackers
from shared.index import rules
from tests.world import Killed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devhost.sample_organization import SampleOrganization
    from shared.storage.rows import Operation
    from tests.world import World


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    """Return a history that uses the project PAY, and mentions others."""
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", *(f"PAY-{n} Do it" for n in range(100, 130)))
    sample.push("shop", "main", "Follow RAD-7 and pay-105, see #44", "Fix OPS-9")
    sample.create_branch("shop", "feature/pay_106_more")
    return "shop"


def test_projects_are_learned_and_then_count_however_they_are_written(
    world: World, shop: str
) -> None:
    world.connect()

    world.work()

    assert ("branch", "feature/pay_106_more") in world.links("PAY-106")
    assert len(world.links("PAY-105")) == 2


def test_a_list_of_projects_takes_away_the_links_of_others_and_a_longer_one_brings_them_back(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    world.connect()
    world.work()
    assert len(world.links("RAD-7")) == 1
    sample.calls.reset()

    trackers.change_tracker(world.services, replace(world.tracker, projects=("PAY",)))
    world.work()
    assert world.links("RAD-7") == []
    assert world.links("OPS-9") == []
    assert len(world.links("PAY-105")) == 2

    trackers.change_tracker(world.services, replace(world.tracker, projects=("PAY", "OPS")))
    world.work()
    assert world.links("RAD-7") == []
    assert len(world.links("OPS-9")) == 1
    assert len(sample.calls) == 0


def test_plain_numbers_count_once_their_grammar_is_on(world: World, shop: str) -> None:
    world.connect()
    world.work()
    assert world.links("#44") == []

    grammars = (*world.tracker.grammars, "number")
    trackers.change_tracker(world.services, replace(world.tracker, grammars=grammars))
    world.work()

    assert len(world.links("#44")) == 1


def test_applying_the_same_rules_again_changes_nothing(world: World, shop: str) -> None:
    world.connect()
    world.work()
    before = world.everything()

    trackers.change_tracker(world.services, replace(world.tracker, name="Another name"))
    world.work()

    assert world.everything() == before


def test_a_repository_indexed_after_a_change_has_the_same_links_as_one_indexed_before(
    world: World, shop: str
) -> None:
    world.connect()
    world.work()
    wanted = replace(world.tracker, projects=("PAY", "RAD"))
    trackers.change_tracker(world.services, wanted)
    world.work()
    changed = {key: world.links(key) for key in ("PAY-105", "PAY-106", "RAD-7", "OPS-9")}

    from tests.world import World as AnotherWorld  # noqa: PLC0415

    other = AnotherWorld(world.sample)
    trackers.change_tracker(other.services, replace(other.tracker, projects=("PAY", "RAD")))
    other.connect()
    other.work()

    assert {key: other.links(key) for key in changed} == changed


def test_projects_are_learned_once_a_list_of_them_is_taken_away(world: World, shop: str) -> None:
    known = world.tracker
    trackers.change_tracker(world.services, replace(known, projects=("PAY",)))
    world.connect()
    world.work()
    assert world.links("OPS-9") == []

    trackers.change_tracker(world.services, replace(known, projects=()))
    world.work()

    assert ("branch", "feature/pay_106_more") in world.links("PAY-106")
    assert len(world.links("PAY-105")) == 2
    assert len(world.links("OPS-9")) == 1


def test_what_was_judged_before_a_worker_was_killed_is_told_as_changed(
    world: World, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", *(f"OPS-{n} Do it" for n in range(1, 5)))
    world.connect()
    world.work()
    since = world.clock()
    world.clock.pass_by(minutes=5)
    monkeypatch.setattr(rules, "_AT_ONCE", 2)
    trackers.change_tracker(world.services, replace(world.tracker, projects=("PAY",)))
    left = iter([None])
    write = world.storage.tables.write

    def die_at_the_second_batch(table: str, operations: Sequence[Operation]) -> None:
        if table.startswith("mentions") and next(left, Killed) is Killed:
            raise Killed
        write(table, operations)

    monkeypatch.setattr(world.storage.tables, "write", die_at_the_second_batch)
    with pytest.raises(Killed):
        world.work()

    marks, _ = world.services.storage.changes.read(
        world.tracker, since=since, until=world.clock() + timedelta(minutes=1), limit=50
    )
    assert ("OPS", None) in marks
