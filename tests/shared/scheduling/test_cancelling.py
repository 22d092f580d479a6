"""Cancelling stops what is being indexed and loses nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.index import reindexing
from shared.messages import Job
from shared.scheduling import leases
from shared.scheduling.cancelling import cancel
from shared.scheduling.runs import start_run
from shared.scheduling.ticking import tick

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.cursors import Cursor
    from shared.interfaces.storage import Record
    from shared.storage.memory import MemoryRecords
    from tests.world import World

COUNT = 4
KEYS = [f"PAY-{number}" for number in range(1, COUNT + 1)]


@pytest.fixture
def parts(sample: SampleOrganization) -> list[str]:
    """Return repositories with a commit each."""
    names = [f"part-{number}" for number in range(COUNT)]
    for key, name in zip(KEYS, names, strict=True):
        sample.create_repository("Shop", name)
        sample.push(name, "main", f"{key} Begin")
    return names


def history(world: World) -> list[Job]:
    return world.storage.queues.waiting["history"]


def test_queued_jobs_of_a_cancelled_run_end_at_once(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.push("part-0", "main", "PAY-90 Later")
    start_run(world.services, integration)
    sample.calls.reset()

    cancel(world.services, integration)
    world.work()

    assert len(sample.calls) == 0
    assert world.links("PAY-90") == []
    status = world.status(integration)
    assert status.state == "idle"
    assert status.run is not None
    assert status.run.state == "cancelled"


def test_cancelled_first_index_is_new_again_and_the_next_reindex_does_it(
    world: World, parts: list[str]
) -> None:
    integration = world.connect()
    world.work(most=1)
    world.run("history", history(world).pop(0))

    cancel(world.services, integration)
    world.work()
    between = world.repositories(integration)
    start_run(world.services, integration)
    world.work()

    assert sorted(found.state for found in between.values()) == ["idle", "new", "new", "new"]
    assert world.status(integration).state == "idle"
    assert all(len(world.links(key)) == 1 for key in KEYS)


def test_integration_whose_first_index_was_cancelled_is_not_indexing(
    world: World, parts: list[str]
) -> None:
    integration = world.connect()
    world.work(most=1)
    before = world.status(integration).state

    cancel(world.services, integration)

    assert (before, world.status(integration).state) == ("indexing", "idle")


def test_the_timer_leaves_a_cancelled_first_index_alone_for_a_day(
    world: World, parts: list[str]
) -> None:
    integration = world.connect()
    world.work(most=1)
    cancel(world.services, integration)
    world.work()

    world.clock.pass_by(hours=23)
    tick(world.services, now=world.clock())
    world.work()
    within = [len(world.links(key)) for key in KEYS]
    world.clock.pass_by(hours=2)
    tick(world.services, now=world.clock())
    world.work()

    assert within == [0] * COUNT
    assert [len(world.links(key)) for key in KEYS] == [1] * COUNT


def test_a_repository_found_after_a_cancellation_is_indexed(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work(most=1)
    cancel(world.services, integration)
    world.work()
    sample.create_repository("Shop", "late")
    sample.push("late", "main", "PAY-91 Late")

    world.run("reindex", Job(integration.id, "discover", asked_at=world.clock()))
    world.work()

    assert len(world.links("PAY-91")) == 1
    assert world.links("PAY-1") == []


class Interrupted:
    """Cancels an integration when some repository's cursor is moved for the n-th time."""

    def __init__(self, world: World, integration: Integration, *, at: int) -> None:
        self._world = world
        self._integration = integration
        self._left = at
        self.stopped_at: Cursor | None = None

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        records: MemoryRecords[Cursor] = self._world.services.cursors  # type: ignore[assignment]
        move = records.replace

        def counting(record: Record[Cursor], value: Cursor) -> Record[Cursor]:
            moved = move(record, value)
            self._left -= 1
            if self._left == 0:
                self.stopped_at = value
                cancel(self._world.services, self._integration)
            return moved

        monkeypatch.setattr(records, "replace", counting)


def test_a_job_in_flight_stops_at_the_next_flush_and_the_next_reindex_carries_on(
    world: World, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.create_repository("Shop", "long")
    sample.push("long", "main", *(f"PAY-{number} Step" for number in range(1, 41)))
    monkeypatch.setattr(reindexing, "COMMITS_A_FLUSH", 1)
    integration = world.connect()
    world.work(most=1)
    interrupted = Interrupted(world, integration, at=2)
    with monkeypatch.context() as context:
        interrupted.watch(context)

        world.work()

    halted = world.cursor(integration, "long")
    before = world.repositories(integration)["long"]
    assert interrupted.stopped_at is not None
    assert halted.walk == interrupted.stopped_at.walk is not None
    assert halted.commits_seen == interrupted.stopped_at.commits_seen
    assert (before.state, world.status(integration).state) == ("new", "idle")
    start_run(world.services, integration)
    world.work()
    assert world.cursor(integration, "long").state == "idle"
    assert all(len(world.links(f"PAY-{number}")) == 1 for number in range(1, 41))


def test_whoever_works_loses_its_lease_to_a_cancellation(world: World, parts: list[str]) -> None:
    integration = world.connect()
    world.work()
    key = world.repository("part-0")
    held = leases.take(world.services, integration.id, key)
    assert held is not None

    cancel(world.services, integration)

    other = leases.take(world.services, integration.id, key)
    assert other is not None


def test_discovery_and_service_hooks_go_on_through_a_cancellation(
    world: World, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    held = leases.take(world.services, integration.id, leases.DISCOVERY)
    assert held is not None

    cancel(world.services, integration)

    assert leases.take(world.services, integration.id, leases.DISCOVERY) is None


def test_cancelling_where_nothing_goes_on_changes_nothing(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    before = {name: world.cursor(integration, name) for name in parts}

    cancel(world.services, integration)
    cancel(world.services, integration)

    assert {name: world.cursor(integration, name) for name in parts} == before
    assert world.status(integration).run is None
    commit = sample.push("part-1", "main", "PAY-92 Later")
    world.clock.pass_by(hours=1)
    tick(world.services, now=world.clock())
    world.work()
    assert world.links("PAY-92") == [("commit", commit)]


def test_a_run_can_be_cancelled_again_and_again(world: World, parts: list[str]) -> None:
    integration = world.connect()
    world.work()
    runs = []
    for _ in range(3):
        runs.append(start_run(world.services, integration).id)
        cancel(world.services, integration)
    last = start_run(world.services, integration)

    world.work()

    assert len({*runs, last.id}) == 4
    status = world.status(integration)
    assert status.run is not None
    assert (status.run.run, status.run.state) == (last.id, "done")


def test_what_the_timer_enqueued_is_cancelled_too(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.push("part-0", "main", "PAY-92 Later")
    world.clock.pass_by(hours=48)
    tick(world.services, now=world.clock())
    enqueued = [job for job in world.storage.queues.waiting["reindex"] if job.repository]
    sample.calls.reset()

    cancel(world.services, integration)
    for job in enqueued:
        world.run("reindex", job)

    assert len(enqueued) == COUNT
    assert len(sample.calls) == 0
    for _ in range(3):
        world.clock.pass_by(minutes=15)
        tick(world.services, now=world.clock())
        world.work()
    assert len(world.links("PAY-92")) == 1
