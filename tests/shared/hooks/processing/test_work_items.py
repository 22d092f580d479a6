"""A work item that a service hook tells of is read again, it alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization.hooks import work_item_events
from shared.configuration import IndexSwitches
from shared.scheduling.ticking import tick
from tests.hooks import deliver, details, event, states

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.model import WorkItem
    from tests.world import World


@pytest.fixture
def integration(world: World, sample: SampleOrganization) -> Integration:
    sample.create_repository("Shop", "boards")
    sample.push("boards", "main", "AB#3 Begin")
    for number in (2, 3):
        sample.add_work_item("Shop", number, f"Item {number}")
    found = world.connect(index=IndexSwitches(work_items=True))
    for _ in range(3):
        world.work()
        world.clock.pass_by(minutes=16)
        tick(world.services, now=world.clock())
    world.work()
    sample.calls.reset()
    return found


def told(world: World, kind: str, number: int) -> dict[str, Any]:
    """Return the event that the organization would send of a work item as it is now."""
    sample = world.sample
    item, owner = sample.work_item(number), sample.person("Product owner")
    if kind == "updated":
        made = work_item_events.updated(sample.organization, item, before=item, by=owner)
    else:
        made = getattr(work_item_events, kind)(sample.organization, item, by=owner)
    return event(world, made.type, made.resource)


def known(world: World, integration: Integration, number: int) -> WorkItem | None:
    record = world.services.work_items.get(f"{integration.id}.contoso", str(number))
    return None if record is None else record.value.item


def calls(world: World) -> dict[str, int]:
    return {r: n for r, n in world.sample.calls.by_route().items() if " wit/" in r}


def test_changed_work_item_is_read_with_one_call(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.edit_work_item(3, title="Better")

    deliver(world, integration, told(world, "updated", 3))
    world.work()

    found = known(world, integration, 3)
    assert found is not None
    assert found.title == "Better"
    assert calls(world) == {"GET wit/workitems": 1}
    assert states(world, integration)[0] == "done"


def test_work_item_attached_and_detached_is_followed_at_once(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    head = sample.head("boards", "main")
    sample.attach_work_item(2, "boards", commit=head)
    deliver(world, integration, told(world, "updated", 2))
    world.work()
    assert world.links("AB#2") == [("commit", head)]

    sample.detach_work_item(2, "boards", commit=head)
    deliver(world, integration, told(world, "updated", 2))
    world.work()

    assert world.links("AB#2") == []


def test_deleted_work_item_is_gone_and_restored_it_is_back(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.delete_work_item(3)
    deliver(world, integration, told(world, "deleted", 3))
    world.work()
    assert known(world, integration, 3) is None

    sample.restore_work_item(3)
    deliver(world, integration, told(world, "restored", 3))
    world.work()

    assert known(world, integration, 3) is not None


def test_work_item_that_nothing_names_is_not_kept(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.add_work_item("Shop", 9, "Alone")

    deliver(world, integration, told(world, "created", 9))
    world.work()

    assert known(world, integration, 9) is None
    assert states(world, integration)[0] == "done"


def test_attached_to_a_commit_that_is_pushed_but_not_indexed_is_linked_soon(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    new = sample.push("boards", "main", "Go on")
    sample.attach_work_item(2, "boards", commit=new)
    deliver(world, integration, told(world, "updated", 2))
    world.work()
    assert world.links("AB#2") == []

    for _ in range(3):
        world.clock.pass_by(minutes=20)
        tick(world.services, now=world.clock())
        world.work()

    assert world.links("AB#2") == [("commit", new)]


def test_event_that_leaves_out_which_has_all_read_that_changed(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.edit_work_item(3, title="Better")

    deliver(world, integration, event(world, "workitem.updated", {}))
    world.work()

    found = known(world, integration, 3)
    assert found is not None
    assert found.title == "Better"


def test_event_of_another_organization_changes_nothing(
    world: World, integration: Integration
) -> None:
    body = told(world, "updated", 3)
    body["resourceContainers"]["project"]["id"] = "22222222-2222-4222-8222-222222222222"

    deliver(world, integration, body)
    world.work()

    assert calls(world) == {}
    assert details(world, integration)[0] == "another organization's project"


def test_events_of_work_items_are_ignored_while_these_are_off(
    world: World, sample: SampleOrganization
) -> None:
    sample.create_repository("Shop", "other")
    sample.push("other", "main", "Begin")
    sample.add_work_item("Shop", 3, "Item")
    integration = world.connect()
    world.work()

    deliver(world, integration, told(world, "updated", 3))
    world.work()

    assert states(world, integration)[0] == "ignored"
    assert details(world, integration)[0] == "work items are switched off"
    assert calls(world) == {}
