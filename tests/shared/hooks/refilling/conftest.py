"""Deliveries that fail, and what is fetched of them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import Where
from shared.messages import Job
from tests.world import World

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration


NOBODY = "http://localhost:9"
"""Where nobody takes what service hooks deliver."""
QUERY = Where(route="notificationsquery")


class KilledError(BaseException):
    """The worker's process is gone."""


@pytest.fixture
def world(sample: SampleOrganization) -> World:
    return World(sample, public_url=NOBODY)


def let_time_pass(world: World, **time: float) -> None:
    """Let time pass here and in the organization, whose deliveries fail meanwhile."""
    world.sample.let_time_pass(timedelta(**time))
    world.clock.pass_by(**time)


def lose_pushes(world: World, count: int) -> list[str]:
    """Push so many commits, `PAY-100`, …, that no service hook can deliver; return their ids.

    The first failure puts a hook on probation, so that all are raised before it.
    """
    pushed = [world.sample.push("shop", "main", f"PAY-{100 + n} Lost") for n in range(count)]
    let_time_pass(world, minutes=5)
    return pushed


def recover(world: World) -> None:
    """Let the service hooks be in service again, by themselves."""
    for hook in world.sample.organization.subscriptions.all():
        world.sample.set_subscription_status(hook.id, "enabled")


def asked(world: World) -> int:
    """Return how often the history was asked for."""
    return len(world.sample.calls.to("hooks/notificationsquery"))


def work_on_hooks(world: World) -> None:
    """Carry out what deliveries ask for, and nothing else."""
    waiting = world.storage.queues.waiting["hooks"]
    while waiting:
        world.run("hooks", waiting.pop(0))


def run_refill(world: World, integration: Integration, **asked_for: object) -> None:
    """Carry out a refill alone, with what is left to later jobs."""
    world.storage.queues.waiting["reindex"].clear()
    job = Job(integration.id, "refill", **asked_for)  # type: ignore[arg-type]  # a test's
    waiting = [job]
    while waiting:
        world.run("reindex", waiting.pop(0))
        left = world.storage.queues.waiting["reindex"]
        waiting += [j for j in left if j.reason == "refill"]
        left[:] = [j for j in left if j.reason != "refill"]
