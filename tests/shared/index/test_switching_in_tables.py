"""Kinds of things are switched off and on in real tables as they are in memory."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from shared.configuration import IndexSwitches
from tests.counting import CountedWorld
from tests.shared.index.test_switching import KINDS, settle, shown, stored, switch

if TYPE_CHECKING:
    from devhost.azurite import Azurite
    from devhost.sample_organization import SampleOrganization

pytestmark = pytest.mark.azurite


@pytest.mark.parametrize("name", [*KINDS, "work_items"])
def test_kind_is_switched_off_and_on_and_everything_is_there_again(
    sample: SampleOrganization, azurite: Azurite, name: str
) -> None:
    unique = uuid.uuid4().hex[:12]
    issue, work_item = f"SW{unique.upper()}-1", f"AB#{int(unique, 16) % 10**9 + 1}"
    world = CountedWorld(sample, azurite.connection_string, name=f"switched{unique}")
    sample.create_repository("Shop", unique)
    sample.push(unique, "main", f"{issue} Begin")
    sample.push(unique, f"{issue}-feature", f"Go on, {issue}")
    sample.open_pull_request(unique, f"{issue}-feature", f"{issue} Review")
    number = int(work_item.removeprefix("AB#"))
    sample.add_work_item("Shop", number, "Attached")
    sample.attach_work_item(number, unique, commit=sample.head(unique, "main"))
    integration = world.connect(index=IndexSwitches(work_items=True))
    settle(world)
    before = [world.links(issue), world.links(work_item)]
    assert {kind for kind, _ in before[0]} == set(KINDS.values())
    assert {kind for kind, _ in before[1]} == {"commit"}

    switch(world, integration, **{name: False})
    settle(world)
    off = (shown(world, issue), stored(world, issue), stored(world, work_item))
    switch(world, integration, **{name: True})
    settle(world)

    left = set(KINDS.values()) - {KINDS.get(name, "")}
    of_work_item = set() if name in {"commits", "work_items"} else {"commit"}
    assert off == (left, left, of_work_item)
    assert [world.links(issue), world.links(work_item)] == before
