"""What a git host has to do: one organization of it, and a kind of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

from shared.model import Branch, ProjectId, PullRequest, Repository

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from shared.configuration import Subscription
    from shared.events import Event, Facts
    from shared.model import Commit, CommitId, RepositoryId
T = TypeVar("T")


class ListedRepository(Struct, frozen=True):
    """A repository, and the git host's own words about it for a filter to look at."""

    repository: Repository
    as_listed: Mapping[str, object]


class ListedProject(Struct, frozen=True):
    """A project of an organization."""

    id: ProjectId
    name: str


class Listing(Struct, frozen=True):
    """A complete listing of an organization: what is not in it is not there."""

    projects: tuple[ListedProject, ...]
    repositories: tuple[ListedRepository, ...]


class Heads(Struct, frozen=True):
    """All branches of a repository at one moment of the git host's clock."""

    branches: tuple[Branch, ...]
    observed_at: datetime


class PullRequestPage(Struct, frozen=True):
    """Some pull requests, and the git host's clock when it listed them."""

    pull_requests: tuple[PullRequest, ...]
    observed_at: datetime


class LostEvent(Struct, frozen=True):
    """An event that the git host could not deliver to us."""

    failed_at: datetime
    """When it tried, by its own clock."""
    body: bytes
    """As it would have been delivered; empty when the git host no longer tells."""


class GitHost(Protocol):
    """One organization of a git host, through one connection.

    Every method raises SignedOutError, ForbiddenError, MissingError, ThrottledError,
    UnavailableError or MalformedAnswerError; a failure is never an empty answer.
    """

    def listing(self) -> Listing:
        """Return every project and repository that the connection may see."""

    def heads(self, repository: Repository) -> Heads:
        """Return all branches."""

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
        self, project: ProjectId, *, since: datetime
    ) -> Iterator[PullRequestPage]:
        """Yield pages of those closed at or after *since*, in the same way."""

    def pull_request(self, repository: RepositoryId, number: int) -> PullRequest:
        """Return one pull request with its whole description and its work items."""

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


class HookForm(Struct, frozen=True):
    """What an admin types to set up one service hook by hand."""

    page: str
    """The address of the git host's page for it."""
    fields: tuple[tuple[str, str], ...]
    """What the page calls each field, and the exact value, in its order."""


class Address(Struct, frozen=True):
    """An address as an admin gave it, brought to the form that is used."""

    url: str
    organizations: tuple[str, ...]


class GitHostFamily(Protocol):
    """A kind of git host: what is needed before there is a connection."""

    @property
    def is_called(self) -> bool:
        """Whether anything is ever asked of it; else integrations live on service hooks alone."""

    def address(self, url: str, organizations: Sequence[str]) -> Address:
        """Return the normalised address; BadRequestError when *url* is not this git host's."""

    def token(self, text: str) -> str:
        """Return a token as pasted, tidied; BadRequestError when it cannot be one."""

    def open(self, organization: str, *, token: str) -> GitHost:
        """Return the organization, without calling it yet."""

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
        """Return how to set up by hand what `GitHost.subscribe` makes.

        *address* is the integration's, *url* the one that the service hook delivers to.
        *password* is shown where the page asks for it: say there where it is to be found.
        """

    def read_event(self, body: bytes) -> Event:
        """Return what a service hook's body means; MalformedAnswerError when it cannot be read."""

    def shortened_event(self, body: bytes) -> bytes:
        """Return an event's body with no more than tells what it is about; as read_event fails."""

    def trimmed_event(self, body: bytes, *, most: int) -> bytes:
        """Return a large body, of about *most* bytes, that tells the same facts; as read_event."""

    def facts(self, body: bytes, *, address: str, organizations: Sequence[str]) -> Facts:
        """Return all that a body tells by itself; as read_event fails.

        *address* and *organizations* are those of the integration that it was sent to.
        """

    def listed(self, repository: Repository) -> ListedRepository:
        """Return a repository as a listing would show it to a filter, as far as is known."""
