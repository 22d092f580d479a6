from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from shared.configuration import IndexSwitches
from shared.hooks.subscriptions import WANTED, wanted_types
from shared.integrations import connections
from tests.shared.hooks.reconciling.conftest import hooks, look

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World

OF_WORK_ITEMS = {"workitem.created", "workitem.updated", "workitem.deleted", "workitem.restored"}


def test_work_items_have_hooks_while_they_are_indexed(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    assert OF_WORK_ITEMS.isdisjoint(one.event_type for one in hooks(sample))

    for is_on in (True, False):
        index = IndexSwitches(work_items=is_on)
        wanted = connections.Changes(name="S", url=sample.url, organizations=(), index=index)
        connections.change(world.services, integration.id, wanted)
        world.work()
        look(world, integration)

        found = {one.event_type for one in hooks(sample)} & OF_WORK_ITEMS
        assert found == (OF_WORK_ITEMS if is_on else set())


def test_hooks_that_take_a_scope_of_their_own_are_made_last(integration: Integration) -> None:
    wanted = wanted_types(replace(integration, index=IndexSwitches(work_items=True)))

    assert wanted[: len(WANTED)] == WANTED
    assert set(wanted[len(WANTED) :]) == OF_WORK_ITEMS
    assert wanted_types(integration) == WANTED
