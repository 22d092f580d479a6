"""Fetches whole messages where a list cut them, each commit once in its life.

Azure DevOps lists only the first line of a message. A commit never changes, so one whose mention
is stored has been read whole before.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.interfaces import GitHost, Links
    from shared.model import Commit, CommitId, Repository

_AT_ONCE: Final = 8
"""Half of what Azure DevOps bears from one identity, as others found."""


class Completer:
    """Completes the commits of one repository."""

    def __init__(self, host: GitHost, repository: Repository, stored: Sequence[Links]) -> None:
        self._host = host
        self._repository = repository
        self._stored = stored
        self._done: set[CommitId] = set()

    def complete(self, commits: Sequence[Commit]) -> list[Commit]:
        """Return *commits* with whole messages, in order, less those that are stored already."""
        cut = [c for c in commits if not c.is_whole and c.id not in self._done]
        if not cut:
            return [c for c in commits if c.is_whole]
        seen = self._seen({c.id for c in cut})
        missing = [c.id for c in cut if c.id not in seen]
        fetched = {commit.id: commit for commit in self._fetch(missing)}
        self._done.update(c.id for c in cut)
        whole = (c if c.is_whole else fetched.get(c.id) for c in commits)
        return [commit for commit in whole if commit is not None]

    def _seen(self, ids: set[CommitId]) -> set[CommitId]:
        """Return those of *ids* that every tracker has."""
        seen = ids
        for links in self._stored:
            seen = links.seen(self._repository.id, seen)
        return seen

    def _fetch(self, ids: Sequence[CommitId]) -> list[Commit]:
        if len(ids) <= 1:
            return [self._host.commit(self._repository, commit_id) for commit_id in ids]
        with ThreadPoolExecutor(min(_AT_ONCE, len(ids)), "commit") as pool:
            return list(pool.map(lambda i: self._host.commit(self._repository, i), ids))
