"""Give the commits of a pull request the keys that it names, for trackers that want it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from shared.errors import MalformedAnswerError, MissingError
from shared.index.indexing import mention_of_pull_request
from shared.index.looking_up import together
from shared.index.supplements import Supplement, put_supplements
from shared.origins import of_pull_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import Integration
    from shared.index.targets import TrackerTarget
    from shared.interfaces.git_host import GitHost
    from shared.model import Commit, PullRequest, Repository, RepositoryId
    from shared.services import Services

_Read = tuple["PullRequest", "list[Commit]"]


def inherit(
    services: Services,
    integration: Integration,
    repository: Repository,
    pull_requests: Sequence[PullRequest],
    *,
    host: GitHost,
    targets: Sequence[TrackerTarget],
) -> None:
    """Link the commits of pull requests that were read, and those that merging made, as they are.

    One call for each pull request that names an issue, and one for a merge that is not indexed yet.
    Without a tracker that wants it nothing is read.
    """
    heirs = [t for t in targets if t.tracker.sources.inherit]
    if not heirs or not integration.index.commits or not host.has_lists:
        return
    naming = [p for p in pull_requests if _names_an_issue(p, heirs)]
    read = together(partial(_commits, host, repository.id, p) for p in naming)
    told = {p.number: _told(p, commits, heirs) for p, commits in read}
    unread = {p.number for p in naming} - told.keys()
    for pull_request in pull_requests:
        if pull_request.number not in unread:
            put_supplements(
                services,
                integration,
                repository,
                {of_pull_request(pull_request.number): told.get(pull_request.number, ())},
                host=host,
                observed_at=pull_request.observed_at,
            )


def _names_an_issue(pull_request: PullRequest, targets: Sequence[TrackerTarget]) -> bool:
    return any(mention_of_pull_request(pull_request, t.target).keys for t in targets)


def _commits(host: GitHost, repository: RepositoryId, pull_request: PullRequest) -> _Read | None:
    try:
        return pull_request, host.pull_request_commits(repository, pull_request.number)
    except (MissingError, MalformedAnswerError):
        # It was deleted with its fork, say; what is known of it stays.
        return None


def _told(
    pull_request: PullRequest, commits: Sequence[Commit], targets: Sequence[TrackerTarget]
) -> list[Supplement]:
    """Return what a pull request tells of its commits, with what any tracker's pattern found."""
    mentions = [mention_of_pull_request(pull_request, t.target) for t in targets]
    candidates = tuple(dict.fromkeys(c for mention in mentions for c in mention.candidates))
    told = [Supplement("commit", c.id, candidates, c) for c in commits]
    merged = pull_request.merge_commit
    if merged is not None and all(commit.id != merged for commit in commits):
        told.append(Supplement("commit", merged, candidates))
    return told
