from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.hooks.refilling import refill
from shared.interfaces.git_host_family import Credential
from shared.model import ProjectId
from tests.hooks import deliver, states
from tests.shared.hooks.refilling.conftest import (
    NOBODY,
    KilledError,
    asked,
    lose_pushes,
    recover,
    run_refill,
    work_on_hooks,
)

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.messages import Job, QueueName
    from tests.world import World


def test_a_push_that_could_not_be_delivered_is_fetched_and_indexed_from_its_event(
    world: World, integration: Integration
) -> None:
    [lost] = lose_pushes(world, 1)
    world.sample.calls.reset()

    run_refill(world, integration, since=world.clock() - timedelta(hours=1))
    work_on_hooks(world)

    assert world.links("PAY-100") == [("commit", lost)]
    assert states(world, integration) == ["done"]
    assert asked(world) == len(world.sample.calls) == 1


def test_what_is_fetched_twice_has_one_effect(world: World, integration: Integration) -> None:
    lose_pushes(world, 3)
    run_refill(world, integration)
    work_on_hooks(world)

    run_refill(world, integration)

    assert world.storage.queues.waiting["hooks"] == []
    assert states(world, integration) == ["done"] * 3


def test_a_push_that_was_delivered_after_all_is_not_done_again(
    world: World, integration: Integration
) -> None:
    lose_pushes(world, 1)
    [notification] = [
        n
        for n in world.sample.organization.notifications.all()
        if n.event["eventType"] == "git.push"
    ]
    deliver(world, integration, notification.event)
    world.work()

    run_refill(world, integration)

    assert world.storage.queues.waiting["hooks"] == []
    assert states(world, integration) == ["done"]


def test_more_than_one_answer_holds_is_fetched_piece_by_piece(
    world: World, integration: Integration
) -> None:
    pushed = lose_pushes(world, 45)

    run_refill(world, integration)
    work_on_hooks(world)

    assert states(world, integration) == ["done"] * 45
    assert [world.links(f"PAY-{100 + n}") for n in range(45)] == [[("commit", c)] for c in pushed]


@pytest.mark.parametrize("put", [0, 1, 19, 20, 30, 44])
def test_a_refill_that_is_killed_between_any_two_steps_ends_the_same(
    world: World, integration: Integration, monkeypatch: pytest.MonkeyPatch, put: int
) -> None:
    lose_pushes(world, 45)
    puts = 0
    enqueue = world.storage.queues.put

    def killed_once(queue: QueueName, job: Job, *, delay: timedelta | None = None) -> None:
        nonlocal puts
        puts += 1
        if puts == put + 1:
            raise KilledError
        enqueue(queue, job, delay=delay)

    monkeypatch.setattr(world.storage.queues, "put", killed_once)
    with pytest.raises(KilledError):
        run_refill(world, integration)

    run_refill(world, integration)
    work_on_hooks(world)

    assert states(world, integration) == ["done"] * 45
    assert all(len(world.links(f"PAY-{100 + n}")) == 1 for n in range(45))


def test_a_refill_leaves_to_another_job_what_it_has_no_time_for(
    world: World, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        lose_pushes(world, 15)
        recover(world)
    took = 0
    insert = world.storage.deliveries.insert

    def slow(delivery: object) -> bool:
        nonlocal took
        took += 1
        world.clock.pass_by(seconds=15)
        return insert(delivery)  # type: ignore[arg-type]

    monkeypatch.setattr(world.storage.deliveries, "insert", slow)
    refill(world.services, integration)
    job = world.storage.queues.waiting["reindex"].pop()

    world.run("reindex", job)

    [left] = [j for j in world.storage.queues.waiting["reindex"] if j.reason == "refill"]
    assert left.cursor is not None
    assert 0 < took < 45
    run_refill(world, integration, cursor=left.cursor, until=left.until)
    work_on_hooks(world)
    assert states(world, integration) == ["done"] * 45


def test_hooks_of_others_are_none_of_ours(world: World, integration: Integration) -> None:
    family = world.services.git_hosts["azure_devops"]
    credential = Credential("pat", world.sample.token)
    host = family.open("contoso", url="", credential=credential)
    project = ProjectId(world.sample.organization.project("Shop").id)
    host.subscribe("git.push", project, url=f"{NOBODY}/theirs", user_name="u", password="p")

    lose_pushes(world, 1)
    run_refill(world, integration)

    assert len(states(world, integration)) == 1


def test_what_asking_for_lost_events_leaves_of_the_budget_is_noted(
    world: World, integration: Integration
) -> None:
    lose_pushes(world, 1)
    world.sample.faults.slow_down(times=None)

    run_refill(world, integration, since=world.clock() - timedelta(hours=1))

    budget = world.status(integration).budget
    assert budget is not None
    assert budget.remaining == 10
