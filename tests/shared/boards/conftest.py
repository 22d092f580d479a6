"""An organization with boards, and an integration that reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.configuration import IndexSwitches
from shared.integrations import connections
from shared.issue_keys import parse_issue_key
from shared.links import page_of_links
from shared.scheduling.ticking import tick

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
