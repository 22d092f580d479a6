"""Bring repositories up to date, a little at a time.

A webhook tells us at once; a reindex tells us eventually. A reindex may stop after any page: the
cursor says where the next job carries on.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.errors import MissingError
from shared.index.completing import Completer
from shared.index.opening import check_running
from shared.index.schedule import next_look
from shared.index.targets import targets_of
from shared.index.walking import deleted_branches, moved_branches, plan_walk, without_base
from shared.index.writing import IndexWriter
from shared.progress import Cursor

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.index.leases import HeldLease
    from shared.index.schedule import Pace
    from shared.interfaces import GitHost, Record
    from shared.model import Commit, Repository, RunId
    from shared.progress import Gap, Walk
    from shared.services import Services

COMMITS_A_PAGE: Final = 1000
COMMITS_A_FLUSH: Final = 5000
"""Storing more at once saves few transactions, and repeats more after a crash."""


class Budget(Struct, frozen=True):
    """What one job may use up before it leaves the rest to the next."""

    until: datetime
    commits: int | None = None
    """May be exceeded by what is left of a page; None: as many as there are."""


class RepositoryPass:
    """Brings one repository from its cursor to its branches of now, under a lease.

    Links are written before the cursor is moved. Stopping between the two repeats a page, which
    is harmless; the other order would lose one.
    """

    def __init__(
        self,
        services: Services,
        integration: Integration,
        repository: Repository,
        *,
        host: GitHost,
        lease: HeldLease,
        pace: Pace,
        run: RunId | None,
    ) -> None:
        self._services = services
        self._integration = integration
        self._repository = repository
        self._host = host
        self._lease = lease
        self._pace = pace
        targets = targets_of(services, integration, repository)
        self._writer = IndexWriter(targets, services.storage.changes)
        self._completer = Completer(host, repository, [t.links for t in targets])
        self._record = cursor_of(services, integration, repository)
        self._run = run

    @property
    def cursor(self) -> Cursor:
        """How far it has come, as stored."""
        return self._record.value

    def work(self, budget: Budget) -> bool:
        """Work until done or until the budget is used up; tell whether it is done."""
        walk = self.cursor.walk or self._begin()
        taken = Taken()
        total = 0
        while walk.gaps:
            if self._services.clock() >= budget.until or total >= (budget.commits or total + 1):
                self._keep(walk, taken)
                return False
            commits, walk = self._next_page(walk)
            whole = self._completer.complete(commits)
            taken = Taken(
                taken.commits + len(commits), taken.links + self._writer.put_commits(whole)
            )
            total += len(commits)
            if taken.commits >= COMMITS_A_FLUSH:
                self._keep(walk, taken)
                taken = Taken()
        self._finish(walk, taken)
        return True

    def _begin(self) -> Walk:
        """Read the branches, store what changed of them, and plan which commits to read."""
        heads = self._host.heads(self._repository)
        cursor = self.cursor
        walk = plan_walk(cursor, heads, self._repository)
        if not self._integration.index.commits:
            walk = replace(walk, gaps=())
        if self._integration.index.branches:
            moved = moved_branches(cursor, walk.heads)
            deleted = deleted_branches(cursor, walk.heads)
            self._writer.put_branches(
                [b for b in heads.branches if b.name in moved], observed_at=heads.observed_at
            )
            self._writer.forget_branches(deleted, observed_at=heads.observed_at)
        if walk.gaps:
            self._keep(walk, Taken())
        return walk

    def _next_page(self, walk: Walk) -> tuple[list[Commit], Walk]:
        """Return commits of the first gap, and the walk without them."""
        gap = walk.gaps[0]
        try:
            commits = self._read(gap, walk.skip)
        except MissingError:
            if gap.after is None:
                raise
            rebased = without_base(gap, walk, self._repository)
            return [], replace(walk, gaps=(rebased, *walk.gaps[1:]), skip=0)
        if len(commits) < COMMITS_A_PAGE:
            return commits, replace(walk, gaps=walk.gaps[1:], skip=0)
        return commits, replace(walk, skip=walk.skip + len(commits))

    def _read(self, gap: Gap, skip: int) -> list[Commit]:
        return self._host.commits(
            self._repository, until=gap.until, after=gap.after, skip=skip, limit=COMMITS_A_PAGE
        )

    def _keep(self, walk: Walk, taken: Taken) -> None:
        """Store links first, the cursor second."""
        self._move(replace(self.cursor, walk=walk), taken)

    def _finish(self, walk: Walk, taken: Taken) -> None:
        now = self._services.clock()
        cursor = self.cursor
        changed_at = now if cursor.verified != walk.heads else cursor.last_changed_at
        self._move(
            replace(
                cursor,
                verified=walk.heads,
                heard={},
                walk=None,
                last_indexed_at=now,
                last_changed_at=changed_at,
                next_at=next_look(now, changed_at=changed_at, pace=self._pace),
                failure=None,
            ),
            taken,
        )

    def _move(self, cursor: Cursor, taken: Taken) -> None:
        self._writer.flush(at=self._services.clock())
        self._lease.check()
        check_running(self._services, self._integration)
        moved = replace(
            cursor,
            run=self._run or cursor.run,
            commits_seen=cursor.commits_seen + taken.commits,
            links=cursor.links + taken.links,
        )
        self._record = self._services.cursors.replace(self._record, moved)


class Taken(Struct, frozen=True):
    """What was taken since the cursor was last moved."""

    commits: int = 0
    links: int = 0


def cursor_of(
    services: Services, integration: Integration, repository: Repository
) -> Record[Cursor]:
    """Return the repository's cursor, a new one if it has none."""
    record = services.cursors.get(integration.id, repository.id)
    return record or services.cursors.insert(integration.id, repository.id, Cursor())
