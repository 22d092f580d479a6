"""What the timer does."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.cursors import Cursor
from shared.scheduling import leases
from shared.scheduling.schedule import WITH_HOOKS, WITHOUT_HOOKS, Pace, next_look
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from shared.storage.memory import MemoryRecords
from tests.making import DAY

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.world import World


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Begin")
    return "shop"


def test_a_push_that_no_hook_told_of_is_found_by_the_timer(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    world.connect()
    world.work()
    commit = sample.push("shop", "main", "PAY-2 Unheard")
    world.clock.pass_by(minutes=16)

    done = tick(world.services, now=world.clock())
    world.work()

    assert done.enqueued >= 1
    assert world.links("PAY-2") == [("commit", commit)]


def test_nothing_is_enqueued_before_its_time(world: World, shop: str) -> None:
    world.connect()
    world.work()

    done = tick(world.services, now=world.clock())

    assert done.enqueued == 0
    assert world.work() == 0


def test_two_ticks_at_once_do_no_harm(world: World, sample: SampleOrganization, shop: str) -> None:
    world.connect()
    world.work()
    commit = sample.push("shop", "main", "PAY-2 Unheard")
    world.clock.pass_by(minutes=16)
    now = world.clock()

    tick(world.services, now=now)
    tick(world.services, now=now)
    world.work()

    assert world.links("PAY-2") == [("commit", commit)]


def test_a_job_whose_message_was_lost_is_enqueued_again(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    world.connect()
    world.work(most=1)
    world.storage.queues.waiting["history"].clear()
    world.work()
    assert world.links("PAY-1") == []
    world.clock.pass_by(minutes=20)

    tick(world.services, now=world.clock())
    world.work()

    assert len(world.links("PAY-1")) == 1


def test_a_repository_that_is_being_worked_on_is_left_alone(world: World, shop: str) -> None:
    integration = world.connect()
    world.work()
    key = world.repository("shop")
    world.clock.pass_by(minutes=16)
    record = world.services.cursors.get(integration.id, key)
    assert record is not None
    world.services.cursors.put(integration.id, key, Cursor())
    held = leases.take(world.services, integration.id, key)
    assert held is not None

    with held:
        tick(world.services, now=world.clock())

    repositories = [
        job.repository for job in world.storage.queues.waiting["reindex"] if job.repository
    ]
    assert repositories == []


def test_what_belongs_to_a_removed_integration_is_forgotten(world: World, shop: str) -> None:
    integration = world.connect()
    world.work()
    world.services.integrations.delete(ONE_GROUP, integration.id)
    world.clock.pass_by(days=2)

    tick(world.services, now=world.clock())

    assert world.services.due.list(ONE_GROUP) == []
    assert world.work() == 0


@pytest.mark.parametrize("repositories", [1, 12])
def test_a_tick_looks_only_at_what_is_due(
    world: World,
    sample: SampleOrganization,
    repositories: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(repositories):
        sample.create_repository("Shop", f"r{number}")
        sample.push(f"r{number}", "main", "Begin")
    integration = world.connect()
    world.work()
    reads: list[str] = []
    get = MemoryRecords.get

    def counting(records: MemoryRecords[Any], group: str, key: str) -> object:
        reads.append(key)
        return get(records, group, key)

    monkeypatch.setattr(MemoryRecords, "get", counting)

    tick(world.services, now=world.clock())

    # The integration itself, and how far its hours are counted.
    assert reads == [integration.id, integration.id]


@pytest.mark.parametrize(
    ("pace", "quiet", "expected"),
    [
        (WITHOUT_HOOKS, timedelta(), timedelta(minutes=15)),
        (WITHOUT_HOOKS, timedelta(hours=2), timedelta(minutes=30)),
        (WITHOUT_HOOKS, timedelta(days=2), timedelta(hours=12)),
        (WITHOUT_HOOKS, timedelta(days=9), timedelta(hours=24)),
        (WITH_HOOKS, timedelta(), timedelta(hours=4)),
        (WITH_HOOKS, timedelta(days=1), timedelta(hours=6)),
        (WITH_HOOKS, timedelta(days=90), timedelta(hours=24)),
    ],
)
def test_what_is_quiet_is_looked_at_less_often(
    pace: Pace, quiet: timedelta, expected: timedelta
) -> None:
    assert next_look(DAY, changed_at=DAY - quiet, pace=pace) == DAY + expected


def test_what_never_changed_is_looked_at_as_often_as_allowed() -> None:
    assert next_look(DAY, changed_at=None, pace=WITHOUT_HOOKS) == DAY + WITHOUT_HOOKS.least
