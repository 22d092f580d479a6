"""Keep an organization's work items known: what they are called, and what they are attached to.

Azure DevOps tells which changed since a moment, in one call. Those that were deleted it does not
tell, so that once a day all that are known are read again. What is stored is what is attached to
anything in git, and what any link names.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.boards.attaching import read_again
from shared.boards.storing import StoredWorkItems
from shared.boards.wishes import WorkItemWishes
from shared.connections.opening import check_running
from shared.cursors import WorkItemCursor
from shared.errors import ForbiddenError, SignedOutError
from shared.issue_keys import AZURE_BOARDS
from shared.progress import StoredWorkItem
from shared.scheduling.schedule import WITHOUT_HOOKS, next_look
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from shared.configuration import Integration
    from shared.interfaces.git_host import Boards, GitHost
    from shared.interfaces.storage import Record
    from shared.progress import WorkItemWish
    from shared.scheduling.leases import HeldLease
    from shared.services import Services

_OVERLAP: Final = timedelta(minutes=10)
"""A change is not found at once by those who look for it, and clocks differ."""
_ALL_READ_EVERY: Final = timedelta(days=1)
_AT_ONCE: Final = 5_000
"""More at once would be more to hold, fewer more to look up."""
_LOOKED_FOR: Final = 3
"""In so many passes, for what a work item is attached to and nobody knows yet."""
_NO_SCOPE: Final = (
    "Give the token the scope Work Items (Read), or replace it if it is no longer accepted."
)
_log = log_of(__name__)


class WorkItemPass:
    """Reads the work items of one organization, under a lease."""

    def __init__(
        self,
        services: Services,
        integration: Integration,
        organization: str,
        *,
        host: GitHost,
        boards: Boards,
        lease: HeldLease,
    ) -> None:
        self._services = services
        self._integration = integration
        self._organization = organization
        self._host = host
        self._boards = boards
        self._lease = lease
        self._wishes = WorkItemWishes(services, integration.id, organization)
        self._stored = StoredWorkItems(services, integration, organization)

    def work(self) -> datetime:
        """Read what changed, and what is wanted; return when to look again.

        A pass that is interrupted begins again.
        """
        record = work_item_cursor_of(self._services, self._integration, self._organization)
        try:
            cursor = self._work(record.value)
        except SignedOutError as error:
            # The token itself may be good: discovery finds out.
            raise ForbiddenError(str(error), next_step=_NO_SCOPE) from error
        except ForbiddenError as error:
            if error.next_step != ForbiddenError.next_step:
                raise
            raise ForbiddenError(str(error), next_step=_NO_SCOPE) from error
        self._services.work_item_cursors.replace(record, cursor)
        assert cursor.next_at is not None, "a pass says when to look again"
        return cursor.next_at

    def _work(self, cursor: WorkItemCursor) -> WorkItemCursor:
        now = self._services.clock()
        wishes = self._wishes.all()
        scope = tuple(f"tracker:{tracker}" for tracker in sorted(self._integration.trackers))
        is_full = (
            cursor.changed_until is None
            or cursor.all_read_at is None
            or now - cursor.all_read_at >= _ALL_READ_EVERY
            or bool(set(scope) - set(cursor.scope))
        )
        named = {n for wish in wishes for n in wish.value.numbers if not wish.value.is_waiting}
        if cursor.changed_until is None or is_full:
            found = self._boards.attached()
            named |= self._named_by_links()
            wanted = named.union(found.numbers)
            detached = self._stored.forget(self._stored.numbers() - wanted)
            read_again(self._services, self._integration, self._host, detached)
        else:
            found = self._boards.changed(since=cursor.changed_until - _OVERLAP)
            wanted = set(found.numbers).union(named - self._stored.known(named).keys())
        has_changed, unknown = self._read(wanted, named=named)
        waiting = self._see_to(wishes, cursor)
        if not is_full:
            waiting = {**dict.fromkeys(unknown, _LOOKED_FOR), **waiting}
        self._wishes.forget(wishes)
        changed_at = now if has_changed else cursor.last_changed_at
        _log.info(
            "work_items_indexed integration=%s read=%d all=%s",
            self._integration.id, len(wanted), is_full,
        )  # fmt: skip
        return replace(
            cursor,
            changed_until=found.observed_at,
            all_read_at=now if is_full else cursor.all_read_at,
            scope=scope,
            waiting=waiting,
            count=len(self._stored.numbers()) if is_full else cursor.count,
            last_indexed_at=now,
            last_changed_at=changed_at,
            next_at=next_look(now, changed_at=changed_at, pace=WITHOUT_HOOKS),
            failure=None,
        )

    def _named_by_links(self) -> set[int]:
        """Return the work items that any link of the organization's repositories names."""
        records = self._services.repositories.list(self._integration.id)
        ours = {
            r.value.repository.id
            for r in records
            if r.value.repository.organization == self._organization
        }
        named: set[int] = set()
        for tracker_id in self._integration.trackers:
            tracker = self._services.trackers.get(ONE_GROUP, tracker_id)
            if tracker is not None:
                links = self._services.storage.links(tracker.value).named(AZURE_BOARDS)
                named.update(number for number, repository in links if repository in ours)
        return named

    def _read(self, wanted: Collection[int], *, named: Collection[int]) -> tuple[bool, set[int]]:
        """Read work items and store them; tell whether anything changed, and what is to wait."""
        has_changed = False
        unknown: set[int] = set()
        ordered = sorted(wanted)
        for start in range(0, len(ordered), _AT_ONCE):
            part = ordered[start : start + _AT_ONCE]
            read: dict[int, StoredWorkItem] = {}
            for asked, there in self._boards.read(part):
                read |= dict.fromkeys(asked, StoredWorkItem(None))
                read |= {item.number: StoredWorkItem(item) for item in there}
                self._lease.check()
                check_running(self._services, self._integration)
            done = self._stored.put(read, named=named)
            read_again(self._services, self._integration, self._host, done.detached)
            has_changed = has_changed or done.has_changed
            unknown |= done.unknown
        return has_changed, unknown

    def _see_to(
        self, wishes: Sequence[Record[WorkItemWish]], cursor: WorkItemCursor
    ) -> dict[int, int]:
        """Attach again what was not known before; return for what to look in the next passes."""
        repositories = {w.value.repository for w in wishes if w.value.repository is not None}
        if repositories:
            self._stored.attach_to(repositories)
        asked = {n for wish in wishes if wish.value.is_waiting for n in wish.value.numbers}
        waiting = {**dict.fromkeys(asked, _LOOKED_FOR), **cursor.waiting}
        unknown = self._stored.attach_again(waiting) if waiting else set()
        return {n: left - 1 for n, left in waiting.items() if n in unknown and left > 1}


def work_item_cursor_of(
    services: Services, integration: Integration, organization: str
) -> Record[WorkItemCursor]:
    """Return the organization's cursor, a new one if it has none."""
    key = organization.lower()
    record = services.work_item_cursors.get(integration.id, key)
    return record or services.work_item_cursors.insert(integration.id, key, WorkItemCursor())
