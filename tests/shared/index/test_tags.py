"""Commits are linked by the tags that point at them, where a tracker wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from devhost.sample_organization.ref_changes import move_ref
from shared import trackers
from shared.configuration import Sources
from shared.issue_keys import Evidence, Source, parse_issue_key
from shared.links import page_of_links
from shared.messages import Job
from tests.hooks import deliver, push_event, states

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.model import Link
    from tests.world import World

NOWHERE = "0" * 40


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "Begin")
    return "shop"


def want(world: World, *, tags: bool = True) -> None:
    trackers.change_tracker(world.services, replace(world.tracker, sources=Sources(tags=tags)))


def again(world: World, integration: Integration) -> None:
    """Look at the repository once more."""
    world.run("reindex", Job(integration.id, "due", repository=world.repository("shop")))
    world.work()


def move(sample: SampleOrganization, name: str, *, to: str) -> None:
    """Move a tag elsewhere, or delete it."""
    repository = sample.repository("shop")
    by = sample.person("Backend developer")
    move_ref(sample.organization, repository, f"refs/tags/{name}", to=to, by=by)


def tag_event(world: World, name: str, commit: str) -> dict[str, Any]:
    """Return the event of a push that made a tag."""
    body = push_event(world, old=NOWHERE, new=commit)
    body["resource"]["refUpdates"][0]["name"] = f"refs/tags/{name}"
    return body


def shown(world: World, key: str) -> dict[str, Link]:
    """Return what an issue shows, by id."""
    page = page_of_links(world.services, world.tracker, parse_issue_key(key), limit=200)
    return {link.link.item.id: link.link for link in page.links}


@pytest.mark.parametrize("message", ["", "An annotated one"])
def test_commit_is_linked_by_the_name_of_a_tag(
    world: World, sample: SampleOrganization, shop: str, message: str
) -> None:
    commit = sample.push("shop", "main", "Prepare")
    sample.tag("shop", "release/PAY-5", at=commit, message=message)
    want(world)

    world.connect()
    world.work()

    [found] = shown(world, "PAY-5").values()
    assert (found.item.id, found.item.title) == (commit, "Prepare")
    assert found.evidence == (Evidence(Source.TAG, "PAY-5"),)


def test_no_tag_is_asked_for_unless_it_is_wanted(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.tag("shop", "PAY-5", at=sample.head("shop", "main"))

    world.connect()
    world.work()

    assert shown(world, "PAY-5") == {}


def test_tag_that_moves_takes_its_link_along_and_one_that_is_deleted_takes_it_away(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    first = sample.push("shop", "main", "First")
    second = sample.push("shop", "main", "Second")
    for name in ("PAY-5", "PAY-6"):
        sample.tag("shop", name, at=first)
    want(world)
    integration = world.connect()
    world.work()
    move(sample, "PAY-5", to=second)
    move(sample, "PAY-6", to=NOWHERE)

    again(world, integration)

    assert shown(world, "PAY-5").keys() == {second}
    assert shown(world, "PAY-6") == {}


def test_tag_beside_the_message_is_more_evidence_and_goes_alone(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    commit = sample.push("shop", "main", "PAY-5 Do it")
    sample.tag("shop", "PAY-5", at=commit)
    want(world)
    integration = world.connect()
    world.work()
    both = shown(world, "PAY-5")[commit]
    move(sample, "PAY-5", to=NOWHERE)

    again(world, integration)

    assert [e.source for e in both.evidence] == ["message", "tag"]
    assert [e.source for e in shown(world, "PAY-5")[commit].evidence] == ["message"]


def test_commit_of_a_tag_is_read_once_and_tags_that_did_not_change_cost_one_call(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.tag("shop", "PAY-5", at=sample.push("shop", "main", "Prepare"))
    want(world)
    integration = world.connect()
    world.work()
    before = world.everything()
    sample.calls.reset()

    again(world, integration)

    assert len(sample.calls) == 2, "branches and tags"
    assert world.everything() == before


def test_new_tag_does_not_have_the_commits_of_others_read_again(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    for number in range(3):
        sample.tag("shop", f"PAY-{number + 1}", at=sample.push("shop", "main", f"No. {number}"))
    want(world)
    integration = world.connect()
    world.work()
    sample.tag("shop", "PAY-9", at=sample.push("shop", "main", "PAY-9 Last"))
    sample.calls.reset()

    again(world, integration)

    assert len(sample.calls.to("commits/{commitId}")) == 0
    assert len(shown(world, "PAY-9")) == 1


def test_push_of_a_tag_alone_is_followed_at_once(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    commit = sample.push("shop", "main", "Prepare")
    want(world)
    integration = world.connect()
    world.work()
    sample.tag("shop", "PAY-5", at=commit)

    deliver(world, integration, tag_event(world, "PAY-5", commit))
    world.work()

    assert shown(world, "PAY-5").keys() == {commit}
    assert states(world, integration) == ["done"]


def test_push_of_a_tag_asks_for_nothing_where_tags_are_not_wanted(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    sample.calls.reset()

    deliver(world, integration, tag_event(world, "PAY-5", sample.head("shop", "main")))
    world.work()

    assert states(world, integration) == ["ignored"]
    assert len(sample.calls) == 0


def test_switching_tags_off_takes_links_away_and_on_again_brings_them_back(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    commit = sample.push("shop", "main", "Prepare")
    sample.tag("shop", "PAY-5", at=commit)
    want(world)
    world.connect()
    world.work()
    sample.calls.reset()

    want(world, tags=False)
    world.work()
    assert shown(world, "PAY-5") == {}

    want(world)
    world.work()
    assert shown(world, "PAY-5").keys() == {commit}
    assert len(sample.calls) == 0
