"""Writes what a repository's items mention, for every tracker that it is indexed for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.index.indexing import mention_of_branch, mention_of_commit, mention_of_pull_request
from shared.telemetry.operations import count_links

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from shared.index.indexing import Target
    from shared.index.targets import TrackerTarget
    from shared.interfaces import Clock
    from shared.interfaces.storage import Changes
    from shared.issue_keys import IssueKey
    from shared.model import Branch, Commit, Mention, PullRequest


class IndexWriter:
    """Takes commits, branches and pull requests of one repository, and says which issues changed.

    Commits are stored by `flush` at the latest, everything else at once.
    """

    def __init__(self, targets: Sequence[TrackerTarget], changes: Changes) -> None:
        self._targets = targets
        self._changes = changes
        self._writers = [t.links.writer() for t in targets]
        self._changed: list[set[IssueKey]] = [set() for _ in targets]
        self.projects: set[str] = set()
        """Those of all issues that changed so far."""

    def put_commits(self, commits: Sequence[Commit]) -> int:
        """Take commits; return how many links they make."""
        links = 0
        for found, writer, changed in zip(self._targets, self._writers, self._changed, strict=True):
            target = found.target
            mentions = [mention_of_commit(commit, target) for commit in commits]
            writer.put(mentions)
            for mention in mentions:
                changed.update(mention.keys)
                links += len(mention.keys)
        count_links(links)
        return links

    def put_branches(self, branches: Iterable[Branch], *, observed_at: datetime) -> None:
        """Store branches as they were at *observed_at*."""
        listed = list(branches)
        self._replace(
            lambda target: [mention_of_branch(b, target, observed_at=observed_at) for b in listed]
        )

    def put_pull_requests(self, pull_requests: Sequence[PullRequest]) -> None:
        """Store pull requests as they were when each was observed."""
        self._replace(lambda target: [mention_of_pull_request(p, target) for p in pull_requests])

    def forget_branches(self, names: Iterable[str], *, observed_at: datetime) -> None:
        """Forget branches that were not there at *observed_at*."""
        listed = list(names)
        for found, changed in zip(self._targets, self._changed, strict=True):
            repository = found.target.repository
            changed.update(
                found.links.delete(repository, "branch", listed, observed_at=observed_at)
            )

    def flush(self, clock: Clock) -> None:
        """Return when everything taken is stored and its issues are in the changes feed."""
        for found, writer, changed in zip(self._targets, self._writers, self._changed, strict=True):
            writer.flush()
            # Noted when it can be read, so that nobody reads before and never again.
            self._changes.note(found.tracker, changed, at=clock())
            if found.wishes is not None:
                found.wishes.note_keys(changed)
            self.projects.update(key.project for key in changed)
            changed.clear()

    def _replace(self, mentions_for: Callable[[Target], list[Mention]]) -> None:
        for found, changed in zip(self._targets, self._changed, strict=True):
            mentions = mentions_for(found.target)
            changed.update(found.links.replace(mentions))
            count_links(sum(len(mention.keys) for mention in mentions))
