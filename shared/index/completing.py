"""Fetches whole messages where a list cut them, each commit once in its life.

Azure DevOps lists only the first line of a message. A commit never changes, so one whose mention
is stored has been read whole before.
"""

from __future__ import annotations

from concurrent.futures import CancelledError, ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from shared.errors import DevlinksError
from shared.telemetry.operations import carried

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from shared.index.targets import TrackerTarget
    from shared.interfaces.git_host import GitHost
    from shared.model import Commit, CommitId, Repository

_AT_ONCE: Final = 8
"""Half of what Azure DevOps bears from one identity, as others found."""
_FETCHED_TOGETHER: Final = 100
_FEW: Final = 20
"""Whether so many are stored is asked for each; for more, all that are stored are read once."""


class Completer:
    """Completes the commits of one repository, for one pass over it."""

    def __init__(
        self,
        host: GitHost,
        repository: Repository,
        stored: Sequence[TrackerTarget],
        *,
        again: Collection[CommitId] = (),
    ) -> None:
        """Complete commits that are not *stored*, and those to be stored *again*."""
        self._host = host
        self._again = frozenset(again)
        self._repository = repository
        self._stored = stored
        self._known: set[CommitId] | None = None
        self._done: set[CommitId] = set()

    def complete(self, commits: Sequence[Commit]) -> Iterator[list[Commit]]:
        """Yield *commits* with whole messages, some at a time, less those stored already.

        When fetching fails, what was yielded before is whole and can be stored.
        """
        cut = {c.id: c for c in commits if not c.is_whole and c.id not in self._done}
        whole = [c for c in commits if c.is_whole]
        if whole:
            yield whole
        seen = self._seen(cut.keys() - self._again)
        missing = [commit for commit in cut.values() if commit.id not in seen]
        for start in range(0, len(missing), _FETCHED_TOGETHER):
            fetched, error = self._fetch(missing[start : start + _FETCHED_TOGETHER])
            self._done.update(commit.id for commit in fetched)
            yield fetched
            if error is not None:
                raise error
        self._done.update(cut)

    def _seen(self, ids: Collection[CommitId]) -> set[CommitId]:
        """Return those of *ids* that every tracker has."""
        if len(ids) <= _FEW and self._known is None:
            seen = set(ids)
            for found in self._stored:
                seen = found.links.seen(self._repository.id, seen, pattern_id=_pattern_id(found))
            return seen
        if self._known is None:
            self._known = commits_of_all(self._stored, self._repository)
        return self._known.intersection(ids)

    def _fetch(self, listed: Sequence[Commit]) -> tuple[list[Commit], DevlinksError | None]:
        """Return what could be fetched, and the first error if not everything could."""
        fetched: list[Commit] = []
        first_error = None
        with ThreadPoolExecutor(min(_AT_ONCE, len(listed)), "commit") as pool:
            fetch = carried(self._fetch_one)
            for found in [pool.submit(fetch, commit) for commit in listed]:
                try:
                    fetched.append(found.result())
                except DevlinksError as error:
                    pool.shutdown(wait=False, cancel_futures=True)
                    first_error = first_error or error
                except CancelledError:
                    break
        return fetched, first_error

    def _fetch_one(self, listed: Commit) -> Commit:
        return self._host.commit(self._repository, listed.id)


def commits_of_all(targets: Sequence[TrackerTarget], repository: Repository) -> set[CommitId]:
    """Return the commits that need not be read again: those that every tracker has.

    One that has a pattern has those in whose message that pattern was looked for.
    """
    stored = [
        found.links.commit_ids(repository.id, pattern_id=_pattern_id(found)) for found in targets
    ]
    return set.intersection(*stored) if stored else set()


def _pattern_id(found: TrackerTarget) -> str:
    return found.target.reading.pattern_id
