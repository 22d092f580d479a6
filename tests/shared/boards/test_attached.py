"""What work items are attached to is linked, for as long as it is."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization.faults import Where
from shared import jobs
from shared.configuration import Selection
from shared.errors import UnavailableError
from tests.shared.boards.conftest import (
    WITH_WORK_ITEMS,
    change,
    commits,
    known,
    settle,
    shown,
)

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World


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


def test_first_index_that_fails_at_its_very_end_gets_what_was_attached_before(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.push("shop", "feature", "More")
    sample.attach_work_item(2, "shop", branch="feature")
    sample.clock.advance(timedelta(hours=1))  # so that it is not among what has just changed
    monkeypatch.setitem(jobs.BUDGETS, "history", (timedelta(minutes=25), 1))
    integration = world.connect(index=WITH_WORK_ITEMS)
    while not any(c.value.walk for c in world.services.cursors.list(integration.id)):
        assert world.work(most=1)

    sample.faults.outage(times=None, where=Where("{repositoryId}/refs"))
    with pytest.raises(UnavailableError):
        world.work()
    sample.faults.clear()
    settle(world)

    assert world.links("AB#2") == [("branch", "feature")]


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
