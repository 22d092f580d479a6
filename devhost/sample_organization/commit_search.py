"""Find commits by search criteria, a page at a time."""

from __future__ import annotations

from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
import pygit2

from .git_command import run_git
from .versions import Version

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model import Repository
    from .organization import Organization


class Criteria(msgspec.Struct, frozen=True):
    """What is looked for; times are the committer's, not the push's."""

    top: int
    skip: int
    ids: tuple[str, ...] = ()
    """Exactly these; nothing else counts then."""
    version: Version | None = None
    compared: Version | None = None
    """Given, it is where the walk begins, and `version` is what is left out."""
    path: str | None = None
    author: str | None = None
    committer: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    from_id: str | None = None
    """Bounds of the ids' alphabetical order: of no use as a cursor."""
    to_id: str | None = None
    oldest_first: bool = False
    """Ignores both versions."""

    @property
    def filters(self) -> bool:
        """Whether commits have to be looked at before they are counted."""
        wanted = (self.author, self.committer, self.since, self.until, self.from_id, self.to_id)
        return any(each is not None for each in wanted)


def find_commits(
    organization: Organization, repository: Repository, criteria: Criteria
) -> list[pygit2.Commit]:
    """Return one page, newest first; a version that leads to no commit is refused."""
    if criteria.ids:
        return [organization.git.commit(repository, sha) for sha in criteria.ids]
    version = None if criteria.oldest_first else criteria.version
    head = str(organization.git.resolve(repository, version).id)
    without = ""
    if criteria.compared is not None and not criteria.oldest_first:
        without = head
        head = str(organization.git.resolve(repository, criteria.compared).id)
    git = organization.git.open(repository)
    start, stop = criteria.skip, criteria.skip + criteria.top
    if criteria.path is None and not criteria.filters and not criteria.oldest_first:
        ids: Iterator[pygit2.Oid] = iter(
            organization.histories.page(
                git, head, without=without, skip=criteria.skip, top=criteria.top
            )
        )
        return [git[oid].peel(pygit2.Commit) for oid in ids]
    if criteria.path is not None:
        ids = _touching(repository, criteria.path, head=head, without=without)
    else:
        ids = organization.histories.all(git, head, without=without)
    if criteria.oldest_first:
        ids = reversed(list(ids))
    commits = (git[oid].peel(pygit2.Commit) for oid in ids)
    return list(islice((c for c in commits if _meets(c, criteria)), start, stop))


def _touching(
    repository: Repository, path: str, *, head: str, without: str
) -> Iterator[pygit2.Oid]:
    """Return the commits that changed *path*, newest first, as git simplifies history."""
    excluded = [f"^{without}"] if without else []
    inside = path.strip("/") or "."
    printed = run_git("rev-list", head, *excluded, "--", inside, folder=repository.folder)
    return (pygit2.Oid(hex=line) for line in printed.decode().split())


def _meets(commit: pygit2.Commit, criteria: Criteria) -> bool:
    seconds = commit.commit_time
    return (
        (criteria.since is None or seconds >= criteria.since.timestamp())
        and (criteria.until is None or seconds <= criteria.until.timestamp())
        and _is(commit.author, criteria.author)
        and _is(commit.committer, criteria.committer)
        and (criteria.from_id is None or str(commit.id) >= criteria.from_id)
        and (criteria.to_id is None or str(commit.id) <= criteria.to_id)
    )


def _is(who: pygit2.Signature, wanted: str | None) -> bool:
    """Return whether a name or an address holds what is looked for."""
    if wanted is None:
        return True
    folded = wanted.casefold()
    return folded in who.name.casefold() or folded in who.email.casefold()
