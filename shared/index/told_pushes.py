"""Take in one push, of which its event is all that can be known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.connections.opening import check_running
from shared.hooks.silence import heard
from shared.index.reindexing import cursor_of, with_projects
from shared.index.targets import targets_of
from shared.index.told_branches import branches_of, is_cut, remembered, with_update
from shared.index.writing import IndexWriter
from shared.model import Branch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.configuration import Integration
    from shared.cursors import Cursor
    from shared.events import PushEvent
    from shared.model import Commit, CommitId, Repository
    from shared.scheduling import leases
    from shared.services import Services

_MOST_CUT: Final = 1000


class ToldPush:
    """One push, of which its event is all that can be known; worked on under a lease."""

    def __init__(
        self,
        services: Services,
        integration: Integration,
        repository: Repository,
        event: PushEvent,
        *,
        at: datetime,
    ) -> None:
        self._services = services
        self._integration = integration
        self._repository = repository
        self._at = at
        self._event = event
        self._targets = targets_of(services, integration, repository)
        self._writer = IndexWriter(self._targets, services.storage.changes)

    def store(self, lease: leases.HeldLease) -> str:
        """Store what the push tells, then how far that goes; return what it leaves out, if any."""
        services, at = self._services, self._at
        stored = cursor_of(services, self._integration, self._repository)
        cursor = stored.value
        chains = dict(cursor.told)
        for name, update in branches_of(self._event).items():
            chains[name] = with_update(chains.get(name, ()), update, at=at)
        newest = {
            name: chains[name][-1].end
            for name in branches_of(self._event)
            if chains[name][-1].until == at
        }
        commits = self._new_commits()
        links = self._writer.put_commits(commits)
        self._put_branches(newest)
        self._writer.flush(services.clock)
        lease.check()
        check_running(services, self._integration)
        cut = self._cut()
        moved = _moved(cursor, newest, services.clock())
        services.cursors.replace(
            stored,
            replace(
                moved,
                told=remembered(chains, services.clock()),
                cut=_with_cut(cursor.cut, cut, at) if cut else cursor.cut,
                commits_seen=cursor.commits_seen + len(commits),
                links=cursor.links + links,
                projects=with_projects(cursor, self._writer.projects),
            ),
        )
        if not cut:
            return ""
        count = len(self._event.commits)
        return f"it tells {count} commits, and not all that there may be: nobody can be asked"

    def _new_commits(self) -> list[Commit]:
        """Return the commits that are not stored yet for every tracker."""
        if not self._integration.index.commits:
            return []
        seen = {commit.id for commit in self._event.commits}
        for found in self._targets:
            seen = found.links.seen(self._repository.id, seen)
        return [commit for commit in self._event.commits if commit.id not in seen]

    def _put_branches(self, newest: Mapping[str, CommitId | None]) -> None:
        at = self._at
        there = [Branch(name, head) for name, head in newest.items() if head is not None]
        if self._integration.index.branches:
            self._writer.put_branches(there, observed_at=at)
        gone = [name for name, head in newest.items() if head is None]
        self._writer.forget_branches(gone, observed_at=at)

    def _cut(self) -> CommitId | None:
        """Return where a push ended that may have had more than it tells; None for a whole one."""
        if not is_cut(self._event):
            return None
        return next((update.new for update in self._event.updates if update.new), None)


def _moved(cursor: Cursor, newest: Mapping[str, CommitId | None], now: datetime) -> Cursor:
    """Return the cursor with branches where they were last told to be."""
    gone = {name for name, head in newest.items() if head is None}
    there = {name: head for name, head in newest.items() if head is not None}
    return replace(
        heard(cursor, now),
        verified={name: head for name, head in cursor.verified.items() if name not in gone},
        heard={n: h for n, h in {**cursor.heard, **there}.items() if n not in gone},
        last_indexed_at=now,
        last_changed_at=now,
        next_at=None,
        failure=None,
    )


def _with_cut(
    known: Mapping[CommitId, datetime], head: CommitId, at: datetime
) -> dict[CommitId, datetime]:
    return dict(list({**known, head: at}.items())[-_MOST_CUT:])
