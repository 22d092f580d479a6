"""What leaves a repository's branches is flagged, kept for a month, and comes back with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization.faults import Where
from shared.issue_keys import parse_issue_key
from shared.links import KINDS
from shared.messages import Job
from shared.model import ProjectId
from shared.scheduling import leases
from shared.scheduling.ticking import tick
from tests.hooks import deliver, push_event

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World

GIT = Where("git-upload-pack")


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Begin", "PAY-2 Go on")
    sample.push("shop", "topic", "PAY-3 Try", "PAY-4 Try more")
    return "shop"


def flags(world: World, key: str) -> list[tuple[str, tuple[str, ...]]]:
    """Return id and flags of the commits that link to an issue."""
    stored = world.storage.links(world.tracker)
    found = stored.read(parse_issue_key(key), kinds=KINDS, after="", limit=100)
    return [(s.link.item.id, s.link.item.flags) for s in found if s.link.item.kind == "commit"]


def look_again(world: World, integration: Integration, **later: float) -> None:
    """Have the repository looked at now, and once more when time has passed."""
    for _ in range(2):
        job = Job(integration.id, "due", repository=world.repository("shop"))
        world.run("reindex", job)
        world.work()
        world.clock.pass_by(**(later or {"hours": 25}))


def test_force_pushed_commits_are_flagged_and_the_others_are_not(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    old = sample.head("shop", "topic")

    new = sample.force_push("shop", "topic", "PAY-4 Try better")
    look_again(world, integration)

    assert set(flags(world, "PAY-4")) == {(old, ("orphaned",)), (new, ())}
    assert [found for _, found in flags(world, "PAY-3")] == [()]
    assert world.cursor(integration, shop).left == {}


def test_a_branch_that_only_moved_on_has_lost_nothing(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()

    sample.push("shop", "topic", "PAY-5 Still more")
    sample.push("shop", "main", "PAY-6 Main, too")
    look_again(world, integration)

    assert all(not f for n in range(1, 7) for _, f in flags(world, f"PAY-{n}"))


def test_commits_of_a_deleted_branch_are_flagged_within_minutes(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()

    sample.delete_branch("shop", "topic")
    look_again(world, integration, minutes=15)

    assert [f for n in (3, 4) for _, f in flags(world, f"PAY-{n}")] == [("orphaned",)] * 2
    assert [f for n in (1, 2) for _, f in flags(world, f"PAY-{n}")] == [()] * 2


def test_commits_of_a_merged_or_copied_branch_stay_as_they_are(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push("shop", "copied", "PAY-7 Copied")
    integration = world.connect()
    world.work()

    sample.merge_branch("shop", "topic", into="main", message="Merge it")
    sample.delete_branch("shop", "topic")
    sample.create_branch("shop", "copy", at=sample.head("shop", "copied"))
    sample.push("shop", "copy", "PAY-8 On top")
    sample.delete_branch("shop", "copied")
    look_again(world, integration)

    assert all(not f for n in (3, 4, 7, 8) for _, f in flags(world, f"PAY-{n}"))


def test_commits_squashed_by_a_pull_request_are_no_orphans(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    number = sample.open_pull_request("shop", "topic", "PAY-3 Try")

    project = ProjectId(sample.organization.project("Shop").id)
    sample.complete(number, strategy="squash")
    world.run("reindex", Job(integration.id, "due", project=project))
    sample.delete_branch("shop", "topic")
    look_again(world, integration, minutes=15)

    assert all("orphaned" not in f for n in (3, 4) for _, f in flags(world, f"PAY-{n}"))


def test_orphans_are_forgotten_after_a_month(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    sample.delete_branch("shop", "topic")
    look_again(world, integration, minutes=15)

    look_again(world, integration, days=31)

    assert flags(world, "PAY-3") == flags(world, "PAY-4") == []
    assert len(flags(world, "PAY-1")) == 1
    assert not world.cursor(integration, shop).has_orphans
    assert world.services.orphans.list(integration.id) == []


def test_a_branch_that_is_put_back_brings_its_commits_back(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    head = sample.head("shop", "topic")
    sample.delete_branch("shop", "topic")
    look_again(world, integration, minutes=15)
    assert flags(world, "PAY-4") == [(head, ("orphaned",))]

    sample.create_branch("shop", "topic", at=head)
    look_again(world, integration, days=31)

    assert flags(world, "PAY-4") == [(head, ())]
    assert [f for _, f in flags(world, "PAY-3")] == [()]


def test_the_timer_looks_by_itself(world: World, sample: SampleOrganization, shop: str) -> None:
    integration = world.connect()
    world.work()
    sample.delete_branch("shop", "topic")

    for _ in range(8):
        world.clock.pass_by(minutes=15)
        tick(world.services, now=world.clock())
        world.work()

    assert [f for _, f in flags(world, "PAY-4")] == [("orphaned",)]
    assert world.cursor(integration, shop).left_at is None


def test_a_push_by_force_that_a_hook_tells_of_is_looked_at_soon(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    old = sample.head("shop", "topic")
    new = sample.force_push("shop", "topic", "PAY-4 Try better")

    event = push_event(world, (new, "PAY-4"), old=old, new=new, branch="topic", forced=True)
    deliver(world, integration, event)
    world.work()
    look_again(world, integration, minutes=15)

    assert set(flags(world, "PAY-4")) == {(old, ("orphaned",)), (new, ())}


def test_what_the_git_host_has_forgotten_is_left_as_it_is(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    sample.delete_branch("shop", "topic")
    sample.prune("shop")

    look_again(world, integration)

    assert [f for _, f in flags(world, "PAY-4")] == [()]
    assert world.cursor(integration, shop).failure is None


def test_a_failure_to_see_what_left_is_no_failure_of_the_repository(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    sample.delete_branch("shop", "topic")
    sample.faults.outage(times=None, where=GIT)
    look_again(world, integration, minutes=15)
    assert world.repositories(integration)["shop"].state == "idle"
    assert world.cursor(integration, shop).left
    sample.faults.clear()

    look_again(world, integration)

    assert [f for _, f in flags(world, "PAY-4")] == [("orphaned",)]


@pytest.mark.parametrize("is_forced", [True, False])
def test_looking_costs_as_much_as_left_not_as_much_as_there_is(
    world: World, sample: SampleOrganization, shop: str, is_forced: bool
) -> None:
    integration = world.connect()
    world.work()
    if is_forced:
        sample.force_push("shop", "topic", "PAY-4 Try better")
    else:
        sample.push("shop", "topic", "PAY-4 Try more still")
    look_again(world, integration)
    world.clock.pass_by(hours=25)
    sample.calls.reset()

    look_again(world, integration)

    assert [c for c in sample.calls if "_git/" in c.route] == []


def push_told(world: World, sample: SampleOrganization, message: str) -> tuple[str, dict[str, Any]]:
    """Push a commit to the topic; return its id and the event that tells of it."""
    old = sample.head("shop", "topic")
    new = sample.push("shop", "topic", message)
    return new, push_event(world, (new, message), old=old, new=new, branch="topic")


@pytest.mark.parametrize("then", ["forced", "deleted"])
def test_what_only_an_event_told_of_is_flagged_once_it_has_left(
    world: World, sample: SampleOrganization, shop: str, then: str
) -> None:
    integration = world.connect()
    world.work()
    told, event = push_told(world, sample, "PAY-20 Told")
    deliver(world, integration, event)
    world.work()
    assert world.cursor(integration, shop).heard == {"topic": told}

    if then == "forced":
        sample.force_push("shop", "topic", "PAY-21 Instead")
    else:
        sample.delete_branch("shop", "topic")
    look_again(world, integration)

    assert flags(world, "PAY-20") == [(told, ("orphaned",))]


def test_an_event_that_comes_after_its_push_was_undone_leaves_a_flagged_commit(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    before = sample.head("shop", "topic")
    told, event = push_told(world, sample, "PAY-20 Told late")
    sample.delete_branch("shop", "topic")
    sample.create_branch("shop", "topic", at=before)

    deliver(world, integration, event)
    world.work()
    look_again(world, integration)

    assert flags(world, "PAY-20") == [(told, ("orphaned",))]
    assert [found for _, found in flags(world, "PAY-4")] == [()]


@pytest.mark.parametrize("when", ["first index", "pass"])
def test_what_was_shown_while_others_worked_is_flagged_once_it_has_left(
    world: World, sample: SampleOrganization, shop: str, when: str
) -> None:
    integration = world.connect()
    if when == "pass":
        world.work()
    else:
        world.run("reindex", world.storage.queues.waiting["reindex"].pop(0))
    shown, event = push_told(world, sample, "PAY-20 Amended soon")
    deliver(world, integration, event)
    job = world.storage.queues.waiting["hooks"].pop(0)
    if when == "pass":
        with held(world, integration):
            world.run("hooks", job)
    else:
        world.run("hooks", job)
    assert flags(world, "PAY-20") == [(shown, ())]

    sample.force_push("shop", "topic", "PAY-21 Amended")
    world.work()
    look_again(world, integration)

    assert flags(world, "PAY-20") == [(shown, ("orphaned",))]


def held(world: World, integration: Integration) -> leases.HeldLease:
    """Return the shop's lease, as somebody holds who works on it."""
    lease = leases.take(world.services, integration.id, world.repository("shop"))
    assert lease is not None
    return lease
