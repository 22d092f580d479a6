"""What a git host has to do: one organization of it, and a kind of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from msgspec import Struct

from shared.configuration import ConnectionKind
from shared.model import Branch, Note, ProjectId, PullRequest, Repository

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Sequence

    from shared.configuration import Subscription
    from shared.events import Event, Facts
    from shared.model import Commit, CommitId, RepositoryId, Tag, WorkItem
T = TypeVar("T")
Offer = Literal["pull_requests", "work_items", "service_hooks"]


class ListedRepository(Struct, frozen=True):
    """A repository, and the git host's own words about it for a filter to look at."""

    repository: Repository
    as_listed: Mapping[str, object]


class ListedProject(Struct, frozen=True):
    """A project of an organization."""

    id: ProjectId
    name: str
    is_settled: bool = True
    """False: it is being made or deleted, and what is in it cannot be read."""
    url: str = ""
    """The page that people open."""


class About(Struct, frozen=True):
    """What answers at a git host's address."""

    product: str
    """As its people call it: "Azure DevOps Server 2020"."""
    api_version: str = ""
    """The newest one that it was found to serve and we speak."""


class Budget(Struct, frozen=True):
    """What a git host lets one identity use up, as it last told."""

    resource: str
    limit: float
    remaining: float
    resets_at: datetime | None
    told_at: datetime


class Listing(Struct, frozen=True):
    """A complete listing of an organization: what is not in it is not there."""

    projects: tuple[ListedProject, ...]
    repositories: tuple[ListedRepository, ...]
    about: About | None = None
    """What listed it, where that is known without asking for more."""
    notes: tuple[Note, ...] = ()


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


class Credential(Struct, frozen=True):
    """What a connection shows to a git host, opened."""

    kind: ConnectionKind
    secret: str = ""
    """The token, the password, or the private key."""
    user_name: str = ""
    host_key: str = ""
    """What keys an SSH server may have, as `known_hosts` writes them without names."""
    public_key: str = ""
    """Of the private key."""


class ChangedWorkItems(Struct, frozen=True):
    """Work items that may have changed."""

    numbers: tuple[int, ...]
    """In ascending order."""
    observed_at: datetime
    """The git host's clock before the first of them was looked for."""


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
    name: str = ""
    """What it is called where an admin says nothing else; empty: like its first organization."""


class GitHostFamily(Protocol):
    """A kind of git host: what is needed before there is a connection."""

    def address(self, url: str, organizations: Sequence[str]) -> Address:
        """Return the normalised address; BadRequestError when *url* is not this git host's."""

    @property
    def offers(self) -> frozenset[Offer]:
        """What it has besides branches and commits; what it has not is not indexed."""

    @property
    def connection_kinds(self) -> tuple[ConnectionKind, ...]:
        """How it can be signed in to; `none` says that it can be read without."""

    def credential(self, given: Credential, *, url: str) -> Credential:
        """Return what an admin gave, as it is used: tidied, and completed.

        Of `ssh_key` what is missing is made here (the key pair) or asked for (the server's key,
        which is the only call); BadRequestError names the field of what cannot be used.
        """

    def organizations(self, url: str, credential: Credential) -> tuple[str, ...]:
        """Return every organization that a credential opens, in order of name.

        It is asked for where an integration names none; errors are those of GitHost. One that is
        returned may still refuse the credential.
        """

    def open(self, organization: str, *, url: str, credential: Credential) -> GitHost:
        """Return the organization, without calling it yet; *url* is the integration's."""

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
