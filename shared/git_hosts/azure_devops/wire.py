"""The JSON of Azure DevOps, as far as it is read: field for field as the specification has it."""

from __future__ import annotations

from datetime import datetime

from msgspec import Raw, Struct, field


class Named(Struct, rename="camel"):
    """Anything that people made: an identity, as it is referred to."""

    display_name: str | None = None


class SignedIn(Struct, rename="camel"):
    """Who a request came from."""

    id: str = ""
    provider_display_name: str | None = None
    properties: dict[str, object] = field(default_factory=dict)
    """Each with its type beside it, by name."""

    @property
    def account(self) -> str:
        """What they sign in as: an e-mail mostly, on a server a domain with a user."""
        told = self.properties.get("Account")
        account = told.get("$value") if isinstance(told, dict) else told
        return account if isinstance(account, str) else ""


class ConnectionData(Struct, rename="camel"):
    """What a server says of itself and of who asks."""

    authenticated_user: SignedIn = field(default_factory=SignedIn)
    deployment_type: str = ""


class Profile(Struct, rename="camel"):
    """Who a credential belongs to, over all organizations."""

    id: str


class Account(Struct, rename="camel"):
    """An organization, as the identity service lists it."""

    account_name: str = ""


class Project(Struct, rename="camel"):
    """A project, listed or referred to."""

    id: str
    name: str = ""
    state: str = "wellFormed"


class ProjectDetails(Struct, rename="camel"):
    """A project by itself, with what it is able to do."""

    capabilities: dict[str, dict[str, str | None]] = field(default_factory=dict)


class Repository(Struct, rename="camel"):
    """A repository. Which fields there are depends on its state and on the server's version."""

    id: str
    name: str
    project: Project
    remote_url: str = ""
    web_url: str = ""
    ssh_url: str = ""
    default_branch: str | None = None
    is_fork: bool = False
    is_disabled: bool = False
    is_in_maintenance: bool = False


class Ref(Struct, rename="camel"):
    """A ref and the object that it points at."""

    name: str
    object_id: str
    peeled_object_id: str | None = None
    """Of an annotated tag, where it was asked for: what it leads to."""


class BranchStats(Struct, rename="camel"):
    """A branch, compared with the default one."""

    name: str
    ahead_count: int
    behind_count: int


class GitUser(Struct, rename="camel"):
    """Who did something, and when, as git has it."""

    name: str | None = None
    date: datetime | None = None


class WorkItemRef(Struct, rename="camel"):
    """A work item, referred to."""

    id: str | int = ""


class FoundWorkItem(Struct):
    """A work item that a query found."""

    id: int


class WorkItemQuery(Struct, rename="camel"):
    """The answer to a query for work items."""

    work_items: list[FoundWorkItem] = field(default_factory=list)


class WorkItemFields(Struct):
    """The fields of a work item that are read."""

    title: str = field(name="System.Title", default="")
    type: str = field(name="System.WorkItemType", default="")
    state: str = field(name="System.State", default="")
    project: str = field(name="System.TeamProject", default="")
    iteration: str = field(name="System.IterationPath", default="")
    parent: int | None = field(name="System.Parent", default=None)


class WorkItemRelation(Struct):
    """What a work item is linked to."""

    rel: str | None = None
    url: str | None = None


class WorkItem(Struct):
    """A work item with its relations, where it has any."""

    id: int
    fields: WorkItemFields = field(default_factory=WorkItemFields)
    relations: list[WorkItemRelation] | None = None


class WorkItems(Struct):
    """A batch of work items; one that is missing leaves an empty place."""

    value: list[Raw]


class Commit(Struct, rename="camel"):
    """A commit: of a list, by itself, or in an event."""

    commit_id: str
    comment: str | None = None
    comment_truncated: bool = False
    author: GitUser = field(default_factory=GitUser)
    committer: GitUser = field(default_factory=GitUser)
    parents: list[str] | None = None


class Reviewer(Struct, rename="camel"):
    """A reviewer and the vote, -10 to 10."""

    display_name: str | None = None
    vote: int = 0
    is_required: bool = False


class CommitRef(Struct, rename="camel"):
    """A commit, referred to."""

    commit_id: str = ""


class RepositoryRef(Struct, rename="camel"):
    """A repository, referred to."""

    id: str


class Fork(Struct, rename="camel"):
    """The repository that a pull request from a fork comes from."""

    name: str = ""


class ForkRef(Struct, rename="camel"):
    """Where a pull request from a fork comes from."""

    repository: Fork | None = None


class PullRequest(Struct, rename="camel"):
    """A pull request."""

    pull_request_id: int
    repository: RepositoryRef
    title: str
    status: str
    source_ref_name: str
    target_ref_name: str
    creation_date: datetime
    created_by: Named = field(default_factory=Named)
    description: str | None = None
    is_draft: bool = False
    closed_date: datetime | None = None
    merge_status: str = "notSet"
    last_merge_commit: CommitRef | None = None
    last_merge_source_commit: CommitRef | None = None
    fork_source: ForkRef | None = None
    reviewers: list[Reviewer] = field(default_factory=list)
    work_item_refs: list[WorkItemRef] | None = None


class Subscription(Struct, rename="camel"):
    """A service hook."""

    id: str
    event_type: str
    status: str = "enabled"
    publisher_inputs: dict[str, str | None] = field(default_factory=dict)
    consumer_inputs: dict[str, str | None] = field(default_factory=dict)


class SubscriptionsQuery(Struct, rename="camel"):
    """The answer to a query for service hooks."""

    results: list[Subscription] | None = None


class NotificationDetails(Struct, rename="camel"):
    """What a notification was about, and what was sent and said."""

    event: Raw = field(default_factory=lambda: Raw(b"null"))


class Notification(Struct, rename="camel"):
    """One event on its way to one service hook."""

    created_date: datetime
    result: str = ""
    details: NotificationDetails | None = None


class NotificationsQuery(Struct, rename="camel"):
    """The answer to a query for notifications."""

    results: list[Notification] | None = None
