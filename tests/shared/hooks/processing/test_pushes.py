from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.errors import StorageUnavailableError
from shared.messages import Job
from shared.scheduling import leases
from shared.scheduling.ticking import tick
from tests.hooks import NONE, deliver, push_event, states
from tests.shared.hooks.processing.conftest import FIRST, SECOND, DeafJobs

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World


def test_a_push_that_tells_everything_is_indexed_without_any_call(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    head = sample.head("shop", "main")
    sample.calls.reset()

    deliver(
        world,
        integration,
        push_event(
            world,
            (SECOND, "Second\n\nPAY-11"),
            (FIRST, "PAY-10 First"),
            old=head,
            new=SECOND,
        ),
    )
    world.work()

    assert world.links("PAY-10") == [("commit", FIRST)]
    assert world.links("PAY-11") == [("commit", SECOND)]
    assert states(world, integration) == ["done"]
    assert len(sample.calls) == 0


def test_the_next_push_goes_on_from_what_was_heard(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    head = sample.head("shop", "main")
    deliver(world, integration, push_event(world, (FIRST, "PAY-10"), old=head, new=FIRST))
    world.work()
    sample.calls.reset()

    deliver(world, integration, push_event(world, (SECOND, "PAY-11"), old=FIRST, new=SECOND))
    world.work()

    assert world.links("PAY-11") == [("commit", SECOND)]
    assert len(sample.calls) == 0


def test_the_next_reindex_reads_from_what_was_verified(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    head = sample.head("shop", "main")
    commit = sample.push("shop", "main", "PAY-10 A real one")
    deliver(world, integration, push_event(world, (commit, "PAY-10"), old=head, new=commit))
    world.work()
    assert world.cursor(integration, "shop").verified["main"] == head

    world.run("reindex", Job(integration.id, "due", repository=world.repository("shop")))

    cursor = world.cursor(integration, "shop")
    assert cursor.verified["main"] == commit
    assert cursor.heard == {}
    assert cursor.commits_seen == 4


@pytest.mark.parametrize(
    "change",
    [
        {"commits": None},
        {"forced": True},
        {"old": FIRST},
        {"more_refs": True},
        {"newest_is_another": True},
        {"many": True},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_push_that_leaves_something_open_is_read_from_the_git_host(
    world: World, sample: SampleOrganization, integration: Integration, change: dict[str, Any]
) -> None:
    head = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-10 First\n\nlong", "PAY-11 Second\n\nlong")
    body = push_event(world, (new, "PAY-11 Second"), old=change.get("old", head), new=new)
    resource = body["resource"]
    if "commits" in change:
        del resource["commits"]
    if "forced" in change:
        resource["forced"] = True
    if "more_refs" in change:
        resource["refUpdates"].append(dict(resource["refUpdates"][0], name="refs/heads/other"))
    if "newest_is_another" in change:
        resource["commits"][0]["commitId"] = FIRST
    if "many" in change:
        resource["commits"] *= 25

    deliver(world, integration, body)
    world.work()

    assert len(world.links("PAY-10")) == 1
    assert world.links("PAY-11") == [("commit", new)]
    assert states(world, integration) == ["done"]


def test_an_old_event_after_a_branch_was_deleted_does_not_bring_it_back(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    created = sample.push("shop", "feature/PAY-20", "PAY-20")
    late = push_event(world, (created, "PAY-20"), old=NONE, new=created, branch="feature/PAY-20")
    sample.delete_branch("shop", "feature/PAY-20")
    deleted = push_event(world, old=created, new=NONE, branch="feature/PAY-20")

    deliver(world, integration, deleted)
    deliver(world, integration, late)
    world.work()

    assert ("branch", "feature/PAY-20") not in world.links("PAY-20")
    assert states(world, integration) == ["done", "done"]


def test_the_same_event_twice_has_one_effect(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    head = sample.head("shop", "main")
    body = push_event(world, (FIRST, "PAY-10"), old=head, new=FIRST)

    receipts = [deliver(world, integration, body) for _ in range(3)]
    done = world.work()
    receipts.append(deliver(world, integration, body))

    assert receipts == ["accepted", "repeated", "repeated", "repeated"]
    assert done == 3
    assert world.links("PAY-10") == [("commit", FIRST)]
    assert states(world, integration) == ["done"]
    assert world.work() == 0


def test_a_delivery_that_was_kept_and_not_enqueued_is_enqueued_when_it_is_sent_again(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    body = push_event(world, (FIRST, "PAY-10"), old=sample.head("shop", "main"), new=FIRST)
    queues, world.storage.jobs = world.storage.jobs, DeafJobs()
    with pytest.raises(StorageUnavailableError):
        deliver(world, integration, body)
    world.storage.jobs = queues

    receipt = deliver(world, integration, body)
    world.work()

    assert receipt == "repeated"
    assert world.links("PAY-10") == [("commit", FIRST)]


def test_a_delivery_that_was_kept_and_not_enqueued_is_found_by_the_timer(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    body = push_event(world, (FIRST, "PAY-10"), old=sample.head("shop", "main"), new=FIRST)
    queues, world.storage.jobs = world.storage.jobs, DeafJobs()
    with pytest.raises(StorageUnavailableError):
        deliver(world, integration, body)
    world.storage.jobs = queues
    world.clock.pass_by(minutes=2)

    tick(world.services, now=world.clock())
    world.work()

    assert world.links("PAY-10") == [("commit", FIRST)]
    assert states(world, integration) == ["done"]


def test_a_push_that_comes_while_the_lease_is_taken_is_indexed_by_who_holds_it(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    key = world.repository("shop")
    new = sample.push("shop", "main", "PAY-10")
    owner = leases.take(world.services, integration.id, key)
    assert owner is not None
    begun_with = leases.wanted(world.services, integration.id, key)
    with owner:
        deliver(world, integration, push_event(world, old=FIRST, new=new))
        world.work()
        assert states(world, integration) == ["accepted"]

    more = leases.settle(world.services, integration.id, key, done=begun_with)
    world.services.storage.jobs.put("hooks", Job(integration.id, "wanted", repository=key))
    world.work()

    assert more
    assert world.links("PAY-10") == [("commit", new)]
    assert states(world, integration) == ["done"]


def test_a_push_that_comes_during_the_first_index_is_not_lost(
    world: World, sample: SampleOrganization
) -> None:
    integration = world.connect()
    world.work(most=1)  # discovery; the first index waits
    head = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-10")

    deliver(world, integration, push_event(world, (new, "PAY-10"), old=head, new=new))
    world.work()

    assert world.links("PAY-10") == [("commit", new)]
    assert len(world.links("PAY-1")) == 1
    assert states(world, integration) == ["done"]


def test_a_push_is_shown_while_somebody_is_at_its_repository(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    head = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-10")
    owner = leases.take(world.services, integration.id, world.repository("shop"))
    assert owner is not None

    with owner:
        deliver(world, integration, push_event(world, (new, "PAY-10"), old=head, new=new))
        world.work()

        assert world.links("PAY-10") == [("commit", new)]
        assert states(world, integration) == ["accepted"]


def test_a_push_is_shown_before_the_first_index_has_begun(
    world: World, sample: SampleOrganization
) -> None:
    integration = world.connect()
    world.work(most=1)  # discovery; the first index waits
    head = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-10")
    deliver(world, integration, push_event(world, (new, "PAY-10"), old=head, new=new))
    [job] = world.storage.queues.waiting["hooks"]

    world.run("hooks", job)

    assert world.links("PAY-10") == [("commit", new)]
    assert world.links("PAY-1") == []
    assert states(world, integration) == ["accepted"]
