"""What one organization of a git host has to do, through one connection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.configuration import Subscription
    from shared.interfaces.answers import (
        About,
        BranchStats,
        Budget,
        ChangedWorkItems,
        Heads,
        Listing,
        LostEvent,
        PullRequestPage,
    )
    from shared.model import (
        Commit,
        CommitId,
        ProjectId,
        PullRequest,
        Repository,
        RepositoryId,
        Tag,
        WorkItem,
    )
T = TypeVar("T")


class Boards(Protocol):
    """The work items of one organization; errors are those of GitHost."""

    def attached(self) -> ChangedWorkItems:
        """Return every work item that is attached to anything outside of the boards."""

    def changed(self, *, since: datetime) -> ChangedWorkItems:
        """Return the work items that changed at or after *since*; not those that were deleted."""

    def read(self, numbers: Collection[int]) -> Iterator[tuple[Collection[int], list[WorkItem]]]:
        """Yield which were asked for and which of these there are, some hundred at a time.

        One that is missing was deleted, or is hidden from us.
        """


class GitHost(Protocol):
    """One organization of a git host, through one connection.

    Every method raises SignedOutError, ForbiddenError, MissingError, ThrottledError,
    UnavailableError or MalformedAnswerError; a failure is never an empty answer.
    """

    def about(self) -> About:
        """Return what answers; SignedOutError when it does not know who asks."""

    def budget(self) -> Budget | None:
        """Return the budget as it was last told, without asking; None when it never was."""

    def listing(self) -> Listing:
        """Return every project and repository that the connection may see."""

    @property
    def has_lists(self) -> bool:
        """Whether `commits` and `commit` can be asked for; else commits come by `history` alone."""

    def keeps_tfvc(self, project: ProjectId) -> bool:
        """Tell whether a project's code is under TFVC; it is asked of one without repositories."""

    def heads(self, repository: Repository) -> Heads:
        """Return all branches."""

    def branch_stats(
        self, repository: Repository, names: Collection[str]
    ) -> Mapping[str, BranchStats]:
        """Return how branches compare with the default one, by name.

        One that there is not, or that the git host does not compare, is missing. RefusedError when
        it compares none at all.
        """

    def tags(self, repository: Repository) -> tuple[Tag, ...]:
        """Return all tags that lead to a commit."""

    def history(
        self, repository: Repository, *, wanted: Collection[CommitId], known: Collection[CommitId]
    ) -> Generator[Sequence[Commit], None, None]:
        """Yield the commits reachable from *wanted* and not from *known*, about newest first.

        They come by the git protocol: whole messages and parents, in a few calls whatever their
        number, some hundred at a time. Commits of *known* that the git host has no more count for
        nothing. RefusedError when the repository cannot be read this way; MissingError when it has
        not what is *wanted*.
        """

    def commits(
        self,
        repository: Repository,
        *,
        until: CommitId,
        after: CommitId | None,
        skip: int,
        limit: int,
    ) -> list[Commit]:
        """Return commits reachable from *until* and not from *after*, newest first.

        Fewer than *limit* means that there are no more.
        """

    def commit(self, repository: Repository, commit_id: CommitId) -> Commit:
        """Return one commit with its whole message."""

    def open_pull_requests(self, project: ProjectId) -> Iterator[PullRequestPage]:
        """Yield pages of those that are open, over all repositories of the project; at least one.

        A description may be cut, which is said, and attached work items are not told.
        """

    def closed_pull_requests(
        self, project: ProjectId, *, since: datetime, gone: Collection[int] | None = None
    ) -> Iterator[PullRequestPage]:
        """Yield pages of those closed at or after *since*, in the same way.

        *gone* are those that were open when somebody looked at or after *since*, and are not any
        more; None when nobody looked. A git host that cannot be asked for when they were closed
        tells of these and of newer ones, and for None goes through all that it has.
        """

    def pull_request(self, repository: RepositoryId, number: int) -> PullRequest:
        """Return one pull request with its whole description and its work items."""

    def pull_request_commits(self, repository: RepositoryId, number: int) -> list[Commit]:
        """Return the commits that a pull request brings or brought; messages may be cut."""

    @property
    def boards(self) -> Boards | None:
        """The work items; None where the git host has none."""

    def subscriptions(self, project: ProjectId, *, url: str) -> list[Subscription]:
        """Return the service hooks of a project that deliver to exactly *url*, in any state."""

    def subscribe(
        self, event_type: str, project: ProjectId, *, url: str, user_name: str, password: str
    ) -> Subscription:
        """Ask for events of one type of one project; asked twice, both tell of each event."""

    def replace_subscription(
        self, known: Subscription, *, url: str, user_name: str, password: str
    ) -> Subscription:
        """Make a service hook what `subscribe` makes, and switch it on; it keeps its id.

        Returned is what the git host made of that: the status may still not be `enabled`.
        """

    def unsubscribe(self, subscription_id: str) -> None:
        """Remove a service hook; that there is none is fine."""

    def lost_events(
        self, subscriptions: Collection[str], *, since: datetime, until: datetime, limit: int
    ) -> list[LostEvent]:
        """Return up to *limit* events that these service hooks failed to deliver between the two.

        In no order. As many as *limit* means that there may be more: ask for a shorter time. The
        git host remembers some days only, and knows nothing of what happened while a hook was out
        of service.
        """
