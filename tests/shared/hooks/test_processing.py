"""What a delivery does, and that no push is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.errors import StorageUnavailableError
from shared.index import leases
from shared.index.ticking import tick
from shared.progress import Job
from tests.hooks import NONE, deliver, details, event, push_event, states

if TYPE_CHECKING:
    from datetime import timedelta

    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.progress import QueueName
    from tests.world import World

FIRST, SECOND = "a" * 40, "b" * 40


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


class DeafJobs:
    """Queues that do not answer."""

    def put(self, queue: QueueName, job: Job, *, delay: timedelta | None = None) -> None:
        raise StorageUnavailableError("The queue service is down.")


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


def test_the_first_push_to_an_empty_repository_starts_its_index(
    world: World, sample: SampleOrganization
) -> None:
    sample.create_repository("Shop", "fresh")
    integration = world.connect()
    world.work()
    assert world.repositories(integration)["fresh"].record.left_out == "empty"
    new = sample.push("fresh", "main", "PAY-30 It begins")

    deliver(
        world,
        integration,
        push_event(world, (new, "PAY-30"), old=NONE, new=new, repository="fresh"),
    )
    world.work()

    assert world.links("PAY-30") == [("commit", new)]
    assert world.repositories(integration)["fresh"].state == "idle"


def test_a_push_to_a_repository_that_was_unknown_starts_its_index(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.create_repository("Shop", "later")
    new = sample.push("later", "main", "PAY-31")

    deliver(
        world,
        integration,
        push_event(world, (new, "PAY-31"), old=NONE, new=new, repository="later"),
    )
    world.work()

    assert world.links("PAY-31") == [("commit", new)]


def test_a_push_of_another_organization_changes_nothing(
    world: World, integration: Integration
) -> None:
    body = push_event(world, (FIRST, "PAY-10"), old=NONE, new=FIRST)
    body["resource"]["repository"]["id"] = "11111111-1111-4111-8111-111111111111"
    body["resourceContainers"]["project"]["id"] = "22222222-2222-4222-8222-222222222222"

    deliver(world, integration, body)
    world.work()

    assert world.links("PAY-10") == []
    assert states(world, integration) == ["ignored"]
    assert details(world, integration) == ["another organization's project"]


def test_a_push_to_a_repository_that_is_left_out_is_ignored(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.disable_repository("shop")
    world.run("reindex", Job(integration.id, "discover"))

    deliver(world, integration, push_event(world, (FIRST, "PAY-10"), old=NONE, new=FIRST))
    world.work()

    assert states(world, integration) == ["ignored"]
    assert "disabled" in details(world, integration)[0]


def test_a_pull_request_is_read_again_when_it_is_told_of(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.push("shop", "feature/x", "Something")
    number = sample.open_pull_request("shop", "feature/x", "PAY-40 Something")
    resource = {"pullRequestId": number, "repository": {"id": world.repository("shop")}}
    deliver(world, integration, event(world, "git.pullrequest.created", resource))
    world.work()
    assert world.links("PAY-40") == [("pull_request", str(number))]
    sample.retitle(number, title="PAY-41 Something else")

    deliver(world, integration, event(world, "git.pullrequest.updated", resource))
    world.work()

    assert world.links("PAY-40") == []
    assert world.links("PAY-41") == [("pull_request", str(number))]


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b'{"id": "1", "eventType": "build.complete"}', "ignored"),
        (b'{"id": "2"}', "ignored"),
        (b'{"id": "3", "eventType": "git.push", "resource": 5}', "unreadable"),
        (b'{"id": "4", "eventType": "git.push", "resource": []}', "unreadable"),
        (b"[]", "unreadable"),
        (b"", "unreadable"),
        (b"\xff\xfe", "unreadable"),
    ],
)
def test_what_touches_no_link_or_cannot_be_read_is_in_the_ledger(
    world: World, integration: Integration, body: bytes, state: str
) -> None:
    deliver(world, integration, body)
    world.work()

    assert states(world, integration) == [state]
    assert details(world, integration)[0]


def test_a_push_of_tags_only_is_ignored(world: World, integration: Integration) -> None:
    body = push_event(world, old=NONE, new=FIRST)
    body["resource"]["refUpdates"][0]["name"] = "refs/tags/v1"

    deliver(world, integration, body)
    world.work()

    assert states(world, integration) == ["ignored"]


def test_a_body_too_large_to_keep_has_everything_looked_at(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    new = sample.push("shop", "main", "PAY-10")
    body = push_event(world, (new, "x" * 5_000_000), old=NONE, new=new)

    deliver(world, integration, body)
    world.work()

    assert world.links("PAY-10") == [("commit", new)]
    assert states(world, integration) == ["done"]


def test_a_failure_that_an_admin_must_put_right_is_told_in_the_ledger(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    new = sample.push("shop", "main", "PAY-10")
    sample.revoke_token()

    deliver(world, integration, push_event(world, old=FIRST, new=new))
    world.work()

    assert states(world, integration) == ["failed"]
    assert details(world, integration)[0].startswith("signed_out")
