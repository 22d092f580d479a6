"""Bring one project's pull requests up to date.

Azure DevOps cannot list what was *updated*: every pass reads all that are open, and those closed
since the last one. Lists cut descriptions and leave out work items, so one that changed is read
again by itself; one that did not is told from what was stored of the list.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from shared.connections.opening import check_running
from shared.cursors import PullRequestCursor
from shared.errors import MalformedAnswerError, MissingError
from shared.index.indexing import mark_of
from shared.index.inheriting import inherit
from shared.index.targets import pattern_scope, targets_of
from shared.index.writing import IndexWriter
from shared.model import PullRequest
from shared.scheduling.schedule import next_look
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of
from shared.telemetry.operations import carried

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.configuration import Integration
    from shared.index.indexing import Target
    from shared.interfaces.answers import PullRequestPage
    from shared.interfaces.git_host import GitHost
    from shared.interfaces.links import StoredMention
    from shared.interfaces.storage import Record
    from shared.model import ProjectId, RepositoryId
    from shared.progress import RepositoryRecord
    from shared.scheduling.leases import HeldLease
    from shared.scheduling.schedule import Pace
    from shared.services import Services

_OVERLAP: Final = timedelta(minutes=10)
"""Closing is not instant on the other side, and its clock is not one clock."""
_AT_ONCE: Final = 8
_STORED_TOGETHER: Final = 50
_TRIED_AGAIN: Final = 3
"""In so many more passes, where a closed one could not be read by itself."""
_log = log_of(__name__)


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
        self._repositories: dict[RepositoryId, RepositoryRecord | None] = {}
        """Those that were met so far; None for one that is not indexed in this project."""
        self._open: set[int] = set()
        self._skipped: dict[int, datetime] = {}
        """Those that are closed and could not be read by themselves, and when they were closed."""

    def work(self) -> datetime:
        """Read everything, page by page; return when to look again.

        A pass that is interrupted begins again: what it stored is not read a second time.
        """
        record = project_cursor_of(self._services, self._integration, self._project)
        cursor = record.value
        scope = self._scope()
        counts: dict[str, int] = dict(cursor.counts)
        has_changed = False
        began_at = None
        since = self._since(cursor, is_full=bool(set(scope) - set(cursor.scope)))
        for page in self._pages(cursor, since):
            # What is closed while further pages are read is newer than the first answer.
            began_at = began_at or page.observed_at
            has_changed = self._put(page.pull_requests, counts) or has_changed
            self._lease.check()
            check_running(self._services, self._integration)
        now = self._services.clock()
        changed_at = now if has_changed else cursor.last_changed_at
        next_at = next_look(now, changed_at=changed_at, pace=self._pace)
        tries = {number: cursor.skipped.get(number, 0) + 1 for number in self._skipped}
        again = (at for n, at in self._skipped.items() if tries[n] <= _TRIED_AGAIN)
        self._services.pull_request_cursors.replace(
            record,
            replace(
                cursor,
                closed_until=began_at,
                reaches=min(cursor.reaches or since, since),
                asked_since=min(again, default=None),
                skipped=tries,
                open=tuple(sorted(self._open)),
                scope=scope,
                counts=counts,
                last_indexed_at=now,
                last_changed_at=changed_at,
                next_at=next_at,
                failure=None,
            ),
        )
        return next_at

    def _since(self, cursor: PullRequestCursor, *, is_full: bool) -> datetime:
        """Return from when on closed ones are read: the window, where it was not read whole yet."""
        window = timedelta(days=self._integration.pull_request_window_days)
        since = self._services.clock() - window
        if not is_full and cursor.closed_until and cursor.reaches and cursor.reaches <= since:
            since = cursor.closed_until - _OVERLAP
        return min(since, cursor.asked_since or since)

    def _pages(self, cursor: PullRequestCursor, since: datetime) -> Iterator[PullRequestPage]:
        for page in self._host.open_pull_requests(self._project):
            self._note_open(page)
            yield page
        is_next = cursor.closed_until is not None and since >= cursor.closed_until - _OVERLAP
        gone = set(cursor.open) - self._open if is_next else None
        for page in self._host.closed_pull_requests(self._project, since=since, gone=gone):
            # One that moved between the pages of the open ones, or was opened again meanwhile.
            self._note_open(page)
            yield page

    def _note_open(self, page: PullRequestPage) -> None:
        """Keep which are open: of a server that does not tell what was closed, these may be."""
        self._open.update(
            p.number
            for p in page.pull_requests
            if p.closed_at is None and self._live(p.repository) is not None
        )

    def _scope(self) -> tuple[str, ...]:
        """Return what the pass reads for: when that has grown, the whole window is read again.

        That a repository is new in the project is said by discovery, with `asked_since`.
        """
        scope = {f"tracker:{tracker_id}" for tracker_id in self._integration.trackers}
        known = self._services.known_trackers
        found = (known.get(ONE_GROUP, tracker_id) for tracker_id in self._integration.trackers)
        trackers = [tracker for tracker in found if tracker is not None]
        scope |= {f"inherit:{tracker.id}" for tracker in trackers if tracker.sources.inherit}
        return tuple(sorted(scope | pattern_scope(trackers)))

    def _live(self, repository: RepositoryId) -> RepositoryRecord | None:
        """Return a repository's record if it is indexed in this project; it is read once a pass."""
        if repository not in self._repositories:
            stored = self._services.repositories.get(self._integration.id, repository)
            record = stored.value if stored else None
            is_ours = (
                record is not None
                and record.is_live
                and record.repository.project_id == self._project
            )
            self._repositories[repository] = record if is_ours else None
        return self._repositories[repository]

    def _put(self, page: Sequence[PullRequest], counts: dict[str, int]) -> bool:
        """Store a page; tell whether anything in it was new."""
        by_repository: dict[RepositoryId, list[PullRequest]] = {}
        for pull_request in page:
            if self._live(pull_request.repository) is not None:
                by_repository.setdefault(pull_request.repository, []).append(pull_request)
        any_new = False
        for repository, listed in by_repository.items():
            record = self._live(repository)
            assert record is not None, "only those of live repositories were taken"
            for start in range(0, len(listed), _STORED_TOGETHER):
                new = put_pull_requests(
                    self._services,
                    self._integration,
                    record,
                    listed[start : start + _STORED_TOGETHER],
                    host=self._host,
                )
                self._skipped |= {p.number: p.closed_at for p in new.skipped if p.closed_at}
                counts[repository] = counts.get(repository, 0) + new.created
                any_new = any_new or new.changed > 0
        return any_new


