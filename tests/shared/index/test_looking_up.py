"""What is told of many items is looked up together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.index.looking_up import Asked, ItemFinder
from shared.index.targets import targets_of

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.world import World

REST = 600


@pytest.mark.parametrize("count", [3, REST])
def test_many_items_are_found_without_a_look_at_each(
    world: World, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    sample.create_repository("Shop", "shop")
    known = sample.push("shop", "main", "PAY-1 Begin")
    integration = world.connect()
    world.work()
    repository = world.repositories(integration)["shop"].record.repository
    targets = targets_of(world.services, integration, repository)
    finder = ItemFinder(world.services, integration, repository, targets=targets, host=None)
    looks = 0
    get = world.storage.tables.get

    def counted(*given: Any) -> Any:
        nonlocal looks
        looks += 1
        return get(*given)

    monkeypatch.setattr(world.storage.tables, "get", counted)
    unknown = [Asked("commit", f"{number:040x}") for number in range(count - 1)]

    found = finder.find([Asked("commit", known), *unknown])

    assert list(found) == [("commit", known)]
    assert looks == (0 if count == REST else 3)
