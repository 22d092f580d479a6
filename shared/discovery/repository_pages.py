"""Pages of an integration's repositories, as cheap in a wide organization as in a narrow one.

A page is one request for the rows and one for the pull requests of the projects. What searches
reads the rows of all that follow, a thousand in each request, since each tells where it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from shared.discovery.repository_names import is_found
from shared.integrations.status import (
    REPOSITORY_STATES,
    RepositoryStatus,
    repository_state,
    shown_status,
)
from shared.whereabouts import whereabouts_beside

if TYPE_CHECKING:
    from collections.abc import Collection

    from shared.configuration import Integration
    from shared.integrations.status import RepositoryState
    from shared.services import Services


class RepositoryPage(Struct, frozen=True):
    """Some repositories in order of id, and the id that the next page begins behind."""

    rows: list[RepositoryStatus]
    next: str | None


def page_of_repositories(
    services: Services,
    integration: Integration,
    *,
    search: str = "",
    states: Collection[RepositoryState] = REPOSITORY_STATES,
    after: str = "",
    limit: int,
) -> RepositoryPage:
    """Return repositories behind the id *after* that *search* finds, see `is_found`."""
    is_search = bool(search) or set(states) < set(REPOSITORY_STATES)
    listed = services.repositories.list(
        integration.id, after=after, limit=None if is_search else limit + 1
    )
    found = [
        record
        for record in listed
        if is_found(record.value.repository, search)
        and repository_state(record.value, whereabouts_beside(record)) in states
    ]
    following = found[limit - 1].key if len(found) > limit else None
    return RepositoryPage(shown_status(services, integration, found[:limit]), following)
