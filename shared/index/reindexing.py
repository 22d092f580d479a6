"""Bring repositories up to date, a little at a time.

A webhook tells us at once; a reindex tells us eventually. A reindex may stop after any page: the
cursor says where the next job carries on.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.boards.wishes import wishes_of
from shared.connections.opening import check_running
from shared.cursors import Cursor
from shared.errors import DevlinksError, UnavailableError
from shared.hooks.silence import listened
from shared.index.orphans import Orphans
from shared.index.reading import CommitReader, HeadGoneError
from shared.index.targets import pattern_scope
from shared.index.walking import (
    deleted_branches,
    left_by,
    left_by_walk,
    moved_branches,
    plan_walk,
)
from shared.index.writing import IndexWriter
from shared.scheduling.budgets import note_budget
from shared.scheduling.schedule import WITHOUT_HOOKS, next_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import Integration
    from shared.cursors import Walk
    from shared.hooks.silence import Listening
    from shared.index.targets import TrackerTarget
    from shared.interfaces.git_host import GitHost
    from shared.interfaces.storage import Record
    from shared.model import CommitId, Repository, RunId
    from shared.scheduling.leases import HeldLease
    from shared.scheduling.schedule import Pace
    from shared.services import Services

COMMITS_A_FLUSH: Final = 5000
"""Storing more at once saves few transactions, and repeats more after a crash."""


class Budget(Struct):
    """What one job may use up before it leaves the rest to the next."""

    until: datetime
    commits: int | None = None
    """May be exceeded by what is left of a page; None: as many as there are."""

    def is_used_up(self, now: datetime) -> bool:
        """Tell whether the job should stop."""
        return now >= self.until or (self.commits is not None and self.commits <= 0)

    def use(self, commits: int) -> None:
        """Take from it."""
        if self.commits is not None:
            self.commits -= commits


class RepositoryPass:
    """Brings one repository from its cursor to its branches of now, under a lease.

    Links are written before the cursor is moved. Stopping between the two repeats a page, which
    is harmless; the other order would lose one.
    """

    def __init__(  # noqa: PLR0913 — what a pass works with
        self,
        services: Services,
        integration: Integration,
        repository: Repository,
        *,
        targets: Sequence[TrackerTarget],
        host: GitHost,
        lease: HeldLease,
        pace: Pace,
        listening: Listening,
        run: RunId | None,
    ) -> None:
        self._services = services
        self._integration = integration
        self.repository = repository
        self.host = host
        self._lease = lease
        self._pace = pace
        self._listening = listening
        self._run = run
        self.targets = targets
        self._writer = IndexWriter(targets, services.storage.changes)
        self._record = cursor_of(services, integration, repository)
        orphans: set[CommitId] = set()
        if self.cursor.has_orphans:
            orphans = Orphans(services, integration.id, repository.id, targets).ids()
        self._reader = CommitReader(host, repository, targets, again=orphans)
        self._rules = {t.tracker.id: t.target.reading.version for t in targets}
        self._scope = scope_of(integration, targets)
        self._commits = self._links = 0
        self._looked_at: datetime | None = None
        """When this pass asked for the branches; None while it ends another's walk."""

    @property
    def cursor(self) -> Cursor:
        """How far it has come, as stored."""
        return self._record.value

    @property
    def unreached(self) -> set[CommitId]:
        """Commits that were stored before, and that a full walk of all branches did not meet."""
        return self._reader.unreached

    @property
    def reads_everything(self) -> bool:
        """Whether the next walk reads the whole history, or goes on with doing so."""
        cursor = self.cursor
        if cursor.walk is not None:
            return cursor.walk.is_full
        return not cursor.verified or bool(set(self._scope) - set(cursor.scope))

    def work(self, budget: Budget) -> bool:
        """Work until the budget is used up; tell whether all that was there at first is stored."""
        try:
            # The heads of a walk that another job began are old: what was pushed since is found
            # by a walk of our own.
            if self.cursor.walk is not None and not self._walk(self.cursor.walk, budget):
                return False
            return self._walk(self._begin(), budget)
        except HeadGoneError:
            walk = self._begin()
        try:
            # Missed twice, right after they were listed, heads may be hidden from the git protocol.
            return self._walk(replace(walk, by_lists=self.host.has_lists), budget)
        except HeadGoneError as error:
            text = f"The branches of {self.repository.name} moved while they were read."
            raise UnavailableError(text) from error

    def _begin(self) -> Walk:
        """Read the branches, store what changed of them, and plan which commits to read."""
        self._looked_at = self._services.clock()
        heads = self.host.heads(self.repository)
        cursor = self.cursor
        is_full = not cursor.verified or bool(set(self._scope) - set(cursor.scope))
        walk = plan_walk(cursor, heads, self.repository, is_full=is_full)
        walk = replace(walk, scope=self._scope, rules=self._rules)
        if not self._integration.index.commits:
            walk = replace(walk, gaps=())
        if self._integration.index.branches:
            moved = moved_branches(cursor, walk)
            self._writer.put_branches(
                [b for b in heads.branches if b.name in moved], observed_at=heads.observed_at
            )
        deleted = deleted_branches(cursor, walk)
        if is_full:
            # Whatever was interrupted before, nothing stays that is not there.
            deleted |= self._stored_branches() - walk.heads.keys()
        self._writer.forget_branches(deleted, observed_at=heads.observed_at)
        if walk.gaps:
            # A walk that is given up here may have stored some of what it found.
            self._move(replace(cursor, walk=walk, left=left_by_walk(cursor, walk.heads)))
        return walk

    def _stored_branches(self) -> set[str]:
        return {
            stored.mention.item.id
            for found in self.targets
            for stored in found.links.mentions(self.repository.id, kind="branch")
        }

    def _walk(self, walk: Walk, budget: Budget) -> bool:
        """Read and store what a walk asks for; tell whether it came to its end."""
        if walk.rules != self._rules:
            walk = replace(walk, rules={})

        def is_late() -> bool:
            return budget.is_used_up(self._services.clock())

        try:
            for commits in self._reader.commits(walk, self.cursor, is_late=is_late):
                self._links += self._writer.put_commits(commits)
                self._commits += len(commits)
                budget.use(len(commits))
                if self._commits >= COMMITS_A_FLUSH:
                    self._move(replace(self.cursor, walk=self._reader.walk))
        except DevlinksError:
            # What came before it is stored, and is not fetched again.
            self._move(replace(self.cursor, walk=self._reader.walk))
            raise
        if self._reader.walk.gaps:
            self._move(replace(self.cursor, walk=self._reader.walk))
            return False
        self._finish(self._reader.walk)
        return True

    def _finish(self, walk: Walk) -> None:
        now = self._services.clock()
        if walk.is_full:
            self._want_work_items()
        shown = self._listening.shown
        left = left_by(self.cursor, walk.heads, kept=walk.kept, shown=shown)
        cursor = listened(self.cursor, walk.heads, now, listening=self._listening)
        pace = WITHOUT_HOOKS if cursor.unheard_since else self._pace
        changed_at = now if cursor.verified != walk.heads else cursor.last_changed_at
        self._move(
            replace(
                cursor,
                verified=walk.heads,
                heard={},
                left=left if self._integration.index.commits else {},
                walk=None,
                scope=walk.scope,
                judged_by=walk.rules if walk.is_full else cursor.judged_by,
                last_indexed_at=now,
                looked_at=self._looked_at or cursor.looked_at,
                last_changed_at=changed_at,
                next_at=next_look(now, changed_at=changed_at, pace=pace),
                failure=None,
            )
        )

    def _want_work_items(self) -> None:
        """Have work items attached to what was read: all of it was new to them.

        Before the cursor says so, since nobody would ask again; and after it is stored.
        """
        wishes = wishes_of(self._services, self._integration, self.repository.organization)
        if wishes is not None:
            self._writer.flush(self._services.clock)
            wishes.note_repository(self.repository.id)

    def _move(self, cursor: Cursor) -> None:
        """Store what was taken, then the cursor."""
        self._writer.flush(self._services.clock)
        self._lease.check()
        check_running(self._services, self._integration)
        note_budget(self._services, self._integration, self.host)
        moved = replace(
            cursor,
            run=self._run or cursor.run,
            is_halted=False,
            projects=with_projects(cursor, self._writer.projects),
            commits_seen=cursor.commits_seen + self._commits,
            links=cursor.links + self._links,
        )
        self._record = self._services.cursors.replace(self._record, moved)
        self._commits = self._links = 0


def cursor_of(
    services: Services, integration: Integration, repository: Repository
) -> Record[Cursor]:
    """Return the repository's cursor, a new one if it has none."""
    record = services.cursors.get(integration.id, repository.id)
    return record or services.cursors.insert(integration.id, repository.id, Cursor())


def with_projects(cursor: Cursor, projects: set[str]) -> tuple[str, ...]:
    """Return the projects of a repository's issues with more of them."""
    return tuple(sorted(projects.union(cursor.projects)))


def scope_of(integration: Integration, targets: Sequence[TrackerTarget]) -> tuple[str, ...]:
    """Return what a pass reads for: when that has grown, everything is read again."""
    kinds = [k for k in ("commits", "branches") if getattr(integration.index, k)]
    trackers = [t.tracker for t in targets]
    return tuple(sorted([*kinds, *(f"tracker:{t.id}" for t in trackers), *pattern_scope(trackers)]))
