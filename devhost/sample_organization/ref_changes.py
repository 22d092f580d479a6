"""Every change of refs goes through here: made, journalled, and told.

A push may come over REST, over git, or from a test: what follows from it is the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pygit2

from .history import NEWEST_FIRST
from .hooks.push_events import push_event
from .hooks.raising import raise_event
from .many_repositories import with_own_folder
from .model import HEADS, ZERO, Push, RefUpdate
from .pull_request_merges import follow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Person, Repository
    from .organization import Organization


def move_ref(
    organization: Organization, repository: Repository, name: str, *, to: str, by: Person
) -> Push | None:
    """Point a ref at *to*, or delete it for `ZERO`; None where nothing changes."""
    with organization.lock:
        update = RefUpdate(name, organization.git.head(repository, name) or ZERO, to)
        return move_refs(organization, repository, [update], by=by)


def move_refs(
    organization: Organization,
    repository: Repository,
    updates: Sequence[RefUpdate],
    *,
    by: Person,
) -> Push | None:
    """Make *updates*, which are known to be good, in one push; None where nothing changes."""
    real = [update for update in updates if update.old != update.new]
    with organization.lock:
        repository = with_own_folder(organization, repository)
        references = organization.git.open(repository).references
        for update in real:
            if update.new == ZERO:
                references.delete(update.name)
            else:
                references.create(update.name, update.new, force=True)
        return record_push(organization, repository, real, by=by)


def record_push(
    organization: Organization,
    repository: Repository,
    updates: Sequence[RefUpdate],
    *,
    by: Person,
    whole_history: bool = False,
) -> Push | None:
    """Journal *updates*, which have been made, and tell of them; None for no update.

    The commits of a *whole_history* that was imported are not listed: they may be 50,000.
    """
    if not updates:
        return None
    with organization.lock:
        git = organization.git.open(repository)
        push = Push(
            id=organization.journal.next_number(),
            repository_id=repository.id,
            person=by,
            at=organization.clock.now(),
            updates=tuple(updates),
            commits=() if whole_history else _new_commits(organization, repository, updates),
            forced=any(_is_forced(git, update) for update in updates),
        )
        organization.journal.add(push)
        _remember_creators(organization, push)
        repository = _with_default_branch(organization, repository, updates)
        raise_event(organization, push_event(organization, repository, push))
        follow(organization, repository, push)
        return push


def changed_refs(before: dict[str, str], after: dict[str, str]) -> list[RefUpdate]:
    """Return what turns the refs *before* into those *after*; pull requests' own are no news."""
    names = sorted(before.keys() | after.keys())
    updates = (RefUpdate(n, before.get(n, ZERO), after.get(n, ZERO)) for n in names)
    return [u for u in updates if u.old != u.new and not u.name.startswith("refs/pull/")]


def _new_commits(
    organization: Organization, repository: Repository, updates: Sequence[RefUpdate]
) -> tuple[str, ...]:
    """Return the commits that no branch reached before the push, newest first."""
    git = organization.git.open(repository)
    walker: pygit2.Walker | None = None
    for update in updates:
        if update.new == ZERO or not update.name.startswith(HEADS):
            continue
        if walker is None:
            walker = git.walk(pygit2.Oid(hex=update.new), NEWEST_FIRST)
        else:
            walker.push(pygit2.Oid(hex=update.new))
    if walker is None:
        return ()
    moved = {update.name for update in updates}
    stayed = {sha for n, sha in organization.git.branches(repository).items() if n not in moved}
    for sha in stayed | {update.old for update in updates if update.name.startswith(HEADS)}:
        if sha != ZERO and sha in git:
            walker.hide(pygit2.Oid(hex=sha))
    return tuple(str(commit.id) for commit in walker)


def _is_forced(git: pygit2.Repository, update: RefUpdate) -> bool:
    if ZERO in {update.old, update.new} or not update.name.startswith(HEADS):
        return False
    return update.old not in git or not git.descendant_of(update.new, update.old)


def _remember_creators(organization: Organization, push: Push) -> None:
    for update in push.updates:
        key = (push.repository_id, update.name)
        if update.new == ZERO:
            organization.ref_creators.pop(key, None)
            organization.locks.pop(key, None)
        elif update.old == ZERO:
            organization.ref_creators[key] = push.person


def _with_default_branch(
    organization: Organization, repository: Repository, updates: Sequence[RefUpdate]
) -> Repository:
    """Make the first branch that is pushed into an empty repository its default branch."""
    created = [u.name for u in updates if u.old == ZERO and u.name.startswith(HEADS)]
    if repository.default_branch is not None or not created:
        return repository
    default = next((n for n in created if n in {HEADS + "main", HEADS + "master"}), created[0])
    organization.git.open(repository).set_head(default)
    repository = msgspec.structs.replace(repository, default_branch=default)
    organization.repositories[repository.id] = repository
    return repository
