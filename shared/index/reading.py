"""Reads the commits that a walk asks for: as a whole history by the git protocol, or from lists.

The git protocol tells everything in a few calls, so that it serves wherever much is to be read.
Lists tell what a branch has gained at a call for each, and suffice for that.
"""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.cursors import Walk
from shared.errors import (
    AdminError,
    ForbiddenError,
    GitHostError,
    MalformedAnswerError,
    MissingError,
    RefusedError,
    SignedOutError,
    UnavailableError,
)
from shared.index.completing import Completer, commits_of_all
from shared.index.walking import without_base
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from shared.cursors import Cursor, Gap
    from shared.index.targets import TrackerTarget
    from shared.interfaces.git_host import GitHost
    from shared.model import Commit, CommitId, Repository

COMMITS_A_PAGE: Final = 1000
_MOST_FAILURES: Final = 3
"""The git protocol is given up for a walk when it failed so often, in as many jobs."""
_log = log_of(__name__)


class HeadGoneError(Exception):
    """The git host has no longer what a branch pointed at when the walk began."""


class CommitReader:
    """Reads the commits of one repository, walk after walk."""

    def __init__(
        self,
        host: GitHost,
        repository: Repository,
        stored: Sequence[TrackerTarget],
        *,
        again: Collection[CommitId],
    ) -> None:
        """Read what is not *stored*, and what is to be stored *again*."""
        self._host = host
        self._repository = repository
        self._stored = stored
        self._again = again
        self._completer = Completer(host, repository, stored, again=again)
        self.unreached: set[CommitId] = set()
        """Commits that were stored before a full walk, which met all that branches lead to."""
        self.walk = Walk({})
        """What is left of the walk that is being read, once everything yielded is stored."""

    def commits(
        self, walk: Walk, cursor: Cursor, *, is_late: Callable[[], bool]
    ) -> Iterator[Sequence[Commit]]:
        """Yield whole commits that are to be stored, some at a time, until it is late.

        Nothing is left when the walk has no gaps then. HeadGoneError when a head is not there any
        more; what else the git host refuses is raised.
        """
        self.walk = walk
        if self._is_read_at_once(walk):
            yield from self._by_history(walk, cursor, is_late)
        while self.walk.gaps and not is_late():
            yield from self._next_page(self.walk, cursor)

    def _is_read_at_once(self, walk: Walk) -> bool:
        if not walk.gaps or walk.by_lists:
            return False
        return walk.is_full or not self._host.has_lists

    def _by_history(
        self, walk: Walk, cursor: Cursor, is_late: Callable[[], bool]
    ) -> Iterator[Sequence[Commit]]:
        """Yield all of it. Stopped in between, it is told again, and what is stored is left out."""
        stored = self._stored_before(walk, cursor)
        unreached = set(stored)
        wanted = list(dict.fromkeys(gap.until for gap in walk.gaps))
        known = [] if walk.is_full else list(dict.fromkeys(cursor.verified.values()))
        try:
            history = self._host.history(self._repository, wanted=wanted, known=known)
            with closing(history):
                for commits in history:
                    unreached.difference_update(commit.id for commit in commits)
                    walk = replace(_with_kept(commits, walk, cursor), is_begun=True)
                    self.walk = walk
                    yield [commit for commit in commits if commit.id not in stored]
                    if is_late():
                        return
        except (GitHostError, AdminError) as error:
            self.walk = self._without_history(walk, error)
        else:
            self.unreached = unreached if walk.is_full else set()
            self.walk = replace(walk, gaps=(), skip=0)

    def _without_history(self, walk: Walk, error: GitHostError | AdminError) -> Walk:
        """Return the walk to be read by lists when the git protocol will not do; raise otherwise.

        The heads were just listed: what is signed out or forbidden is this way, not the other.
        """
        failures = walk.failures + isinstance(error, UnavailableError | MalformedAnswerError)
        by_lists = self._host.has_lists and (
            isinstance(error, RefusedError | ForbiddenError | SignedOutError)
            or failures >= _MOST_FAILURES
        )
        self.walk = replace(walk, failures=failures, by_lists=by_lists)
        if isinstance(error, MissingError):
            raise HeadGoneError from error
        if not by_lists:
            raise error
        _log.warning("history_by_lists repository=%s code=%s", self._repository.id, error.code)
        return self.walk

    def _stored_before(self, walk: Walk, cursor: Cursor) -> set[CommitId]:
        """Return the commits that every tracker has already, and that need not be stored again."""
        is_new = not cursor.commits_seen or not (walk.is_full or walk.is_begun)
        if is_new:
            return set()
        return commits_of_all(self._stored, self._repository).difference(self._again)

    def _next_page(self, walk: Walk, cursor: Cursor) -> Iterator[Sequence[Commit]]:
        """Yield commits of the first gap, and go on behind them."""
        gap = walk.gaps[0]
        try:
            listed = self._listed(gap, walk.skip)
        except MissingError as error:
            if gap.after is None:
                raise HeadGoneError from error
            rebased = without_base(gap, walk, self._repository)
            self.walk = replace(walk, gaps=(rebased, *walk.gaps[1:]), skip=0)
            return
        for whole in self._completer.complete(listed):
            walk = _with_kept(whole, walk, cursor)
            yield whole
        is_last = len(listed) < COMMITS_A_PAGE
        gaps = walk.gaps[1:] if is_last else walk.gaps
        self.walk = replace(walk, gaps=gaps, skip=0 if is_last else walk.skip + len(listed))

    def _listed(self, gap: Gap, skip: int) -> list[Commit]:
        return self._host.commits(
            self._repository, until=gap.until, after=gap.after, skip=skip, limit=COMMITS_A_PAGE
        )


def _with_kept(commits: Sequence[Commit], walk: Walk, cursor: Cursor) -> Walk:
    """Return the walk with the former heads that these commits show to be behind those of now."""
    former = {*cursor.verified.values(), *cursor.heard.values()}
    kept = {p for c in commits for p in c.parents or () if p in former}
    return replace(walk, kept=tuple(kept.union(walk.kept))) if kept else walk
