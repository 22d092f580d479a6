from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared import jobs
from shared.messages import Job
from shared.scheduling import leases
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from tests.hooks import deliver, push_event, states
from tests.shared.index.interruptions.conftest import (
    fail_puts,
    let_hours_pass,
    work_on_reindex_queue,
)
from tests.world import Killed

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from shared.messages import QueueName
    from tests.world import World


@pytest.mark.usefixtures("a_few_at_a_time")
@pytest.mark.parametrize("lease_is_taken", [True, False])
def test_a_push_between_two_jobs_of_one_walk_is_indexed_before_it_is_done(
    world: World,
    sample: SampleOrganization,
    shop: str,
    monkeypatch: pytest.MonkeyPatch,
    lease_is_taken: bool,
) -> None:
    monkeypatch.setitem(jobs.BUDGETS, "history", (timedelta(minutes=25), 8))
    integration = world.connect()
    work_on_reindex_queue(world)
    world.run("history", world.storage.queues.waiting["history"].pop(0))
    assert world.cursor(integration, shop).walk is not None
    old = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-99 During the walk")
    deliver(world, integration, push_event(world, (new, "PAY-99"), old=old, new=new))
    if lease_is_taken:
        held = leases.take(world.services, integration.id, world.repository("shop"))
        assert held is not None
        with held:
            world.run("hooks", world.storage.queues.waiting["hooks"].pop(0))

    world.work()

    assert states(world, integration) == ["done"]
    assert world.links("PAY-99") == [("commit", new)]


def test_an_event_that_tells_everything_of_itself_does_not_finish_another_that_waits(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push("shop", "other", "PAY-50 Other")
    integration = world.connect()
    world.work()
    key = world.repository("shop")
    heads = {branch: sample.head("shop", branch) for branch in ("main", "other")}
    waiting = sample.push("shop", "other", "PAY-98 Waits")
    gone = leases.take(world.services, integration.id, key)  # by a worker that dies
    assert gone is not None
    body = push_event(world, (waiting, "PAY-98"), old=heads["other"], new=waiting, branch="other")
    deliver(world, integration, body)
    world.work()
    world.clock.pass_by(seconds=100)
    new = sample.push("shop", "main", "PAY-97 Comes later")

    deliver(world, integration, push_event(world, (new, "PAY-97"), old=heads["main"], new=new))
    world.work()

    assert world.links("PAY-98") == [("commit", waiting)]
    assert world.links("PAY-97") == [("commit", new)]
    assert states(world, integration) == ["done", "done"]


@pytest.mark.parametrize(
    "which",
    [
        lambda queue, _job: queue == "history",
        lambda _queue, job: job.project is not None,
    ],
    ids=["first index", "pull requests"],
)
def test_what_discovery_could_not_enqueue_is_begun_by_the_timer(
    world: World,
    sample: SampleOrganization,
    shop: str,
    monkeypatch: pytest.MonkeyPatch,
    which: Callable[[QueueName, Job], bool],
) -> None:
    sample.push("shop", "topic", "Go on")
    sample.open_pull_request("shop", "topic", "PAY-500 Review it")
    world.connect()
    with monkeypatch.context() as worker:
        fail_puts(world, worker, which)
        with suppress(Killed):
            world.work()
    world.storage.queues.waiting["reindex"].clear()
    world.storage.queues.waiting["history"].clear()

    let_hours_pass(world, 2)

    assert len(world.links("PAY-1")) == 1
    assert [kind for kind, _ in world.links("PAY-500")] == ["pull_request"]


def test_an_integration_whose_discovery_could_not_be_enqueued_is_discovered_by_the_timer(
    world: World, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as caller:
        fail_puts(world, caller, lambda _queue, _job: True)
        with suppress(Killed):
            world.connect()

    let_hours_pass(world, 1)

    assert len(world.links("PAY-1")) == 1


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.999])
def test_the_timer_goes_on_whatever_fraction_of_a_second_jobs_end_at(
    world: World, shop: str, fraction: float
) -> None:
    integration = world.connect()
    world.work()
    began = []

    for _ in range(12 * 5):
        world.clock.pass_by(minutes=5 - (fraction / 60))
        tick(world.services, now=world.clock())
        world.clock.pass_by(seconds=fraction)
        world.work()
        record = world.services.discoveries.get(ONE_GROUP, integration.id)
        assert record is not None
        began.append(record.value.began_at)

    assert len(set(began)) >= 4


def test_a_busy_repository_is_enqueued_once_at_a_tick(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    key = world.repository("shop")

    counts = []
    for number in range(12):
        sample.push("shop", "main", f"PAY-{1000 + number} Busy")
        world.clock.pass_by(minutes=16)
        tick(world.services, now=world.clock())
        waiting = world.storage.queues.waiting["reindex"]
        counts.append(sum(job.repository == key for job in waiting))
        world.work()

    assert set(counts) == {1}
    # A few for each of the things that are looked at, however often.
    assert len(world.services.due.list(ONE_GROUP)) < 20
    assert world.cursor(integration, shop).commits_seen == 42


def test_a_repository_that_is_gone_costs_nothing_until_it_is_forgotten(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.create_repository("Shop", "stays")
    sample.push("stays", "main", "Stay")
    integration = world.connect()
    world.work()
    gone = world.repository("shop")
    sample.delete_repository("shop")
    world.run("reindex", Job(integration.id, "discover"))

    enqueued = 0
    for _ in range(4 * 24 * 2):
        world.clock.pass_by(minutes=15)
        tick(world.services, now=world.clock())
        waiting = world.storage.queues.waiting["reindex"]
        enqueued += sum(job.repository == gone for job in waiting)
        waiting.clear()

    assert enqueued == 0
