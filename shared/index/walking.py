"""Plan which commits a pass over a repository has to read. Nothing here reads or writes."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from shared.cursors import Gap, Walk

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from shared.cursors import Cursor
    from shared.interfaces.answers import Heads
    from shared.model import CommitId, Repository

_MOST_OF_A_BRANCH: Final = 50
"""Former heads that are looked at; of a branch that is rewritten more often, the newest."""


def plan_walk(cursor: Cursor, heads: Heads, repository: Repository, *, is_full: bool) -> Walk:
    """Return a pass that brings *cursor* to *heads*, or that reads everything anew.

    The default branch comes first: what other branches have beyond it is little. A branch that
    did not move, or that points where another one does, is not read at all.
    """
    now: dict[str, CommitId] = {b.name: b.head for b in heads.branches}
    before: Mapping[str, CommitId] = {} if is_full else cursor.verified
    names = sorted(now, key=lambda name: (name != repository.default_branch, name))
    known = set(before.values())
    gaps = []
    for name in names:
        head = now[name]
        if head in known:
            continue
        known.add(head)
        after = before.get(name)
        if after is None and name != names[0]:
            after = now[names[0]]
        gaps.append(Gap(name, head, after))
    return Walk(heads=now, gaps=tuple(gaps), observed_at=heads.observed_at, is_full=is_full)


def without_base(gap: Gap, walk: Walk, repository: Repository) -> Gap:
    """Return the gap read from another base, because the git host has lost the one it had.

    After a force push the old head may be gone: then the branch is compared with the default
    branch, and that one is read from its beginning.
    """
    default = walk.heads.get(repository.default_branch or "")
    if gap.branch == repository.default_branch or gap.after == default:
        return Gap(gap.branch, gap.until, None)
    return Gap(gap.branch, gap.until, default)


def moved_branches(cursor: Cursor, walk: Walk) -> set[str]:
    """Return branches to be stored: those that are not where a complete pass found them."""
    if walk.is_full:
        return set(walk.heads)
    return {name for name, head in walk.heads.items() if cursor.verified.get(name) != head}


def deleted_branches(cursor: Cursor, walk: Walk) -> set[str]:
    """Return branches that were there at the last complete pass, or heard of since, and are not.

    Those that a pass saw which was given up are among them.
    """
    before = cursor.verified.keys() | cursor.heard.keys() | _given_up(cursor).keys()
    return before - walk.heads.keys()


def left_by(
    cursor: Cursor,
    now: Mapping[str, CommitId],
    *,
    kept: Collection[CommitId],
    shown: Iterable[tuple[str, CommitId]] = (),
) -> dict[str, tuple[CommitId, ...]]:
    """Return what is to be looked at once the branches are *now* no longer where the cursor is.

    What events told of a branch, were *shown* for, or what a pass found that was given up, is
    stored: it is looked at as well. *kept* are former heads that are known to be behind the heads
    of now, as are those that events moved on without force.
    """
    is_heard = {n for n, head in cursor.heard.items() if now.get(n) == head}
    verified = {n: head for n, head in cursor.verified.items() if n not in is_heard}
    former = chain(verified.items(), cursor.heard.items(), shown)
    return _with_left(left_by_walk(cursor, now), former, kept={*now.values(), *kept})


def left_by_walk(cursor: Cursor, now: Mapping[str, CommitId]) -> dict[str, tuple[CommitId, ...]]:
    """Return the same, as far as the walk tells that is given up now, if there is one."""
    return _with_left(cursor.left, _given_up(cursor).items(), kept=set(now.values()))


def _with_left(
    left: Mapping[str, tuple[CommitId, ...]],
    former: Iterable[tuple[str, CommitId]],
    *,
    kept: Collection[CommitId],
) -> dict[str, tuple[CommitId, ...]]:
    found = dict(left)
    for name, head in former:
        known = found.get(name, ())
        if head not in kept and head not in known:
            found[name] = (*known, head)[-_MOST_OF_A_BRANCH:]
    return found


def _given_up(cursor: Cursor) -> dict[str, CommitId]:
    """Return where a walk that is not finished, and is begun anew, found what had moved."""
    heads = cursor.walk.heads if cursor.walk is not None else {}
    return {name: head for name, head in heads.items() if cursor.verified.get(name) != head}
