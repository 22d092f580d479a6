"""A pattern of an admin's own comes, changes and goes, and every link follows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared import jobs, trackers
from shared.configuration import Sources
from shared.index.rule_changes import preview
from shared.messages import Job
from shared.services import ONE_GROUP
from tests.hooks import deliver, push_event

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World

CASES = r"(?i)case (?P<number>\d+)"


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Do it\n\nCase 7 in full", "Case 8", "Nothing")
    return "shop"


@pytest.fixture
def indexed(world: World, shop: str) -> Integration:
    integration = world.connect()
    world.work()
    return integration


def change(world: World, **wanted: object) -> None:
    trackers.change_tracker(world.services, replace(world.tracker, **wanted))
    # Others know a tracker for half a minute.
    world.clock.pass_by(minutes=1)


def found(world: World, *keys: str) -> list[list[str]]:
    return [[kind for kind, _ in world.links(key)] for key in keys]


def push_and_tell(world: World, integration: Integration, message: str) -> None:
    old = world.sample.head("shop", "main")
    new = world.sample.push("shop", "main", message)
    deliver(world, integration, push_event(world, (new, message), old=old, new=new))


def test_a_new_pattern_finds_what_whole_messages_tell(
    world: World, sample: SampleOrganization, indexed: Integration
) -> None:
    assert found(world, "PAY-1", "#7", "#8") == [["commit"], [], []]

    change(world, pattern=CASES)
    world.work()

    assert found(world, "PAY-1", "#7", "#8") == [["commit"], ["commit"], ["commit"]]


@pytest.mark.usefixtures("lists_only")
def test_it_finds_them_where_commits_are_listed_a_few_at_a_time(
    world: World, sample: SampleOrganization, indexed: Integration
) -> None:
    change(world, pattern=CASES)
    world.work()

    assert found(world, "PAY-1", "#7", "#8") == [["commit"], ["commit"], ["commit"]]


def test_what_is_read_again_is_counted_once(world: World, indexed: Integration, shop: str) -> None:
    before = world.cursor(indexed, shop)

    change(world, pattern=CASES)
    world.work()

    after = world.cursor(indexed, shop)
    assert (before.commits_seen, before.links) == (3, 1)
    assert (after.commits_seen, after.links) == (3, 3)


@pytest.mark.usefixtures("a_few_at_a_time")
def test_history_that_is_read_again_in_many_jobs_is_counted_once(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.push(shop, "main", *(f"Work on it\n\nCase {n}" for n in range(100, 120)))
    integration = world.connect()
    world.work()
    before = world.cursor(integration, shop)
    monkeypatch.setitem(jobs.BUDGETS, "history", (timedelta(minutes=25), 5))

    change(world, pattern=CASES)
    done = world.work()

    after = world.cursor(integration, shop)
    assert done > 5
    assert after.commits_seen == before.commits_seen == 23
    assert found(world, "#7", "#100", "#119") == [["commit"]] * 3


def test_links_of_the_former_pattern_go_and_the_others_stay(
    world: World, indexed: Integration
) -> None:
    change(world, pattern=CASES)
    world.work()

    change(world, pattern=r"Case (?P<number>8)")
    world.work()

    assert found(world, "PAY-1", "#7", "#8") == [["commit"], [], ["commit"]]


def test_links_of_the_former_pattern_go_though_nothing_was_judged_before_all_is_read(
    world: World, indexed: Integration, shop: str
) -> None:
    change(world, pattern=CASES)
    world.work()

    change(world, pattern=r"Case (?P<number>8)")
    world.storage.queues.waiting["reindex"].clear()
    world.run("reindex", Job(indexed.id, "due", repository=world.repository(shop)))
    world.work()

    assert found(world, "PAY-1", "#7", "#8") == [["commit"], [], ["commit"]]


def test_without_the_pattern_its_links_go_and_nothing_is_fetched(
    world: World, sample: SampleOrganization, indexed: Integration
) -> None:
    change(world, pattern=CASES)
    world.work()
    sample.calls.reset()

    change(world, pattern="")
    world.work()

    assert found(world, "PAY-1", "#7", "#8") == [["commit"], [], []]
    assert len(sample.calls) == 0


def test_a_pattern_that_comes_back_finds_the_same(world: World, indexed: Integration) -> None:
    change(world, pattern=CASES)
    world.work()
    before = world.everything()

    change(world, pattern="")
    world.work()
    change(world, pattern=CASES)
    world.work()

    assert world.everything() == before


def test_links_that_nobody_asked_about_stay_while_everything_is_read_again(
    world: World, sample: SampleOrganization, indexed: Integration
) -> None:
    change(world, pattern=CASES)
    sample.faults.outage(times=None)

    world.persist()

    assert found(world, "PAY-1") == [["commit"]]


def test_pull_requests_and_branches_are_looked_through_again(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push(shop, "case-9-topic", "Go on")
    sample.open_pull_request(shop, "case-9-topic", "Review", description="x" * 500 + " case 12")
    world.connect()
    world.work()

    change(world, pattern=r"(?i)case[ -](?P<number>\d+)")
    world.work()

    assert sorted(found(world, "#9")[0]) == ["branch", "pull_request"]
    assert found(world, "#12") == [["pull_request"]]


def test_tags_and_heirs_are_looked_through_again(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    change(world, sources=Sources(tags=True, inherit=True))
    sample.tag(shop, "case-20", at=sample.head(shop, "main"))
    sample.push(shop, "topic", "Go on")
    sample.open_pull_request(shop, "topic", "Case 21")
    world.connect()
    world.work()
    assert found(world, "#20", "#21") == [[], []]

    change(world, pattern=r"(?i)case[ -](?P<number>\d+)")
    world.work()

    assert found(world, "#20") == [["commit"]]
    assert sorted(found(world, "#21")[0]) == ["commit", "pull_request"]


def test_of_two_trackers_each_has_its_own_pattern(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    services = world.services
    blank = trackers.new_tracker(services, "Second", tracker_id="second")
    second = trackers.create_tracker(services, replace(blank, pattern=r"Case (?P<number>8)"))
    change(world, pattern=CASES, sources=Sources(inherit=True))
    sample.push(shop, "topic", "Go on")
    sample.open_pull_request(shop, "topic", "Case 8 and case 9")

    world.connect(trackers=("default", second.id))
    world.work()

    assert sorted(found(world, "#9")[0]) == ["commit", "pull_request"]
    projects = {number for number, _ in services.storage.links(second).named("#")}
    assert projects == {8}


def test_a_push_that_is_told_before_everything_is_read_is_read_with_it(
    world: World, sample: SampleOrganization, indexed: Integration, shop: str
) -> None:
    change(world, pattern=CASES)
    world.storage.queues.waiting["reindex"].clear()

    push_and_tell(world, indexed, "Case 30")
    world.work()

    assert found(world, "#7", "#30") == [["commit"], ["commit"]]


def test_a_pattern_that_is_given_up_in_between_and_comes_back_finds_everything(
    world: World, sample: SampleOrganization, indexed: Integration, shop: str
) -> None:
    change(world, pattern=CASES)
    world.work()
    change(world, pattern=r"nothing (?P<number>\d+)")
    world.storage.queues.waiting["reindex"].clear()
    push_and_tell(world, indexed, "Case 40")
    world.work()

    change(world, pattern=CASES)
    world.work()

    assert found(world, "#7", "#40") == [["commit"], ["commit"]]


def test_preview_tells_what_titles_and_names_have_and_that_all_is_read_again(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    world.connect()
    world.work()
    sample.calls.reset()

    told = preview(world.services, world.tracker, replace(world.tracker, pattern=CASES))

    repositories = [
        r
        for i in world.services.integrations.list(ONE_GROUP)
        for r in world.services.repositories.list(i.key)
        if r.value.is_live
    ]
    assert dict(told.added) == {"#": 1}
    assert told.reads_again == len(repositories) > 0
    assert len(sample.calls) == 0


def test_preview_of_a_pattern_that_goes_tells_what_goes_with_it(
    world: World, indexed: Integration
) -> None:
    change(world, pattern=CASES)
    world.work()

    told = preview(world.services, world.tracker, replace(world.tracker, pattern=""))

    assert (dict(told.added), dict(told.removed), told.reads_again) == ({}, {"#": 2}, 0)
