"""The journal of pushes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Push


class Journal:
    """Every push of the organization; numbers grow, whatever the repository."""

    def __init__(self) -> None:
        self._pushes: dict[str, list[Push]] = {}
        self._push_of: dict[str, dict[str, Push]] = {}
        self._last = 0

    def next_number(self) -> int:
        """Return the number of the push that is being made."""
        self._last += 1
        return self._last

    def add(self, push: Push) -> None:
        """Keep *push* as its repository's newest."""
        self._pushes.setdefault(push.repository_id, []).append(push)
        known = self._push_of.setdefault(push.repository_id, {})
        for sha in push.commits:
            known.setdefault(sha, push)

    def of(self, repository_id: str) -> Sequence[Push]:
        """Return the pushes of a repository, oldest first."""
        return self._pushes.get(repository_id, ())

    def push_of(self, repository_id: str, sha: str) -> Push | None:
        """Return the push that brought a commit, None in a repository without pushes.

        An imported history is one push, whose commits are not listed: what no other push
        brought came with the first.
        """
        found = self._push_of.get(repository_id, {}).get(sha)
        if found is None:
            pushes = self.of(repository_id)
            return pushes[0] if pushes else None
        return found
