"""Bring one project's pull requests up to date.

Azure DevOps cannot list what was *updated*: every pass reads all that are open, and those closed
since the last one. Lists cut descriptions and leave out work items, so one that changed is read
again by itself; one that did not is told from what was stored of the list.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import chain
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from shared.index.indexing import mark_of
from shared.index.opening import check_running
from shared.index.schedule import next_look
from shared.index.targets import targets_of
from shared.index.writing import IndexWriter
from shared.progress import PullRequestCursor

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.configuration import Integration
    from shared.index.leases import HeldLease
    from shared.index.schedule import Pace
    from shared.interfaces import GitHost, Record, StoredMention
    from shared.model import ProjectId, PullRequest, RepositoryId
    from shared.progress import RepositoryRecord
    from shared.services import Services

_OVERLAP: Final = timedelta(minutes=10)
"""Closing is not instant on the other side, and its clock is not one clock."""
_AT_ONCE: Final = 8


class ProjectPass:
    """Reads one project's pull requests, under a lease."""

    def __init__(
        self,
        services: Services,
        integration: Integration,
        project: ProjectId,
        *,
        host: GitHost,
        lease: HeldLease,
        pace: Pace,
    ) -> None:
        self._services = services
        self._integration = integration
        self._project = project
        self._host = host
        self._lease = lease
        self._pace = pace
        records = services.repositories.list(integration.id)
        self._repositories = {
            r.value.repository.id: r.value
            for r in records
            if r.value.is_live and r.value.repository.project_id == project
        }

    def work(self) -> datetime:
        """Read everything, page by page; return when to look again.

        A pass that is interrupted begins again: what it stored is not read a second time.
        """
        record = cursor_of(self._services, self._integration, self._project)
        cursor = record.value
        counts: dict[str, int] = dict(cursor.counts)
        changed = False
        pages = self._pages(cursor)
        # The first answer's clock: what is closed while further pages are read is newer.
        first = next(pages, [])
        began_at = self._host.now()
        for page in chain([first], pages):
            changed = self._put(page, counts) or changed
            self._lease.check()
            check_running(self._services, self._integration)
        now = self._services.clock()
        changed_at = now if changed else cursor.last_changed_at
        next_at = next_look(now, changed_at=changed_at, pace=self._pace)
        self._services.pull_request_cursors.replace(
            record,
            replace(
                cursor,
                closed_until=began_at,
                counts=counts,
                last_indexed_at=now,
                last_changed_at=changed_at,
                next_at=next_at,
                failure=None,
            ),
        )
        return next_at

    def _pages(self, cursor: PullRequestCursor) -> Iterator[list[PullRequest]]:
        yield from self._host.open_pull_requests(self._project)
        if cursor.closed_until is None:
            since = self._services.clock() - timedelta(
                days=self._integration.pull_request_window_days
            )
        else:
            since = cursor.closed_until - _OVERLAP
        yield from self._host.closed_pull_requests(self._project, since=since)

    def _put(self, page: Sequence[PullRequest], counts: dict[str, int]) -> bool:
        """Store a page; tell whether anything in it was new."""
        by_repository: dict[RepositoryId, list[PullRequest]] = {}
        for pull_request in page:
            if pull_request.repository in self._repositories:
                by_repository.setdefault(pull_request.repository, []).append(pull_request)
        any_new = False
        for repository, listed in by_repository.items():
            new = put_pull_requests(
                self._services,
                self._integration,
                self._repositories[repository],
                listed,
                host=self._host,
            )
            counts[repository] = counts.get(repository, 0) + new.created
            any_new = any_new or new.changed > 0
        return any_new


class Stored(msgspec.Struct, frozen=True):
    """What storing pull requests did."""

    changed: int
    created: int
    """How many of those changed were not known before."""


def put_pull_requests(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    listed: Sequence[PullRequest],
    *,
    host: GitHost,
) -> Stored:
    """Store listed pull requests of one repository, reading again those that changed."""
    targets = targets_of(services, integration, record.repository)
    repository = record.repository.id
    numbers = [str(p.number) for p in listed]
    known = [t.links.stored(repository, "pull_request", numbers) for t in targets]
    changed = [p for p in listed if any(_is_new(p, found) for found in known)]
    created = sum(all(str(p.number) not in found for found in known) for p in changed)
    want_work_items = any("azure_boards" in t.tracker.grammars for t in targets)

    def whole(pull_request: PullRequest) -> PullRequest:
        if pull_request.is_description_whole and not want_work_items:
            return pull_request
        return host.pull_request(repository, pull_request.number)

    writer = IndexWriter(targets, services.storage.changes)
    if changed:
        with ThreadPoolExecutor(min(_AT_ONCE, len(changed)), "pull-request") as pool:
            writer.put_pull_requests(list(pool.map(whole, changed)))
    writer.flush(at=services.clock())
    return Stored(len(changed), created)


def cursor_of(
    services: Services, integration: Integration, project: ProjectId
) -> Record[PullRequestCursor]:
    """Return the project's cursor, a new one if it has none."""
    record = services.pull_request_cursors.get(integration.id, project)
    return record or services.pull_request_cursors.insert(
        integration.id, project, PullRequestCursor()
    )


def _is_new(pull_request: PullRequest, known: Mapping[str, StoredMention]) -> bool:
    stored = known.get(str(pull_request.number))
    return stored is None or stored.mention.mark != mark_of(pull_request)
