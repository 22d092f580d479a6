"""Put together what single events tell of a branch, in whatever order they come.

Each says where the branch stood and where it was left. Those that follow on from each other make
one chain; where two chains of a branch do not meet, a push between them was never told. Nothing
here reads or writes.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.cursors import Chain, Cursor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.events import PushEvent, RefUpdate

    Chains = tuple[Chain, ...]

HEADS: Final = "refs/heads/"
MOST_COMMITS: Final = 25
"""Others saw events that carry no more, whatever was pushed."""
REMEMBERED_FOR: Final = timedelta(days=30)
"""What is missing for longer is not told of any more, nor that a branch was deleted."""


def with_update(known: Chains, update: RefUpdate, *, at: datetime) -> Chains:
    """Return a branch's chains with one more update; told twice, it counts once."""
    if any(chain.since <= at <= chain.until for chain in known):
        return known
    joined: list[Chain] = []
    for chain in sorted((*known, Chain(update.old, update.new, at, at)), key=lambda c: c.since):
        # One that was created anew goes on from nothing: no commit is missing before it.
        if joined and chain.start in {joined[-1].end, None}:
            joined[-1] = replace(joined[-1], end=chain.end, until=chain.until)
        else:
            joined.append(chain)
    return tuple(joined)


def branches_of(event: PushEvent) -> dict[str, RefUpdate]:
    """Return the branches that a push moved, by name."""
    return {
        update.name.removeprefix(HEADS): update
        for update in event.updates
        if update.name.startswith(HEADS)
    }


def is_cut(event: PushEvent) -> bool:
    """Tell whether a push may have had more than its event tells: commits, or of their messages.

    A push without commits moved a branch to what was there before, or deleted it.
    """
    heads = {update.new for update in event.updates}
    ids = {commit.id for commit in event.commits}
    return (
        len(ids) >= MOST_COMMITS
        or not all(commit.is_whole for commit in event.commits)
        or (bool(ids) and not ids & heads)
    )


def missing(cursor: Cursor) -> int:
    """Return how many pushes of a repository were not told, or not as a whole."""
    return len(cursor.cut) + sum(len(chains) - 1 for chains in cursor.told.values())


def remembered(told: Mapping[str, Chains], now: datetime) -> dict[str, Chains]:
    """Return branches with what is not too old to matter; the last chain of one that is there."""
    oldest = now - REMEMBERED_FOR
    return {
        name: tuple(c for c in chains[:-1] if c.until >= oldest) + chains[-1:]
        for name, chains in told.items()
        if chains[-1].end is not None or chains[-1].until >= oldest
    }
