"""Which integration indexes a repository for a tracker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.configuration import DEFAULT_TRACKER, Integration
from shared.discovery.owning import claim
from shared.model import IntegrationId, ProjectId, Repository, RepositoryId, WebhookId
from shared.progress import RepositoryRecord
from shared.services import ONE_GROUP
from tests.making import DAY

if TYPE_CHECKING:
    from shared.services import Services
    from tests.world import World

IDS = [RepositoryId(f"r{number:02}") for number in range(12)]


@pytest.fixture
def services(world: World) -> Services:
    return world.services


def integration(services: Services, name: str, *, live: list[RepositoryId]) -> Integration:
    """Return an integration that indexes *live*, and knows all others as filtered out."""
    made = Integration(
        id=IntegrationId(name),
        name=name,
        git_host="azure_devops",
        url="",
        organizations=("contoso",),
        trackers=(DEFAULT_TRACKER,),
        webhook_id=WebhookId(name),
        created_at=DAY,
    )
    services.integrations.put(ONE_GROUP, made.id, made)
    for identity in IDS:
        one = Repository(identity, identity, ProjectId("p"), "P", "contoso", "")
        record = RepositoryRecord(one, None if identity in live else "filter")
        services.repositories.put(made.id, identity, record)
    return made


@pytest.mark.parametrize("count", [1, 5, 6, 12], ids=str)
def test_who_comes_first_owns_what_it_indexes(services: Services, count: int) -> None:
    first = integration(services, "first", live=IDS)
    second = integration(services, "second", live=IDS)

    assert claim(services, first, IDS[:count]) == set(IDS[:count])
    assert claim(services, second, IDS[:count]) == set()
    assert claim(services, first, IDS[:count]) == set(IDS[:count])


@pytest.mark.parametrize("count", [2, 12], ids=str)
def test_what_its_owner_does_not_index_any_more_is_taken_over(
    services: Services, count: int
) -> None:
    first = integration(services, "first", live=IDS)
    second = integration(services, "second", live=IDS)
    claim(services, first, IDS[:count])
    integration(services, "first", live=IDS[:1])

    taken = claim(services, second, IDS[:count])

    assert taken == set(IDS[1:count])
    assert claim(services, first, IDS[:count]) == {IDS[0]}


@pytest.mark.parametrize("count", [2, 12], ids=str)
@pytest.mark.parametrize("change", [{"is_removed": True}, {"trackers": ()}], ids=str)
def test_what_an_integration_owned_that_went_is_taken_over(
    services: Services, count: int, change: dict[str, object]
) -> None:
    first = integration(services, "first", live=IDS)
    second = integration(services, "second", live=IDS)
    claim(services, first, IDS[:count])
    services.integrations.put(ONE_GROUP, first.id, replace(first, **change))

    assert claim(services, second, IDS[:count]) == set(IDS[:count])


def test_each_of_two_who_claim_at_once_owns_what_the_other_does_not(services: Services) -> None:
    first = integration(services, "first", live=IDS)
    second = integration(services, "second", live=IDS)
    services.owners.insert(DEFAULT_TRACKER, IDS[3], second.id)

    ours, theirs = claim(services, first, IDS), claim(services, second, IDS)

    assert ours | theirs == set(IDS)
    assert theirs == {IDS[3]}
