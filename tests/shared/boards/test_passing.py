"""Work items are known by what links name, and followed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from devhost.sample_organization import Where
from shared import trackers
from shared.messages import Job
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from tests.shared.boards.conftest import (
    WITH_WORK_ITEMS,
    calls,
    commits,
    known,
    settle,
)

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World


def test_work_item_that_a_link_names_is_known(world: World, integration: Integration) -> None:
    found = known(world, integration, 3)

    assert found is not None
    assert (found.title, found.type, found.state) == ("Item 3", "User Story", "New")
    assert (found.project, found.iteration, found.parent) == ("Shop", "Shop\\Sprint 1", 1)
    assert found.url == f"{world.sample.url}/Shop/_workitems/edit/3"
    assert known(world, integration, 4) is None


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
