"""What a git server alone has not, and nobody asks it for: see `GitHostFamily.offers`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from shared.errors import MalformedAnswerError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.configuration import Subscription
    from shared.events import Event, Facts
    from shared.interfaces.answers import BranchStats, LostEvent, PullRequestPage
    from shared.interfaces.git_host_family import HookForm
    from shared.model import Commit, CommitId, ProjectId, PullRequest, Repository, RepositoryId


class WithoutEvents:
    """The part of a GitHostFamily that is about service hooks: nothing can be read as one's."""

    def hook_form(
        self,
        event_type: str,
        project: ProjectId,
        *,
        organization: str,
        address: str,
        url: str,
        user_name: str,
        password: str,
    ) -> HookForm:
        """See GitHostFamily.hook_form; RefusedError always."""
        del event_type, project, organization, address, url, user_name, password
        raise _refused("service hooks")

    def read_event(self, body: bytes) -> Event:
        """See GitHostFamily.read_event; MalformedAnswerError always."""
        raise _unreadable(body)

    def shortened_event(self, body: bytes) -> bytes:
        """See GitHostFamily.shortened_event; MalformedAnswerError always."""
        raise _unreadable(body)

    def trimmed_event(self, body: bytes, *, most: int) -> bytes:
        """See GitHostFamily.trimmed_event; MalformedAnswerError always."""
        del most
        raise _unreadable(body)

    def facts(self, body: bytes, *, address: str, organizations: Sequence[str]) -> Facts:
        """See GitHostFamily.facts; MalformedAnswerError always."""
        del address, organizations
        raise _unreadable(body)


class WithoutRest:
    """The part of a GitHost that is more than git; RefusedError always."""

    def branch_stats(
        self, repository: Repository, names: Collection[str]
    ) -> Mapping[str, BranchStats]:
        """See GitHost.branch_stats."""
        del repository, names
        raise _refused("comparisons of branches")

    def commits(
        self,
        repository: Repository,
        *,
        until: CommitId,
        after: CommitId | None,
        skip: int,
        limit: int,
    ) -> list[Commit]:
        """See GitHost.commits."""
        del repository, until, after, skip, limit
        raise _refused("lists of commits")

    def commit(self, repository: Repository, commit_id: CommitId) -> Commit:
        """See GitHost.commit."""
        del repository, commit_id
        raise _refused("lists of commits")

    def open_pull_requests(self, project: ProjectId) -> Iterator[PullRequestPage]:
        """See GitHost.open_pull_requests."""
        del project
        raise _refused("pull requests")

    def closed_pull_requests(
        self, project: ProjectId, *, since: datetime, gone: Collection[int] | None = None
    ) -> Iterator[PullRequestPage]:
        """See GitHost.closed_pull_requests."""
        del project, since, gone
        raise _refused("pull requests")

    def pull_request(self, repository: RepositoryId, number: int) -> PullRequest:
        """See GitHost.pull_request."""
        del repository, number
        raise _refused("pull requests")

    def pull_request_commits(self, repository: RepositoryId, number: int) -> list[Commit]:
        """See GitHost.pull_request_commits."""
        del repository, number
        raise _refused("pull requests")

    def subscriptions(self, project: ProjectId, *, url: str) -> list[Subscription]:
        """See GitHost.subscriptions."""
        del project, url
        raise _refused("service hooks")

    def subscribe(
        self, event_type: str, project: ProjectId, *, url: str, user_name: str, password: str
    ) -> Subscription:
        """See GitHost.subscribe."""
        del event_type, project, url, user_name, password
        raise _refused("service hooks")

    def replace_subscription(
        self, known: Subscription, *, url: str, user_name: str, password: str
    ) -> Subscription:
        """See GitHost.replace_subscription."""
        del known, url, user_name, password
        raise _refused("service hooks")

    def unsubscribe(self, subscription_id: str) -> NoReturn:
        """See GitHost.unsubscribe."""
        del subscription_id
        raise _refused("service hooks")

    def lost_events(
        self, subscriptions: Collection[str], *, since: datetime, until: datetime, limit: int
    ) -> list[LostEvent]:
        """See GitHost.lost_events."""
        del subscriptions, since, until, limit
        raise _refused("service hooks")


def _refused(what: str) -> RefusedError:
    return RefusedError(f"A git server alone has no {what}.")


def _unreadable(body: bytes) -> MalformedAnswerError:
    return MalformedAnswerError(f"A git server sends no events, but {len(body)} bytes came.")
