"""Find out what has left a repository's branches, after a force push or with a deleted branch.

A branch that moved on holds what it held before; one that was moved elsewhere does not, and lists
of the git host do not tell the two apart. So the heads that branches were moved away from are
noted, and looked at together a little later, at the cost of what left, not of the repository: the
git protocol is asked for what lies behind them and behind no head of now.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.errors import (
    AdminError,
    GitHostError,
    MissingError,
    RefusedError,
    ThrottledError,
)
from shared.index.orphans import Orphans
from shared.index.reindexing import cursor_of
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from shared.configuration import Integration
    from shared.cursors import Cursor
    from shared.index.reindexing import RepositoryPass
    from shared.index.targets import TrackerTarget
    from shared.interfaces.git_host import GitHost
    from shared.model import CommitId, Repository
    from shared.services import Services

LOOKED_AT_AFTER: Final = timedelta(minutes=10)
"""A branch that is being rebased moves more than once, and a pull request is completed soon."""
UNSURE_LOOKED_AT_AFTER: Final = timedelta(hours=24)
"""Most branches only move on: whether some did not is asked once for all moves of a day."""
_LISTED_AT_ONCE: Final = 1000
_log = log_of(__name__)


def see_to_what_left(
    services: Services,
    integration: Integration,
    done: RepositoryPass,
    *,
    before: Cursor,
    is_forced: bool,
) -> Cursor:
    """Flag what left a repository's branches once its time has come, and forget what left long ago.

    Comes after a pass that began with the cursor *before*; *is_forced* says that a push by force
    was told of. Works under the repository's lease, and returns the cursor as it is then.
    """
    now = services.clock()
    record = cursor_of(services, integration, done.repository)
    cursor = changed = record.value
    if cursor.left and (cursor.left != before.left or cursor.left_at is None):
        is_known = is_forced or any(name not in cursor.verified for name in cursor.left)
        at = now + (LOOKED_AT_AFTER if is_known else UNSURE_LOOKED_AT_AFTER)
        changed = replace(changed, left_at=min(at, cursor.left_at or at))
    if not integration.index.commits:
        changed = replace(changed, left={}, left_at=None)
    elif changed.left and changed.left_at is not None and changed.left_at <= now:
        changed = _settled(services, integration, done, changed)
    if done.unreached and not _merged_branches(done.repository, done.targets):
        changed = _flagged(services, integration, done, changed, done.unreached)
    if changed.has_orphans:
        orphans = Orphans(services, integration.id, done.repository.id, done.targets)
        changed = replace(changed, has_orphans=orphans.expire())
    if changed.left_at is not None and changed.next_at is not None:
        changed = replace(changed, next_at=min(changed.next_at, changed.left_at))
    if changed != cursor:
        services.cursors.replace(record, changed)
    return changed


def _settled(
    services: Services, integration: Integration, done: RepositoryPass, cursor: Cursor
) -> Cursor:
    """Return the cursor with nothing to be looked at; or later, when it cannot be seen now."""
    try:
        gone = _gone(cursor, done.repository, done.host, done.targets)
    except ThrottledError:
        raise
    except (GitHostError, AdminError) as error:
        # Everything else is indexed: that a flag is missing is no failure of the repository.
        _log.warning(
            "what_left_unknown integration=%s repository=%s code=%s",
            integration.id, done.repository.id, error.code,
        )  # fmt: skip
        return replace(cursor, left_at=services.clock() + UNSURE_LOOKED_AT_AFTER)
    return replace(_flagged(services, integration, done, cursor, gone), left={}, left_at=None)


def _flagged(
    services: Services,
    integration: Integration,
    done: RepositoryPass,
    cursor: Cursor,
    gone: set[CommitId],
) -> Cursor:
    if not gone:
        return cursor
    Orphans(services, integration.id, done.repository.id, done.targets).flag(gone)
    _log.info(
        "commits_left integration=%s repository=%s commits=%d",
        integration.id, done.repository.id, len(gone),
    )  # fmt: skip
    return replace(cursor, has_orphans=True)


def _gone(
    cursor: Cursor, repository: Repository, host: GitHost, targets: Sequence[TrackerTarget]
) -> set[CommitId]:
    """Return the commits behind former heads that no branch and no pull request accounts for."""
    try:
        by_branch = _behind_former_heads(cursor, repository, host)
    except (MissingError, RefusedError):
        # The git host has forgotten them, or shows nothing that no ref leads to.
        if not host.has_lists:
            return _stored_and_unreachable(cursor, repository, host, targets)
        by_branch = _listed_behind_former_heads(cursor, repository, host)
    if not any(by_branch.values()):
        return set()
    merged = _merged_branches(repository, targets)
    gone = {i for name, ids in by_branch.items() if name not in merged for i in ids}
    return gone - _on_other_branches(cursor, repository, host) if gone else gone


def _behind_former_heads(
    cursor: Cursor, repository: Repository, host: GitHost
) -> dict[str, set[CommitId]]:
    """Return by branch what lies behind its former heads and, as far as told, no head of now."""
    heads = cursor.verified
    moved = [heads[name] for name in cursor.left if name in heads]
    known = list(dict.fromkeys([*_default(cursor, repository), *moved, *heads.values()]))
    former = {head for left in cursor.left.values() for head in left}
    parents: dict[CommitId, tuple[CommitId, ...]] = {}
    for commits in host.history(repository, wanted=former, known=known):
        parents.update((commit.id, commit.parents or ()) for commit in commits)
    return {name: _reachable(left, parents) for name, left in cursor.left.items()}


def _listed_behind_former_heads(
    cursor: Cursor, repository: Repository, host: GitHost
) -> dict[str, set[CommitId]]:
    """Return the same from lists, less what these forgot: a former head may be gone for good."""
    default = _default(cursor, repository)
    found: dict[str, set[CommitId]] = {}
    for name, left in cursor.left.items():
        bases = {*default, *([cursor.verified[name]] if name in cursor.verified else [])}
        for head in left:
            with suppress(MissingError):
                behind = [_listed(host, repository, until=head, after=base) for base in bases]
                found.setdefault(name, set()).update(set.intersection(*behind) if behind else ())
    return found


def _listed(
    host: GitHost, repository: Repository, *, until: CommitId, after: CommitId
) -> set[CommitId]:
    found: set[CommitId] = set()
    while True:
        page = host.commits(
            repository, until=until, after=after, skip=len(found), limit=_LISTED_AT_ONCE
        )
        found.update(commit.id for commit in page)
        if len(page) < _LISTED_AT_ONCE:
            return found


def _on_other_branches(cursor: Cursor, repository: Repository, host: GitHost) -> set[CommitId]:
    """Return what lies behind any head of now, and not behind the default branch's.

    Asked what it has that we do not, a git host need not look at all that we said to have.
    """
    default = _default(cursor, repository)
    others = set(cursor.verified.values()) - set(default)
    found: set[CommitId] = set()
    if others:
        for commits in host.history(repository, wanted=others, known=default):
            found.update(commit.id for commit in commits)
    return found


def _merged_branches(repository: Repository, targets: Sequence[TrackerTarget]) -> set[str | None]:
    """Return the source branches of completed pull requests.

    A squash leaves their commits behind on purpose, and they are what was reviewed.
    """
    return {
        stored.mention.item.source_branch
        for found in targets
        for stored in found.links.mentions(repository.id, kind="pull_request")
        if stored.mention.item.status == "merged"
    }


def _stored_and_unreachable(
    cursor: Cursor, repository: Repository, host: GitHost, targets: Sequence[TrackerTarget]
) -> set[CommitId]:
    """Return the commits that are stored and that no head of now leads to: by reading all ids."""
    stored = {i for found in targets for i in found.links.commit_ids(repository.id)}
    for commits in host.history(repository, wanted=set(cursor.verified.values()), known=()):
        stored.difference_update(commit.id for commit in commits)
    return stored


def _default(cursor: Cursor, repository: Repository) -> list[CommitId]:
    head = cursor.verified.get(repository.default_branch or "")
    return [] if head is None else [head]


def _reachable(
    heads: Iterable[CommitId], parents: Mapping[CommitId, tuple[CommitId, ...]]
) -> set[CommitId]:
    """Return the commits of *parents* that can be reached from *heads*."""
    found: set[CommitId] = set()
    waiting = list(heads)
    while waiting:
        commit_id = waiting.pop()
        if commit_id in parents and commit_id not in found:
            found.add(commit_id)
            waiting += parents[commit_id]
    return found
