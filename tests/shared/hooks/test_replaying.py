"""Deliveries that the ledger keeps are processed again, as often as one likes."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.errors import BadRequestError, StorageUnavailableError, UnknownThingError
from shared.hooks import replaying
from shared.hooks.replaying import replay, replay_one
from shared.messages import Job
from shared.model import WebhookId
from shared.scheduling.ticking import tick
from tests.hooks import deliver, push_event, states

if TYPE_CHECKING:
    from datetime import datetime

    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.messages import Delivery, DeliveryState, QueueName
    from tests.world import World


def kept(world: World, integration: Integration) -> list[Delivery]:
    return world.storage.deliveries.page(integration.webhook_id, now=world.clock(), limit=10_000)


def links(world: World) -> dict[tuple[str, str, str], dict[str, object]]:
    return {key: row for key, row in world.everything().items() if key[0].startswith("links")}


def receive_pushes(world: World, integration: Integration, count: int) -> list[str]:
    """Take in so many pushes of one commit each, which the git host knows; return their ids."""
    pushed = []
    for number in range(count):
        old = world.sample.head("shop", "main")
        new = world.sample.push("shop", "main", f"PAY-{100 + number} More")
        deliver(
            world,
            integration,
            push_event(world, (new, f"PAY-{100 + number} More"), old=old, new=new),
        )
        pushed.append(new)
    return pushed


def mark_all(world: World, integration: Integration, state: DeliveryState) -> None:
    """Let all deliveries have ended in a state, without their work having been done."""
    for queue in world.storage.queues.waiting.values():
        queue.clear()
    for delivery in kept(world, integration):
        world.storage.deliveries.mark(integration.webhook_id, delivery.id, state, detail="gave_up")


def test_all_failed_deliveries_are_processed_again(world: World, integration: Integration) -> None:
    pushed = receive_pushes(world, integration, 3)
    mark_all(world, integration, "failed")

    replay(world.services, integration)
    world.work()

    assert states(world, integration) == ["done"] * 3
    assert [world.links(f"PAY-{100 + n}") for n in range(3)] == [[("commit", c)] for c in pushed]


def test_a_delivery_that_is_done_is_processed_again_and_changes_nothing(
    world: World, integration: Integration
) -> None:
    receive_pushes(world, integration, 2)
    world.work()
    before = links(world)

    for delivery in kept(world, integration):
        replay_one(world.services, integration, delivery.id)
    assert states(world, integration) == ["accepted"] * 2
    world.work()

    assert states(world, integration) == ["done"] * 2
    assert links(world) == before


def test_only_deliveries_of_the_state_and_the_time_are_processed_again(
    world: World, integration: Integration
) -> None:
    moments: list[datetime] = []
    for _ in range(4):
        moments.append(world.clock())
        receive_pushes(world, integration, 1)
        world.clock.pass_by(hours=1)
    mark_all(world, integration, "done")
    newest, *_, oldest = kept(world, integration)
    world.storage.deliveries.mark(integration.webhook_id, oldest.id, "failed")
    world.storage.deliveries.mark(integration.webhook_id, newest.id, "failed")

    replay(world.services, integration, state="done", since=moments[1], until=moments[3])
    world.run(*world.storage.queues.take() or pytest.fail("a job waits"))

    assert states(world, integration) == ["failed", "accepted", "accepted", "failed"]


def test_a_time_that_ends_before_it_begins_is_refused(
    world: World, integration: Integration
) -> None:
    now = world.clock()

    with pytest.raises(BadRequestError):
        replay(world.services, integration, since=now, until=now - timedelta(hours=1))


@pytest.mark.parametrize("odd", ["", "x", "20260309.0000000000000.a", "../state", "' or 1"])
def test_a_delivery_that_is_not_kept_is_not_found(
    world: World, integration: Integration, odd: str
) -> None:
    with pytest.raises(UnknownThingError):
        replay_one(world.services, integration, odd)


def test_a_delivery_of_another_integration_is_not_found(
    world: World, integration: Integration
) -> None:
    receive_pushes(world, integration, 1)
    [delivery] = kept(world, integration)
    other = replace(integration, webhook_id=WebhookId("another"))

    with pytest.raises(UnknownThingError):
        replay_one(world.services, other, delivery.id)


def fill(world: World, integration: Integration, count: int) -> None:
    """Keep so many failed deliveries of pushes that the cursor knows already."""
    head = world.sample.head("shop", "main")
    for _ in range(count):
        deliver(world, integration, push_event(world, (head, "PAY-3"), old="a" * 40, new=head))
    mark_all(world, integration, "failed")


def test_a_job_replays_so_many_and_leaves_the_rest_to_the_next(
    world: World, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "_MOST_IN_A_JOB", 200)
    fill(world, integration, 450)
    job = replay(world.services, integration)
    jobs = 0

    waiting = world.storage.queues.waiting["reindex"]
    while waiting:
        world.run("reindex", waiting.pop(0))
        jobs += 1

    assert jobs == 3
    assert job.cursor is None
    assert states(world, integration) == ["accepted"] * 100
    assert len(world.storage.queues.waiting["hooks"]) == 450
    world.work()
    assert {delivery.state for delivery in kept(world, integration)} == {"done"}


@pytest.mark.parametrize("fails_at", [0, 1, 99, 100, 150, 249])
@pytest.mark.parametrize("what", ["put", "mark"])
def test_a_replay_that_storage_stops_in_the_middle_ends_the_same(
    world: World,
    integration: Integration,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    fails_at: int,
) -> None:
    fill(world, integration, 250)
    job = Job(integration.id, "replay", state="failed")
    ledger, queues = world.storage.deliveries, world.storage.queues
    left = fails_at
    put, mark = queues.put, ledger.mark

    def count(name: str) -> None:
        nonlocal left
        if name == what:
            left -= 1
            if left == -1:
                raise StorageUnavailableError("The storage account does not answer.")

    def put_or_fail(queue: QueueName, job: Job, *, delay: timedelta | None = None) -> None:
        count("put")
        put(queue, job, delay=delay)

    def mark_or_fail(
        webhook: str, delivery_id: str, state: DeliveryState, *, detail: str = ""
    ) -> None:
        count("mark")
        mark(webhook, delivery_id, state, detail=detail)

    monkeypatch.setattr(queues, "put", put_or_fail)
    monkeypatch.setattr(ledger, "mark", mark_or_fail)
    with pytest.raises(StorageUnavailableError):
        world.run("reindex", job)

    world.run("reindex", job, attempt=2)
    world.work()
    world.clock.pass_by(minutes=5)
    tick(world.services, now=world.clock())
    world.work()

    assert {delivery.state for delivery in kept(world, integration)} == {"done"}


def test_a_delivery_that_cannot_be_processed_fails_again_and_is_not_replayed_for_ever(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    new = sample.push("shop", "main", "PAY-10")
    deliver(world, integration, push_event(world, old="a" * 40, new=new))
    sample.revoke_token()
    world.work()
    assert states(world, integration) == ["failed"]

    replay(world.services, integration)
    world.work()

    assert states(world, integration) == ["failed"]


def test_deliveries_older_than_a_week_are_gone_and_stay_so(
    world: World, integration: Integration
) -> None:
    receive_pushes(world, integration, 1)
    world.work()
    [old] = kept(world, integration)
    world.clock.pass_by(days=9)
    world.run("reindex", Job(integration.id, "discover"))

    replay(world.services, integration, state="done")
    world.work()

    assert kept(world, integration) == []
    with pytest.raises(UnknownThingError):
        replay_one(world.services, integration, old.id)