class Stored(msgspec.Struct, frozen=True):
    """What storing pull requests did."""

    changed: int
    created: int
    """How many of those changed were not known before."""
    skipped: tuple[PullRequest, ...] = ()
    """Those that changed, and could not be read by themselves."""


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
    changed = [
        p
        for p in listed
        if any(_is_new(p, stored, t.target) for t, stored in zip(targets, known, strict=True))
    ]
    created = sum(all(str(p.number) not in found for found in known) for p in changed)
    want_work_items = any("azure_boards" in t.tracker.grammars for t in targets)

    def whole(listed: PullRequest) -> PullRequest | None:
        is_whole = listed.is_description_whole
        if is_whole and (listed.work_items is not None or not want_work_items):
            return listed
        try:
            return host.pull_request(repository, listed.number)
        except (MissingError, MalformedAnswerError) as error:
            # It is tried again by the next passes; the others should not have to wait for it.
            _log.warning(
                "pull_request_skipped repository=%s number=%d code=%s",
                repository, listed.number, error.code,
            )  # fmt: skip
            return None

    writer = IndexWriter(targets, services.storage.changes)
    skipped: tuple[PullRequest, ...] = ()
    if changed:
        with ThreadPoolExecutor(min(_AT_ONCE, len(changed)), "pull-request") as pool:
            read = list(pool.map(carried(whole), changed))
        found = [p for p in read if p is not None]
        skipped = tuple(p for p, one in zip(changed, read, strict=True) if one is None)
        # Their commits first: a pull request that is stored is not looked at again.
        inherit(services, integration, record.repository, found, host=host, targets=targets)
        writer.put_pull_requests(found)
    writer.flush(services.clock)
    return Stored(len(changed), created, skipped)


def project_cursor_of(
    services: Services, integration: Integration, project: ProjectId
) -> Record[PullRequestCursor]:
    """Return the project's cursor, a new one if it has none."""
    record = services.pull_request_cursors.get(integration.id, project)
    return record or services.pull_request_cursors.insert(
        integration.id, project, PullRequestCursor()
    )


def _is_new(pull_request: PullRequest, known: Mapping[str, StoredMention], target: Target) -> bool:
    stored = known.get(str(pull_request.number))
    return stored is None or stored.mention.mark != mark_of(pull_request, target)
