from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.errors import HooksOnlyError
from shared.hooks.refilling import refill
from shared.messages import Job
from shared.services import ONE_GROUP
from tests.hooks import deliver, push_event
from tests.shared.hooks.refilling.conftest import (
    QUERY,
    asked,
    lose_pushes,
    recover,
    run_refill,
    work_on_hooks,
)
from tests.world import World

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration


@pytest.mark.parametrize(
    ("since", "loses", "is_reindexed"),
    [
        (timedelta(hours=1), 0, False),
        (timedelta(hours=1), 1, True),
        (timedelta(days=8), 0, True),
        (None, 0, True),
    ],
)
def test_what_the_history_cannot_tell_is_reindexed(
    world: World,
    integration: Integration,
    since: timedelta | None,
    loses: int,
    *,
    is_reindexed: bool,
) -> None:
    lose_pushes(world, loses)

    run_refill(world, integration, since=world.clock() - since if since else None)

    waiting = [job.reason for job in world.storage.queues.waiting["reindex"]]
    assert ("asked" in waiting) == is_reindexed


def test_a_push_that_a_hook_on_probation_never_tried_to_deliver_is_found(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    lose_pushes(world, 1)
    lost = sample.push("shop", "main", "PAY-200 While on probation")

    refill(world.services, integration, since=world.clock() - timedelta(hours=1))
    world.work()

    assert world.links("PAY-200") == [("commit", lost)]


@pytest.mark.parametrize("is_asked", [True, False])
def test_everything_is_reindexed_when_somebody_asks_and_the_history_may_not_be_read(
    world: World, sample: SampleOrganization, integration: Integration, *, is_asked: bool
) -> None:
    sample.faults.refuse(403, "AccessDeniedException", "No.", times=None, where=QUERY)
    now = world.clock()

    run_refill(
        world, integration, since=now - timedelta(hours=1), asked_at=now if is_asked else None
    )

    waiting = [job.reason for job in world.storage.queues.waiting["reindex"]]
    assert ("asked" in waiting) == is_asked
    assert world.status(integration).alarms == ()


def test_a_history_that_never_answers_leads_to_a_reindex_and_to_no_alarm(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.faults.html(times=None, where=QUERY)
    job = refill(world.services, integration)
    world.storage.queues.waiting["reindex"].clear()

    with pytest.raises(Exception, match="Azure DevOps"):
        world.run("reindex", job, attempt=5)

    assert "asked" in [j.reason for j in world.storage.queues.waiting["reindex"]]
    discovery = world.services.discoveries.get(ONE_GROUP, integration.id)
    assert discovery is not None
    assert discovery.value.failure is None


def test_each_discovery_looks_for_what_was_lost_since_the_last(
    world: World, integration: Integration
) -> None:
    world.run("reindex", Job(integration.id, "discover"))
    world.work()
    [lost] = lose_pushes(world, 1)
    recover(world)
    world.run("reindex", Job(integration.id, "discover"))
    world.work()
    assert asked(world) == 0  # the last was just now
    before = asked(world)
    world.clock.pass_by(hours=1)

    world.run("reindex", Job(integration.id, "discover"))
    world.work()

    assert asked(world) > before
    assert world.links("PAY-100") == [("commit", lost)]


def test_an_integration_without_hooks_asks_for_no_history(sample: SampleOrganization) -> None:
    world = World(sample)
    integration = world.connect()
    world.work()

    world.run("reindex", Job(integration.id, "discover"))
    world.work()

    assert asked(world) == 0


def test_where_the_git_host_is_never_called_nothing_can_be_fetched(
    world: World, integration: Integration
) -> None:
    with pytest.raises(HooksOnlyError):
        refill(world.services, replace(integration, hooks_only=True))


def test_a_delivery_that_comes_late_has_looked_for_what_did_not_come_at_all(
    world: World, integration: Integration
) -> None:
    world.run("reindex", Job(integration.id, "discover"))
    world.work()
    first, second = lose_pushes(world, 2)
    late = push_event(world, (second, "PAY-101 Lost"), old=first, new=second)
    late["createdDate"] = f"{world.clock() - timedelta(minutes=3):%Y-%m-%dT%H:%M:%S.%fZ}"
    before = asked(world)

    for number in range(5):
        deliver(world, integration, late | {"id": f"late-{number}"})
    work_on_hooks(world)

    refills = [j for j in world.storage.queues.waiting["reindex"] if j.reason == "refill"]
    assert len(refills) == 1
    assert world.storage.queues.delays[-1] >= timedelta(minutes=3)
    world.work()
    assert asked(world) > before
    assert world.links("PAY-100") == [("commit", first)]


def test_a_delivery_that_comes_in_time_asks_for_nothing(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    world.run("reindex", Job(integration.id, "discover"))
    world.work()
    head = sample.head("shop", "main")

    deliver(world, integration, push_event(world, ("a" * 40, "PAY-9"), old=head, new="a" * 40))
    work_on_hooks(world)

    assert world.storage.queues.waiting["reindex"] == []
