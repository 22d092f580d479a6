"""Pages of an integration's repositories, as cheap in a wide organization as in a narrow one.

Only the rows of a page are read; a search reads the records of all, a thousand at a time, and
where each stands of those alone that it finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.discovery.repository_names import is_found
from shared.integrations.status import REPOSITORY_STATES, RepositoryStatus, repository_status

if TYPE_CHECKING:
    from collections.abc import Collection

    from shared.configuration import Integration
    from shared.integrations.status import RepositoryState
    from shared.progress import RepositoryRecord
    from shared.services import Services

_SEARCHED_AT_ONCE: Final = 1000
_WITHOUT_CURSOR: Final[frozenset[RepositoryState]] = frozenset({"left_out", "gone"})


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
    size = _SEARCHED_AT_ONCE if is_search else limit + 1
    rows: list[RepositoryStatus] = []
    while len(rows) <= limit:
        listed = services.repositories.list(integration.id, after=after, limit=size)
        wanted = [r.value for r in listed if _may_be_shown(r.value, search, states)]
        if set(states) == set(REPOSITORY_STATES):
            wanted = wanted[: limit + 1 - len(rows)]
        found = repository_status(services, integration, wanted, among=len(listed))
        rows += [row for row in found if row.state in states]
        if len(listed) < size:
            break
        after = listed[-1].key
    following = rows[limit - 1].record.repository.id if len(rows) > limit else None
    return RepositoryPage(rows[:limit], following)


def _may_be_shown(
    record: RepositoryRecord, search: str, states: Collection[RepositoryState]
) -> bool:
    if not is_found(record.repository, search):
        return False
    if record.is_live:
        return not _WITHOUT_CURSOR.issuperset(states)
    return ("gone" if record.is_gone else "left_out") in states
