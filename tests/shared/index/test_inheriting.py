"""The commits of a pull request have the keys that it names, where a tracker wants that."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared import trackers
from shared.configuration import Sources
from shared.issue_keys import Evidence, Source, parse_issue_key
from shared.links import page_of_links
from shared.messages import Job
from shared.model import ProjectId

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from devhost.sample_organization.model import MergeStrategy
    from shared.configuration import Integration
    from shared.links import FoundLink
    from tests.world import World

COMMITS = "GET git/repositories/{repositoryId}/pullrequests/{pullRequestId}/commits"


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "Begin")
    return "shop"


def want(world: World, *, inherit: bool = True) -> None:
    trackers.change_tracker(
        world.services, replace(world.tracker, sources=Sources(inherit=inherit))
    )


def again(world: World, integration: Integration) -> None:
    """Look at the pull requests of the project once more."""
    project = ProjectId(world.sample.organization.project("Shop").id)
    world.run("reindex", Job(integration.id, "due", project=project))


def shown(world: World, key: str) -> dict[str, FoundLink]:
    """Return what an issue shows, by id."""
    page = page_of_links(world.services, world.tracker, parse_issue_key(key), limit=200)
    return {link.link.item.id: link for link in page.links}


def titles(world: World, key: str) -> set[str]:
    """Return the titles of the commits that an issue shows."""
    links = shown(world, key).values()
    return {f.link.item.title for f in links if f.link.item.kind == "commit"}


def test_commits_inherit_and_say_of_which_pull_request(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    first = sample.push("shop", "work", "First step")
    second = sample.push("shop", "work", "Second step")
    number = sample.open_pull_request("shop", "work", "Fixes PAY-7 at last")
    want(world)

    world.connect()
    world.work()

    found = shown(world, "PAY-7")
    assert found.keys() == {str(number), first, second}
    expected = (Evidence(Source.INHERITED, f"pull request {number}", closes=True),)
    assert found[first].link.evidence == found[second].link.evidence == expected
    assert found[first].link.item.title == "First step"


def test_commit_that_names_the_issue_itself_shows_both(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    commit = sample.push("shop", "work", "PAY-7 A step\n\nIn full")
    sample.open_pull_request("shop", "work", "PAY-7 PAY-8 Do it")
    want(world)

    world.connect()
    world.work()

    both = shown(world, "PAY-7")[commit].link
    assert [e.source for e in both.evidence] == ["message", "inherited"]
    only = shown(world, "PAY-8")[commit].link
    assert [e.source for e in only.evidence] == ["inherited"]


def test_nothing_is_inherited_and_no_commit_is_asked_for_unless_it_is_wanted(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push("shop", "work", "First step")
    sample.open_pull_request("shop", "work", "PAY-7 Do it")

    world.connect()
    world.work()

    assert titles(world, "PAY-7") == set()
    assert COMMITS not in sample.calls.by_route()


def test_only_pull_requests_that_changed_and_name_an_issue_are_asked_for_commits(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    for name in ("plain", "a", "b"):
        sample.push("shop", name, f"Step on {name}")
    sample.open_pull_request("shop", "plain", "Do it")
    sample.open_pull_request("shop", "a", "PAY-1 Do it")
    changing = sample.open_pull_request("shop", "b", "PAY-2 Do it")
    want(world)
    integration = world.connect()
    world.work()
    first = sample.calls.by_route()[COMMITS]
    sample.calls.reset()
    again(world, integration)
    unchanged = sample.calls.by_route()
    sample.retitle(changing, "PAY-2 Do it well")

    again(world, integration)

    assert first == 2
    assert COMMITS not in unchanged
    assert sample.calls.by_route()[COMMITS] == 1


def test_retitled_pull_request_takes_its_keys_from_its_commits(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push("shop", "work", "First step")
    number = sample.open_pull_request("shop", "work", "PAY-7 Do it")
    want(world)
    integration = world.connect()
    world.work()
    sample.retitle(number, "PAY-9 Do it")

    again(world, integration)

    assert titles(world, "PAY-7") == set()
    assert titles(world, "PAY-9") == {"First step"}


def test_commits_pushed_to_an_open_pull_request_inherit_too(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push("shop", "work", "First step")
    sample.open_pull_request("shop", "work", "PAY-7 Do it")
    want(world)
    integration = world.connect()
    world.work()
    sample.push("shop", "work", "Second step")

    again(world, integration)

    assert titles(world, "PAY-7") == {"First step", "Second step"}


@pytest.mark.parametrize("strategy", ["squash", "noFastForward"])
def test_commit_that_merging_made_inherits(
    world: World, sample: SampleOrganization, shop: str, strategy: MergeStrategy
) -> None:
    sample.push("shop", "PAY-7-work", "First step")
    number = sample.open_pull_request("shop", "PAY-7-work", "Do it")
    sample.complete(number, strategy=strategy, delete_source_branch=True)
    want(world)

    world.connect()
    world.work()

    found = shown(world, "PAY-7")
    merged = found[str(number)].link.item.merge_commit
    assert merged is not None
    assert found[merged].link.item.title == f"Merged PR {number}: Do it"
    assert found[merged].link.evidence[0].text == f"pull request {number}"
    assert "First step" in titles(world, "PAY-7")


def test_switching_it_on_reads_the_window_again_and_switching_it_off_takes_links_away(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push("shop", "work", "First step")
    sample.complete(sample.open_pull_request("shop", "work", "PAY-7 Do it"), strategy="squash")
    integration = world.connect()
    world.work()
    world.clock.pass_by(days=5)
    assert "First step" not in titles(world, "PAY-7")

    want(world)
    world.work()
    world.clock.pass_by(minutes=1)
    again(world, integration)
    assert "First step" in titles(world, "PAY-7")

    want(world, inherit=False)
    world.work()
    assert "First step" not in titles(world, "PAY-7")


def test_what_is_inherited_follows_the_rules_without_a_call(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push("shop", "work", "First step")
    sample.open_pull_request("shop", "work", "PAY-7 OPS-8 Do it")
    want(world)
    world.connect()
    world.work()
    sample.calls.reset()

    trackers.change_tracker(world.services, replace(world.tracker, projects=("OPS",)))
    world.work()

    assert titles(world, "PAY-7") == set()
    assert titles(world, "OPS-8") == {"First step"}
    assert len(sample.calls) == 0


@pytest.mark.parametrize("state", ["open", "merged long ago"])
def test_pull_request_that_other_rules_let_name_an_issue_gives_it_to_its_commits(
    world: World, sample: SampleOrganization, shop: str, state: str
) -> None:
    sample.push("shop", "work", "First step")
    number = sample.open_pull_request("shop", "work", "OPS-8 Do it")
    if state != "open":
        sample.complete(number)
    want(world)
    trackers.change_tracker(world.services, replace(world.tracker, projects=("PAY",)))
    integration = world.connect()
    world.work()
    world.clock.pass_by(days=3)
    sample.clock.advance(timedelta(days=3))
    again(world, integration)
    assert shown(world, "OPS-8") == {}
    sample.calls.reset()

    trackers.change_tracker(world.services, replace(world.tracker, projects=("PAY", "OPS")))
    world.work()
    asked = sample.calls.by_route()[COMMITS]
    again(world, integration)

    assert "First step" in titles(world, "OPS-8")
    assert asked == sample.calls.by_route()[COMMITS] == 1


def test_whole_message_that_is_stored_is_never_overwritten_by_the_cut_one_of_a_list(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push("shop", "work", "First step\n\nSee PAY-3")
    sample.open_pull_request("shop", "work", "PAY-7 Do it")
    want(world)

    integration = world.connect()
    world.work()
    again(world, integration)

    assert titles(world, "PAY-3") == titles(world, "PAY-7") == {"First step"}
