"""Ways to interrupt the index, and what it has to make good."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.integrations import connections
from shared.scheduling.ticking import tick
from tests.world import Killed

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from devhost.sample_organization import SampleOrganization
    from shared.messages import Job, QueueName
    from tests.world import World


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", *(f"PAY-{n} Do it" for n in range(1, 31)))
    return "shop"


def let_hours_pass(world: World, hours: int) -> None:
    """Let time pass, with the timer and all jobs."""
    for _ in range(hours * 4):
        world.clock.pass_by(minutes=15)
        tick(world.services, now=world.clock())
        world.work()


def changes(sample: SampleOrganization, **wanted: Any) -> connections.Changes:
    return connections.Changes(**{"name": "S", "url": sample.url, "organizations": (), **wanted})


def fail_puts(
    world: World, monkeypatch: pytest.MonkeyPatch, which: Callable[[QueueName, Job], bool]
) -> None:
    """Kill whoever enqueues a certain job."""
    put = world.storage.queues.put

    def failing(queue: QueueName, job: Job, *, delay: timedelta | None = None) -> None:
        if which(queue, job):
            raise Killed
        put(queue, job, delay=delay)

    monkeypatch.setattr(world.storage.queues, "put", failing)


def work_on_reindex_queue(world: World) -> None:
    waiting = world.storage.queues.waiting["reindex"]
    while waiting:
        world.run("reindex", waiting.pop(0))
