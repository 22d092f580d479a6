"""What is wanted of an organization's work items, noted by whoever finds out while indexing.

A wish is a row of its own, so that many may note theirs at once; the pass over the work items reads
them all, and deletes those that it has seen to.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.issue_keys import AZURE_BOARDS
from shared.messages import Due
from shared.progress import WorkItemWish
from shared.scheduling.schedule import plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared.configuration import Integration
    from shared.interfaces.storage import Record
    from shared.issue_keys import IssueKey
    from shared.model import IntegrationId, RepositoryId
    from shared.services import Services

_MOST_AT_ONCE: Final = 5_000
_MINUTE: Final = timedelta(minutes=1)


class WorkItemWishes:
    """The wishes about one organization."""

    def __init__(self, services: Services, integration: IntegrationId, organization: str) -> None:
        self._services = services
        self._integration = integration
        self._organization = organization
        self._group = group_of(integration, organization)

    def note_keys(self, keys: Iterable[IssueKey]) -> None:
        """Have the work items known that links name; other issues are passed over."""
        numbers = sorted({key.number for key in keys if key.project == AZURE_BOARDS})
        for start in range(0, len(numbers), _MOST_AT_ONCE):
            self._note(WorkItemWish(numbers=tuple(numbers[start : start + _MOST_AT_ONCE])))

    def note_repository(self, repository: RepositoryId) -> None:
        """Have work items attached again to what was just read of a repository."""
        self._note(WorkItemWish(repository=repository))

    def note_waiting(self, numbers: Iterable[int]) -> None:
        """Have work items attached again to what was not known when they were read."""
        waiting = tuple(sorted(numbers))
        if waiting:
            self._note(WorkItemWish(numbers=waiting, is_waiting=True))

    def all(self) -> list[Record[WorkItemWish]]:
        """Return every wish there is."""
        return self._services.work_item_wishes.list(self._group)

    def are_any(self) -> bool:
        """Tell whether there is a wish."""
        return bool(self._services.work_item_wishes.list(self._group, limit=1))

    def forget(self, wishes: Sequence[Record[WorkItemWish]]) -> None:
        """Delete wishes that were seen to."""
        for wish in wishes:
            self._services.work_item_wishes.delete(self._group, wish.key)

    def _note(self, wish: WorkItemWish) -> None:
        self._services.work_item_wishes.insert(self._group, uuid.uuid4().hex, wish)
        # At the next full minute: so all wishes of a minute are one hint.
        soon = self._services.clock().replace(second=0, microsecond=0) + _MINUTE
        due = Due(self._integration, organization=self._organization)
        plan(self._services, due, at=soon)


def wishes_of(
    services: Services, integration: Integration, organization: str
) -> WorkItemWishes | None:
    """Return where to note wishes; None while the integration does not index work items."""
    if not integration.index.work_items:
        return None
    return WorkItemWishes(services, integration.id, organization)


def next_look_at_work_items(
    services: Services, integration: IntegrationId, organization: str
) -> datetime | None:
    """Return when to look at an organization's work items; None: now, since somebody wants it."""
    if WorkItemWishes(services, integration, organization).are_any():
        return None
    record = services.work_item_cursors.get(integration, organization.lower())
    return record.value.next_at if record else None


def group_of(integration: IntegrationId, organization: str) -> str:
    """Return the group that an organization's work items are kept in."""
    return f"{integration}.{organization.lower()}"
