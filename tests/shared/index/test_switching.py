"""Each kind of things can be switched off and on at any time, and no other loses a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.configuration import IndexSwitches
from shared.integrations import connections
from shared.issue_keys import parse_issue_key
from shared.links import page_of_links
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from tests.hooks import deliver, push_event

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World

EVERYTHING = IndexSwitches(work_items=True)
KINDS = {"commits": "commit", "branches": "branch", "pull_requests": "pull_request"}


@pytest.fixture
def integration(world: World, sample: SampleOrganization) -> Integration:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Begin")
    sample.push("shop", "PAY-1-feature", "Go on, PAY-1")
    sample.open_pull_request("shop", "PAY-1-feature", "PAY-1 Review")
    sample.add_work_item("Shop", 7, "Attached")
    sample.attach_work_item(7, "shop", commit=sample.head("shop", "main"))
    found = world.connect(index=EVERYTHING)
    settle(world)
    return found


def settle(world: World) -> None:
    world.work()
    for _ in range(3):
        world.clock.pass_by(minutes=16)
        tick(world.services, now=world.clock())
        world.work()


def switch(world: World, integration: Integration, **switches: bool) -> None:
    """Switch kinds on and off, and let nothing be done about it yet."""
    record = world.services.integrations.get(ONE_GROUP, integration.id)
    assert record is not None
    index = replace(record.value.index, **switches)
    wanted = connections.Changes(name="S", url=world.sample.url, organizations=(), index=index)
    connections.change(world.services, integration.id, wanted)


def shown(world: World, key: str) -> set[str]:
    """Return the kinds of what an issue shows, once everybody has noticed all changes."""
    world.clock.pass_by(minutes=1)
    page = page_of_links(world.services, world.tracker, parse_issue_key(key), limit=50)
    return {found.link.item.kind for found in page.links}


def stored(world: World, key: str) -> set[str]:
    return {kind for kind, _ in world.links(key)}


@pytest.mark.parametrize("name", KINDS)
def test_what_is_switched_off_is_hidden_before_anything_is_done(
    world: World, integration: Integration, name: str
) -> None:
    switch(world, integration, **{name: False})

    assert shown(world, "PAY-1") == set(KINDS.values()) - {KINDS[name]}


@pytest.mark.parametrize("name", KINDS)
def test_what_is_switched_off_is_deleted_and_comes_back(
    world: World, integration: Integration, name: str
) -> None:
    before = world.everything()

    switch(world, integration, **{name: False})
    settle(world)

    assert stored(world, "PAY-1") == set(KINDS.values()) - {KINDS[name]}

    switch(world, integration, **{name: True})
    settle(world)

    assert shown(world, "PAY-1") == set(KINDS.values())
    assert world.everything() == before


@pytest.mark.parametrize("name", [*KINDS, "work_items"])
def test_what_is_switched_on_again_at_once_is_not_lost(
    world: World, integration: Integration, name: str
) -> None:
    before = world.everything()

    switch(world, integration, **{name: False})
    switch(world, integration, **{name: True})
    settle(world)

    assert world.everything() == before


@pytest.mark.parametrize("name", KINDS)
def test_what_changed_while_it_was_off_is_there_when_it_is_on(
    world: World, sample: SampleOrganization, integration: Integration, name: str
) -> None:
    switch(world, integration, **{name: False})
    settle(world)
    sample.push("shop", "PAY-2-other", "PAY-2 Another")
    sample.open_pull_request("shop", "PAY-2-other", "PAY-2 Another")
    settle(world)
    assert stored(world, "PAY-2") == set(KINDS.values()) - {KINDS[name]}

    switch(world, integration, **{name: True})
    settle(world)

    assert shown(world, "PAY-2") == set(KINDS.values())


def test_work_items_that_are_switched_off_leave_nothing_and_come_back(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    head = sample.head("shop", "main")
    group = f"{integration.id}.contoso"
    assert world.links("AB#7") == [("commit", head)]

    switch(world, integration, work_items=False)
    settle(world)

    assert world.links("AB#7") == []
    assert world.services.work_items.list(group) == []
    assert world.services.work_item_cursors.list(integration.id) == []
    assert stored(world, "PAY-1") == set(KINDS.values())

    switch(world, integration, work_items=True)
    settle(world)

    assert world.links("AB#7") == [("commit", head)]
    assert len(world.services.work_items.list(group)) == 1


def test_pull_requests_are_deleted_though_the_job_was_lost(
    world: World, integration: Integration
) -> None:
    switch(world, integration, pull_requests=False)
    while (found := world.storage.queues.take()) is not None:
        del found

    world.clock.pass_by(hours=24)
    settle(world)

    assert stored(world, "PAY-1") == {"branch", "commit"}


def test_integration_that_is_removed_leaves_no_work_item(
    world: World, integration: Integration
) -> None:
    connections.remove(world.services, integration.id)
    settle(world)

    assert world.services.work_items.list(f"{integration.id}.contoso") == []
    assert world.services.work_item_cursors.list(integration.id) == []


def test_a_commit_that_only_an_event_showed_is_deleted_with_the_others(
    world: World, sample: SampleOrganization
) -> None:
    sample.create_repository("Shop", "shop")
    old = sample.push("shop", "main", "PAY-1 Begin")
    integration = world.connect()
    world.run("reindex", world.storage.queues.waiting["reindex"].pop(0))
    new = sample.push("shop", "main", "PAY-2 Shown")
    deliver(world, integration, push_event(world, (new, "PAY-2 Shown"), old=old, new=new))
    world.run("hooks", world.storage.queues.waiting["hooks"].pop(0))
    assert world.links("PAY-2") == [("commit", new)]

    switch(world, integration, commits=False)
    settle(world)

    assert world.links("PAY-2") == []
