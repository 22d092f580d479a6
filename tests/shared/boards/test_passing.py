"""Work items are known by their titles, and linked to what they are attached to."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from devhost.sample_organization import Where
from shared import trackers
from shared.configuration import IndexSwitches, Selection
from shared.integrations import connections
from shared.issue_keys import parse_issue_key
from shared.links import page_of_links
from shared.messages import Job
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.model import WorkItem
    from tests.world import World

WITH_WORK_ITEMS = IndexSwitches(work_items=True)


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "Begin", "Go on", "AB#3 Say which\n\nAll of it")
    for number in range(1, 6):
        sample.add_work_item("Shop", number, f"Item {number}", parent=1 if number > 1 else None)
    return "shop"


@pytest.fixture
def integration(world: World, shop: str) -> Integration:
    found = world.connect(index=WITH_WORK_ITEMS)
    settle(world)
    return found


def settle(world: World, **passing: float) -> None:
    """Let the timer have everything done that is wanted."""
    world.work()
    for _ in range(3):
        world.clock.pass_by(**(passing or {"minutes": 16}))
        tick(world.services, now=world.clock())
        world.work()


def change(world: World, integration: Integration, **wanted: Any) -> None:
    fields = {"name": "S", "url": world.sample.url, "organizations": (), **wanted}
    connections.change(world.services, integration.id, connections.Changes(**fields))


def calls(sample: SampleOrganization) -> dict[str, int]:
    """Return how often work items were asked for."""
    return {route: n for route, n in sample.calls.by_route().items() if " wit/" in route}


def known(world: World, integration: Integration, number: int) -> WorkItem | None:
    record = world.services.work_items.get(f"{integration.id}.contoso", str(number))
    return None if record is None else record.value.item


def shown(world: World, key: str) -> list[tuple[str, str]]:
    """Return kind and id of what an issue shows."""
    page = page_of_links(world.services, world.tracker, parse_issue_key(key), limit=50)
    return [(found.link.item.kind, found.link.item.id) for found in page.links]


def commits(sample: SampleOrganization) -> list[str]:
    """Return the commits of the default branch, newest first."""
    one = sample.repository("shop")
    return [str(c.id) for c in sample.organization.git.open(one).walk(sample.head("shop", "main"))]


def test_work_item_that_a_link_names_is_known(world: World, integration: Integration) -> None:
    found = known(world, integration, 3)

    assert found is not None
    assert (found.title, found.type, found.state) == ("Item 3", "User Story", "New")
    assert (found.project, found.iteration, found.parent) == ("Shop", "Shop\\Sprint 1", 1)
    assert found.url == f"{world.sample.url}/Shop/_workitems/edit/3"
    assert known(world, integration, 4) is None


@pytest.mark.parametrize("order", ["attached first", "indexed first"])
def test_attached_commits_branches_and_pull_requests_are_linked(
    world: World, sample: SampleOrganization, shop: str, order: str
) -> None:
    sample.push("shop", "feature", "More")
    pull_request = sample.open_pull_request("shop", "feature", "Review")
    oldest = commits(sample)[-1]

    def attach() -> None:
        sample.attach_work_item(2, "shop", commit=oldest)
        sample.attach_work_item(2, "shop", branch="feature")
        sample.attach_work_item(2, pull_request=pull_request)

    if order == "attached first":
        attach()
    world.connect(index=WITH_WORK_ITEMS)
    settle(world)
    if order == "indexed first":
        attach()
        settle(world)

    assert shown(world, "AB#2") == [
        ("branch", "feature"),
        ("pull_request", str(pull_request)),
        ("commit", oldest),
    ]


def test_attachment_outlives_every_reindex(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.attach_work_item(2, "shop", commit=commits(sample)[0])
    settle(world)
    cursor = world.services.cursors.list(integration.id)[0]
    world.services.cursors.delete(integration.id, cursor.key)

    settle(world)

    assert world.links("AB#2") == [("commit", commits(sample)[0])]
    assert world.links("AB#3") == [("commit", commits(sample)[0])]


def test_detached_is_linked_no_more(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.push("shop", "feature", "More")
    pull_request = sample.open_pull_request("shop", "feature", "Review", work_items=[5])
    sample.attach_work_item(2, "shop", commit=commits(sample)[0])
    sample.attach_work_item(2, "shop", branch="feature")
    settle(world)
    assert len(world.links("AB#2")) == 2
    assert len(set(world.links("AB#5"))) == 1

    sample.detach_work_item(2, "shop", commit=commits(sample)[0])
    sample.detach_work_item(5, pull_request=pull_request)
    settle(world)

    assert world.links("AB#2") == [("branch", "feature")]
    assert world.links("AB#5") == []


def test_change_of_a_work_item_is_followed(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.edit_work_item(3, title="Better", state="Closed", iteration="Sprint 2")

    settle(world)

    found = known(world, integration, 3)
    assert found is not None
    assert (found.title, found.state, found.iteration) == ("Better", "Closed", "Shop\\Sprint 2")


def test_deleted_work_item_is_gone_within_a_day_and_comes_back(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.attach_work_item(3, "shop", commit=commits(sample)[-1])
    settle(world)
    sample.delete_work_item(3)

    settle(world, hours=9)

    assert known(world, integration, 3) is None
    assert world.links("AB#3") == [("commit", commits(sample)[0])]

    sample.restore_work_item(3)
    settle(world)

    assert known(world, integration, 3) is not None
    assert len(world.links("AB#3")) == 2


def test_repository_indexed_later_gets_what_was_attached_before(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.create_repository("Shop", "bank")
    sample.push("bank", "main", "Open it")
    sample.attach_work_item(2, "bank", commit=sample.head("bank", "main"))
    integration = world.connect(
        index=WITH_WORK_ITEMS, repositories=Selection(jmespath="[?name=='shop']")
    )
    settle(world)
    assert world.links("AB#2") == []

    change(world, integration, index=WITH_WORK_ITEMS)
    settle(world)

    assert world.links("AB#2") == [("commit", sample.head("bank", "main"))]


def test_work_item_of_a_project_without_repositories_is_attached(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.add_project("Planning")
    sample.add_work_item("Planning", 77, "Plan")
    sample.attach_work_item(77, "shop", commit=commits(sample)[0])

    integration = world.connect(index=WITH_WORK_ITEMS)
    settle(world)

    found = known(world, integration, 77)
    assert found is not None
    assert found.project == "Planning"
    assert world.links("AB#77") == [("commit", commits(sample)[0])]


@pytest.mark.parametrize(
    ("message", "numbers"),
    [
        ("AB#1 Do it", [1]),
        ("Merged PR 4: Do it\n\nRelated work items: #1, #2", [1, 2]),
        ("See https://dev.azure.com/contoso/Shop/_workitems/edit/5", [5]),
        ("#4 is bare, and !3 a pull request", []),
    ],
)
def test_every_way_to_name_a_work_item_makes_it_known(
    world: World, sample: SampleOrganization, shop: str, message: str, numbers: list[int]
) -> None:
    sample.push("shop", "main", message)

    integration = world.connect(index=WITH_WORK_ITEMS)
    settle(world)

    named = [n for n in range(1, 6) if n != 3 and known(world, integration, n) is not None]
    assert named == numbers
    for number in numbers:
        assert world.links(f"AB#{number}") == [("commit", commits(sample)[0])]


def test_push_that_names_a_work_item_makes_it_known_at_the_next_tick(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.push("shop", "main", "AB#4 Now")
    record = world.services.repositories.list(integration.id)[0].value
    world.run("hooks", Job(integration.id, "asked", repository=record.repository.id))
    world.clock.pass_by(minutes=2)
    sample.calls.reset()

    tick(world.services, now=world.clock())
    world.work()

    assert known(world, integration, 4) is not None
    assert calls(sample) == {"POST wit/wiql": 1, "GET wit/workitems": 1}


def test_rules_that_accept_more_make_work_items_known(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    trackers.change_tracker(world.services, replace(world.tracker, grammars=("jira",)))
    integration = world.connect(index=WITH_WORK_ITEMS)
    settle(world)
    assert known(world, integration, 3) is None

    trackers.change_tracker(world.services, replace(world.tracker, grammars=("azure_boards",)))
    settle(world)

    assert known(world, integration, 3) is not None


def test_nothing_is_asked_while_work_items_are_off(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.attach_work_item(2, "shop", commit=commits(sample)[0])

    world.connect()
    settle(world)

    assert calls(sample) == {}
    assert world.links("AB#2") == []


def test_token_without_the_scope_fails_work_items_alone(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.limit_token("vso.code", "vso.project")

    integration = world.connect(index=WITH_WORK_ITEMS)
    settle(world)

    record = world.services.work_item_cursors.get(integration.id, "contoso")
    assert record is not None
    assert record.value.failure is not None
    assert "Work Items (Read)" in record.value.failure.text
    assert len(world.links("AB#3")) == 1
    connection = world.services.connections.get(ONE_GROUP, integration.id)
    assert connection is not None
    assert connection.value.refused_since is None


@pytest.mark.parametrize(("attached", "reads"), [(1, 1), (200, 1), (201, 2), (450, 3)])
def test_first_pass_takes_a_call_for_each_two_hundred_work_items(
    world: World, sample: SampleOrganization, attached: int, reads: int
) -> None:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "Begin")
    for number in range(1, attached + 1):
        sample.add_work_item("Shop", number, "Item")
        sample.attach_work_item(number, "shop", branch="main")

    world.connect(index=WITH_WORK_ITEMS)
    world.work()

    assert calls(sample) == {"POST wit/wiql": 1, "GET wit/workitems": reads}
    settle(world)
    assert world.links(f"AB#{attached}") == [("branch", "main")]


def test_pass_without_changes_takes_one_call(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    world.clock.pass_by(hours=1)
    sample.clock.advance(timedelta(hours=1))
    settle(world, hours=1)
    sample.calls.reset()
    world.run("reindex", Job(integration.id, "due", organization="contoso"))

    assert calls(sample) == {"POST wit/wiql": 1}


def test_work_item_that_nothing_has_to_do_with_any_more_is_forgotten_within_a_day(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.attach_work_item(2, "shop", branch="main")
    settle(world)
    assert known(world, integration, 2) is not None
    sample.detach_work_item(2, "shop", branch="main")

    settle(world, hours=9)

    assert world.services.work_items.get(f"{integration.id}.contoso", "2") is None
    assert world.links("AB#2") == []


@pytest.mark.parametrize("route", ["wit/wiql", "wit/workitems"])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_failure_in_the_middle_leaves_the_same_as_none(
    world: World, sample: SampleOrganization, route: str, after: int
) -> None:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "AB#1 Begin")
    for number in range(1, 450):
        sample.add_work_item("Shop", number, "Item")
        sample.attach_work_item(number, "shop", branch="main")
    sample.faults.cut_json(where=Where(route=route), times=3, after=after)

    world.connect(index=WITH_WORK_ITEMS)
    world.persist()
    for _ in range(3):
        world.clock.pass_by(hours=2)
        tick(world.services, now=world.clock())
        world.persist()

    assert sum(bool(world.links(f"AB#{number}")) for number in range(1, 450)) == 449
