"""What service hooks failed to deliver is fetched from the git host's own history."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from devhost.sample_organization import Where
from shared.errors import HooksOnlyError
from shared.hooks.refilling import refill
from shared.model import ProjectId
from shared.progress import Job
from shared.services import ONE_GROUP
from tests.hooks import deliver, push_event, states
from tests.world import World

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.progress import QueueName

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
    host = world.services.git_hosts["azure_devops"].open("contoso", token=world.sample.token)
    project = ProjectId(world.sample.organization.project("Shop").id)
    host.subscribe("git.push", project, url=f"{NOBODY}/theirs", user_name="u", password="p")

    lose_pushes(world, 1)
    run_refill(world, integration)

    assert len(states(world, integration)) == 1


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
