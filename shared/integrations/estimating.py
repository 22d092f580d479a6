"""How far an integration's repositories are, and how long the rest will take."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from msgspec import Struct

from shared.configuration import Integration
from shared.cursors import Cursor
from shared.model import RunId
from shared.progress import IdentityBudget, RepositoryRecord, Run
from shared.scheduling.runs import is_going_on, is_through

_LONGEST_ESTIMATED: Final = timedelta(days=2)
"""A repository that comes later takes the time of one, not that since a start long past."""
_EARLIEST_ESTIMATED: Final = timedelta(seconds=30)
"""Before that, the first few that are done say little about the others."""


class Progress(Struct, frozen=True):
    """How far the repositories of an integration are: those of the run that goes on, or all."""

    repositories_total: int = 0
    repositories_done: int = 0
    repositories_failed: int = 0
    commits_seen: int = 0
    links: int = 0
    started_at: datetime | None = None
    """When the last reindex began that somebody asked for; before any, the first index."""
    eta_seconds: int | None = None
    """None when nothing is left to be done, and while it is too early to say."""


class RunStatus(Struct, frozen=True):
    """The last reindex that somebody asked for."""

    run: RunId
    state: Literal["running", "done", "cancelled"]
    started_at: datetime
    repositories: int
    failed: int
    """Repositories that it ended with a failure of."""


class Standing(Struct, frozen=True):
    """What progress is told from."""

    integration: Integration
    repositories: Sequence[RepositoryRecord]
    """Those that are live."""
    cursors: dict[str, Cursor]
    run: Run | None
    budget: IdentityBudget | None
    now: datetime

    @property
    def live(self) -> list[Cursor]:
        """The cursors of all live repositories, blank where there is none yet."""
        return [self.cursors.get(r.repository.id, Cursor()) for r in self.repositories]

    @property
    def going_on(self) -> Run | None:
        """The run, while some repository has a share in it."""
        listed = [r.repository for r in self.repositories]
        if self.run is None or not is_going_on(self.run, listed, self.cursors, self.now):
            return None
        return self.run


def progress_of(standing: Standing) -> Progress:
    """Return how far the run is that goes on; without one, how far everything is."""
    live, run = standing.live, standing.going_on
    if run is not None:
        through = [cursor for cursor in live if is_through(cursor, run)]
        total = min(run.repositories, len(live))
        failed = sum(cursor.failure is not None for cursor in through)
        done = len(through) - failed
    else:
        total = len(live)
        failed = sum(cursor.state == "failed" for cursor in live)
        done = sum(cursor.state == "idle" for cursor in live)
    started_at = standing.run.started_at if standing.run else standing.integration.created_at
    return Progress(
        repositories_total=total,
        repositories_done=done,
        repositories_failed=failed,
        commits_seen=sum(cursor.commits_seen for cursor in live),
        links=sum(cursor.links for cursor in live),
        started_at=started_at,
        eta_seconds=_eta(standing, started_at, ended=done + failed, left=total - done - failed),
    )


def run_status(standing: Standing) -> RunStatus | None:
    """Return where the last run stands; None when nobody ever asked for one."""
    run = standing.run
    if run is None:
        return None
    failed = sum(c.run == run.id and c.failure is not None for c in standing.live)
    state: Literal["running", "done", "cancelled"] = "done"
    if run.cancelled_at is not None:
        state = "cancelled"
    elif standing.going_on is not None:
        state = "running"
    return RunStatus(run.id, state, run.started_at, run.repositories, failed)


def _eta(standing: Standing, started_at: datetime, *, ended: int, left: int) -> int | None:
    """Return how many seconds what is left takes, if the git host goes on as it did.

    A pause counts neither as work done slowly, nor is it forgotten that it must end first.
    """
    until, pause = standing.now, timedelta()
    budget = standing.budget
    if budget is not None and budget.paused_since and budget.paused_until:
        until = max(started_at, min(until, budget.paused_since))
        pause = max(budget.paused_until - standing.now, timedelta())
    worked = until - started_at
    if not left or not ended or not _EARLIEST_ESTIMATED <= worked < _LONGEST_ESTIMATED:
        return None
    return round((worked / ended * left + pause).total_seconds())
