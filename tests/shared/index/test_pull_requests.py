"""A project's pull requests are brought up to date."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import Where
from shared.connections.opening import open_organization
from shared.issue_keys import parse_issue_key
from shared.links import KINDS
from shared.messages import Job
from shared.model import ProjectId

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "Begin")
    return "shop"


def open_one(sample: SampleOrganization, branch: str, title: str, description: str = "") -> int:
    sample.push("shop", branch, f"Work on {branch}")
    return sample.open_pull_request("shop", branch, title, description=description)


def again(world: World, integration: Integration) -> None:
    project = world.sample.organization.project("Shop")
    identity = ProjectId(project.id)
    world.run("reindex", Job(integration.id, "due", project=identity))


def status_of(world: World, key: str) -> list[str | None]:
    stored = world.storage.links(world.tracker)
    found = stored.read(parse_issue_key(key), kinds=KINDS[1:2], after="", limit=50)
    return [s.link.item.status for s in found]


def test_open_draft_merged_and_declined_ones_are_linked_with_their_state(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    open_one(sample, "a", "PAY-1 Open")
    sample.push("shop", "b", "Draft it")
    sample.open_pull_request("shop", "b", "PAY-1 Draft", draft=True)
    sample.complete(open_one(sample, "c", "PAY-1 Merged"))
    sample.abandon(open_one(sample, "d", "PAY-1 Declined"))

    world.connect()
    world.work()

    assert sorted(map(str, status_of(world, "PAY-1"))) == ["declined", "draft", "merged", "open"]


def test_a_pull_request_is_linked_by_title_source_branch_description_and_work_item(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.add_work_item("Shop", 1, "A story")
    sample.push("shop", "feature/PAY-2-x", "Go on")
    number = sample.open_pull_request(
        "shop",
        "feature/PAY-2-x",
        "PAY-1 Title",
        description="x" * 450 + "\n\nCloses PAY-3",
        work_items=[1],
    )

    world.connect()
    world.work()

    found = [("pull_request", str(number))]
    assert world.links("PAY-1") == found
    assert found[0] in world.links("PAY-2")
    assert world.links("PAY-3") == found
    assert world.links("AB#1") == found


def test_the_description_of_a_bots_pull_request_gives_no_link(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push("shop", "dependabot/npm/x-2", "Raise x")
    sample.open_pull_request(
        "shop", "dependabot/npm/x-2", "Raise x to 2", description="Fixes PAY-4 of x"
    )

    world.connect()
    world.work()

    assert world.links("PAY-4") == []


def test_changes_after_creation_are_followed(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    number = open_one(sample, "a", "PAY-1 First name")
    integration = world.connect()
    world.work()
    sample.retitle(number, "PAY-5 Second name")
    again(world, integration)
    assert world.links("PAY-1") == []
    assert status_of(world, "PAY-5") == ["open"]
    sample.complete(number)

    again(world, integration)

    assert status_of(world, "PAY-5") == ["merged"]


def test_what_did_not_change_is_read_once(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    for number in range(5):
        open_one(sample, f"b{number}", f"PAY-{number + 1} Work", "long " * 200)
    integration = world.connect()
    world.work()
    sample.calls.reset()

    again(world, integration)

    assert sample.calls.by_route() == {"GET git/pullrequests": 2}


def test_only_the_one_that_changed_is_read_again(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    numbers = [open_one(sample, f"b{n}", f"PAY-{n + 1} Work") for n in range(3)]
    integration = world.connect()
    world.work()
    sample.vote(numbers[1], 10, by="Reviewer")
    sample.calls.reset()

    again(world, integration)

    assert len(sample.calls.to("pullrequests/{pullRequestId}")) == 1


def test_closed_ones_are_read_as_far_back_as_the_window(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.complete(open_one(sample, "old", "PAY-1 Long ago"))
    open_one(sample, "open", "PAY-2 Open for long")
    world.clock.pass_by(days=200)

    world.connect(pull_request_window_days=100)
    world.work()

    assert status_of(world, "PAY-1") == []
    assert status_of(world, "PAY-2") == ["open"]


def test_one_that_was_closed_while_we_were_not_looking_is_found(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    number = open_one(sample, "quick", "PAY-6 Opened and closed")
    sample.complete(number)

    again(world, integration)

    assert status_of(world, "PAY-6") == ["merged"]


@pytest.mark.parametrize("fails", ["once", "always"])
def test_closed_one_that_cannot_be_read_by_itself_is_tried_again_a_few_times(
    world: World, sample: SampleOrganization, shop: str, fails: str
) -> None:
    number = open_one(sample, "long", "PAY-6 Say more", "PAY-7 as well, " + "and so on " * 60)
    sample.complete(number)
    sample.clock.advance(timedelta(hours=1))
    world.clock.pass_by(hours=1)
    by_itself = Where(route="pullrequests/{pullRequestId}", method="GET")
    sample.faults.cut_json(times=1 if fails == "once" else None, where=by_itself)
    integration = world.connect()
    world.work()
    assert status_of(world, "PAY-7") == []

    for _ in range(5):
        world.clock.pass_by(days=1)
        sample.clock.advance(timedelta(days=1))
        again(world, integration)

    asked = [c for c in sample.calls if c.route.endswith("pullrequests/{pullRequestId}")]
    assert status_of(world, "PAY-7") == (["merged"] if fails == "once" else [])
    assert len(asked) == (2 if fails == "once" else 4)


def test_one_that_a_server_first_shows_among_the_closed_is_not_missed_when_it_closes(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = world.connect()
    world.work()
    number = open_one(sample, "work", "PAY-6 Open")
    project = ProjectId(sample.organization.project("Shop").id)
    host = open_organization(world.services, integration, "contoso")
    (page,) = host.open_pull_requests(project)
    kind = type(host)
    with monkeypatch.context() as patched:
        # It stood on a page that was read while it moved to the one before.
        patched.setattr(kind, "open_pull_requests", lambda *_: iter(()))
        patched.setattr(kind, "closed_pull_requests", lambda *_, **__: iter([page]))
        again(world, integration)

    cursor = world.services.pull_request_cursors.get(integration.id, project)

    assert status_of(world, "PAY-6") == ["open"]
    assert cursor is not None
    assert cursor.value.open == (number,)


def test_pages_are_read_to_the_end(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.git_hosts.azure_devops import pull_requests  # noqa: PLC0415

    monkeypatch.setattr(pull_requests, "_A_PAGE", 2)
    for number in range(4):
        open_one(sample, f"b{number}", f"PAY-{number + 1} Work")

    world.connect()
    world.work()

    assert [len(world.links(f"PAY-{n}")) for n in range(1, 5)] == [1, 1, 1, 1]


def test_the_next_look_comes_sooner_after_a_change(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    open_one(sample, "a", "PAY-1 Work")
    integration = world.connect()
    world.work()
    project = sample.organization.project("Shop").id
    soon = world.services.pull_request_cursors.get(integration.id, project)
    world.clock.pass_by(days=3)
    again(world, integration)

    late = world.services.pull_request_cursors.get(integration.id, project)

    assert soon is not None
    assert late is not None
    assert soon.value.next_at is not None
    assert late.value.next_at is not None
    assert late.value.next_at - world.clock() > timedelta(minutes=50)


def test_pull_request_of_a_fork_shows_whose_branch_it_comes_from(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.fork_repository(shop, "Shop", "shop-fork")
    sample.push("shop-fork", "feature/PAY-7", "Work")
    number = sample.open_pull_request(shop, "feature/PAY-7", "A title", from_fork="shop-fork")

    world.connect()
    world.work()

    stored = world.storage.links(world.tracker)
    found = stored.read(parse_issue_key("PAY-7"), kinds=["pull_request"], after="", limit=10)
    assert [s.link.item.id for s in found] == [str(number)]
    assert found[0].link.item.source_branch == "shop-fork:feature/PAY-7"
