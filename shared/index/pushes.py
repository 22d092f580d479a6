"""Index a push from its event alone, where that tells everything.

It does when it goes on from where we stand and carries all its commits. Bodies tell no parents,
so this moves only what was *heard*; the next reindex compares from what was *verified*.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.events import PushEvent
from shared.hooks.silence import heard
from shared.index.reindexing import with_projects
from shared.index.targets import pattern_scope, targets_of
from shared.index.writing import IndexWriter

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.cursors import Cursor
    from shared.events import RefUpdate
    from shared.interfaces.storage import Record
    from shared.model import Commit, CommitId, Repository
    from shared.scheduling.leases import HeldLease
    from shared.services import Services

HEADS: Final = "refs/heads/"
_TAGS: Final = "refs/tags/"
_CLOCKS_APART: Final = timedelta(seconds=2)
"""Two of our machines may tell times that differ so much, and the git host may lag."""
_MOST_COMMITS: Final = 25
"""Others saw events that carry no more, whatever was pushed."""


class Told(Struct, frozen=True):
    """A push that we were told of, and when."""

    event: PushEvent
    at: datetime


def index_push(
    services: Services,
    integration: Integration,
    repository: Repository,
    event: PushEvent,
    *,
    record: Record[Cursor],
    lease: HeldLease,
) -> bool:
    """Index the push if its event tells everything *record* lacks; tell whether it did."""
    cursor = record.value
    update = complete_update(event, cursor)
    if update is None or update.new is None:
        return False
    targets = targets_of(services, integration, repository)
    if pattern_scope(t.tracker for t in targets) - set(cursor.scope):
        # All has to be read for a new pattern, and what is stored to be judged by it first.
        return False
    writer = IndexWriter(targets, services.storage.changes)
    if integration.index.commits:
        writer.put_commits(event.commits)
    now = services.clock()
    writer.flush(services.clock)
    lease.check()
    branch = update.name.removeprefix(HEADS)
    services.cursors.replace(
        record,
        replace(
            heard(cursor, now),
            heard={**cursor.heard, branch: update.new},
            projects=with_projects(cursor, writer.projects),
            last_changed_at=now,
        ),
    )
    return True


def show_push(
    services: Services, integration: Integration, repository: Repository, told: Told | None
) -> None:
    """Store the commits that an event carries, if there is one, whoever is at the repository.

    A first index may take long, and its issue's readers should not wait for it. The cursor stays:
    whoever holds the lease goes over the same commits again, which changes nothing.
    """
    commits = _shown(told)
    if commits and integration.index.commits:
        targets = targets_of(services, integration, repository)
        writer = IndexWriter(targets, services.storage.changes)
        writer.put_commits(commits)
        writer.flush(services.clock)


def heads_shown(told: Told | None) -> tuple[tuple[str, CommitId], ...]:
    """Return the branches that an event moved, and where to, if `show_push` shows any of it."""
    if told is None or not _shown(told):
        return ()
    return tuple(
        (update.name.removeprefix(HEADS), update.new)
        for update in told.event.updates
        if update.new is not None and update.name.startswith(HEADS)
    )


def complete_update(event: PushEvent, cursor: Cursor) -> RefUpdate | None:
    """Return the event's update when nothing is missing between the cursor and it, else None."""
    if len(event.updates) != 1 or event.is_forced or cursor.walk is not None:
        return None
    update = event.updates[0]
    branch = update.name.removeprefix(HEADS)
    known = cursor.heard.get(branch) or cursor.verified.get(branch)
    if not update.name.startswith(HEADS) or known is None or update.old != known:
        return None
    if not 0 < len(event.commits) < _MOST_COMMITS:
        return None
    if not all(commit.is_whole for commit in event.commits):
        return None
    return update if event.commits[0].id == update.new else None


def touches_branches(event: PushEvent) -> bool:
    """Tell whether a push moved any branch, rather than tags or notes only."""
    return any(update.name.startswith(HEADS) for update in event.updates)


def touches_tags(event: PushEvent) -> bool:
    """Tell whether a push made, moved or deleted a tag."""
    return any(update.name.startswith(_TAGS) for update in event.updates)


def is_known(event: PushEvent, cursor: Cursor) -> bool:
    """Tell whether each branch stands already where the push left it."""
    for update in event.updates:
        branch = update.name.removeprefix(HEADS)
        known = cursor.heard.get(branch) or cursor.verified.get(branch)
        if update.name.startswith(HEADS) and update.new != known:
            return False
    return cursor.walk is None


def was_looked_at(cursor: Cursor, *, since: datetime) -> bool:
    """Tell whether all branches were asked for, and are indexed, after an event had come."""
    if cursor.looked_at is None or cursor.walk is not None:
        return False
    return cursor.looked_at > since + _CLOCKS_APART


def _shown(told: Told | None) -> list[Commit]:
    return [c for c in told.event.commits if c.is_whole] if told is not None else []
