"""Work items that cannot be read fail alone, and say so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import Where
from shared.configuration import IndexSwitches
from shared.services import ONE_GROUP
from tests.shared.boards.conftest import WITH_WORK_ITEMS, change, settle

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.world import World


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    """Return a repository whose only commit names a work item."""
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "AB#3 Begin")
    sample.add_work_item("Shop", 3, "Named")
    return "shop"


@pytest.mark.parametrize("refusal", ["scope", "403"])
def test_work_items_that_cannot_be_read_are_an_alarm_with_what_to_do_until_they_can(
    world: World, sample: SampleOrganization, shop: str, refusal: str
) -> None:
    if refusal == "scope":
        sample.limit_token("vso.code", "vso.project")
    else:
        where = Where(route="wit/wiql")
        sample.faults.refuse(403, "X", "Not for you.", times=None, where=where)
    integration = world.connect(index=WITH_WORK_ITEMS)
    settle(world)

    refused = world.status(integration)
    sample.faults.clear()
    sample.limit_token("vso.code", "vso.project", "vso.work")
    settle(world, hours=1, minutes=5)
    healed = world.status(integration)

    (alarm,) = [a for a in refused.alarms if a.code == "work_items_forbidden"]
    assert alarm.text.startswith("Work items of contoso: ")
    assert "Give the token the scope Work Items (Read)" in alarm.text
    assert "Code (Read)" not in alarm.text
    assert refused.work_items["contoso"].state == "failed"
    assert refused.state == "degraded"
    assert [a for a in healed.alarms if a.code.startswith("work_items")] == []
    assert (healed.state, healed.work_items["contoso"].state) == ("idle", "idle")


def test_work_items_that_are_switched_off_have_neither_state_nor_alarm(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.limit_token("vso.code", "vso.project")
    integration = world.connect(index=WITH_WORK_ITEMS)
    settle(world)

    change(world, integration, index=IndexSwitches())

    record = world.services.integrations.get(ONE_GROUP, integration.id)
    assert record is not None
    status = world.status(record.value)
    assert status.work_items == {}
    assert [a for a in status.alarms if a.code.startswith("work_items")] == []
