"""The values that the product is about.

They are frozen msgspec structs: immutable and compared by content like frozen dataclasses, built
twelve times faster, and readable from JSON without a mapping of our own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, NewType

from msgspec import Struct, field

from shared.issue_keys import Candidate, Evidence, IssueKey

IntegrationId = NewType("IntegrationId", str)
TrackerId = NewType("TrackerId", str)
RepositoryId = NewType("RepositoryId", str)
"""The git host's own GUID in lower case: a rename keeps it."""
ProjectId = NewType("ProjectId", str)
CommitId = NewType("CommitId", str)
"""A full SHA in lower case."""
WebhookId = NewType("WebhookId", str)
Origin = NewType("Origin", str)
"""Who tells of an item beside the item itself; see `shared.origins`."""
RunId = NewType("RunId", str)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Kind = Literal["branch", "pull_request", "commit"]
PullRequestStatus = Literal["open", "draft", "merged", "declined"]
MergeStatus = Literal["unknown", "queued", "conflicts", "succeeded", "rejected", "failed"]
Vote = Literal["approved", "approved_with_suggestions", "none", "waiting", "rejected"]
Flag = Literal["merge", "orphaned"]
GitHostKind = Literal["azure_devops", "azure_devops_server", "git"]
LeftOut = Literal[
    "filter",
    "not_selected",
    "disabled",
    "empty",
    "tfvc",
    "forbidden",
    "deleting",
    "maintenance",
    "owned_elsewhere",
]


class Reviewer(Struct, frozen=True):
    """Somebody asked to review a pull request."""

    name: str
    vote: Vote = "none"
    required: bool = False


class Commit(Struct, frozen=True):
    """A commit, as far as the git host told it."""

    id: CommitId
    message: str
    author: str
    committed_at: datetime
    """The committer's date, in UTC."""
    is_whole: bool = True
    """False: `message` is the first line only, and there is more of it."""
    parents: tuple[CommitId, ...] | None = None
    """None: the git host did not say."""


class Branch(Struct, frozen=True):
    """A branch and the commit that it points at."""

    name: str
    """Without `refs/heads/`."""
    head: CommitId


class Tag(Struct, frozen=True):
    """A tag and the commit that it leads to."""

    name: str
    """Without `refs/tags/`."""
    commit: CommitId
    message: str = ""
    """Of an annotated one, where the git host told it."""


class PullRequest(Struct, frozen=True):
    """A pull request as it stood when it was read."""

    number: int
    repository: RepositoryId
    """The repository of the target branch."""
    title: str
    description: str
    status: PullRequestStatus
    source_branch: str
    target_branch: str
    author: str
    created_at: datetime
    closed_at: datetime | None = None
    merge_commit: CommitId | None = None
    """The commit that completing it made; None unless merged."""
    head: CommitId | None = None
    """Where its source branch stood when the git host last looked."""
    merge_status: MergeStatus = "unknown"
    """Whether it could be merged into its target."""
    fork: str = ""
    """The repository that its source branch lies in, where that is another one: its name."""
    reviewers: tuple[Reviewer, ...] = ()
    work_items: tuple[int, ...] | None = None
    """Attached in Azure Boards; None: the git host did not say."""
    is_description_whole: bool = True
    observed_at: datetime = EPOCH
    """The git host's clock when it answered."""


class Note(Struct, frozen=True):
    """Something that an admin of the git host should put right, though nothing fails by it."""

    code: str
    text: str
    """With what to do about it."""


class PageAddresses(Struct, frozen=True):
    """Where the git host shows things; `{}` stands for the percent-encoded id."""

    commit: str = ""
    branch: str = ""
    pull_request: str = ""


class Attachment(Struct, frozen=True):
    """A commit, branch or pull request that a work item is attached to."""

    kind: Kind
    repository: RepositoryId
    id: str
    """The full SHA, the branch's name, or the pull request's number."""


class WorkItem(Struct, frozen=True):
    """A work item of Azure Boards, as it stood when it was read."""

    number: int
    """One work item of the organization has it."""
    title: str
    type: str
    state: str
    project: str
    iteration: str
    """Its path, with backslashes between: the sprint."""
    parent: int | None
    """The number of the work item that it belongs to."""
    url: str
    """The page that people open."""
    attached: tuple[Attachment, ...] = ()


class Repository(Struct, frozen=True):
    """A repository as the git host lists it."""

    id: RepositoryId
    name: str
    project_id: ProjectId
    project: str
    organization: str
    url: str
    """The page that people open."""
    clone_url: str = ""
    ssh_url: str = ""
    default_branch: str | None = None
    """None: it has no branch yet."""
    is_fork: bool = False
    is_disabled: bool = False
    is_in_maintenance: bool = False
    pages: PageAddresses = PageAddresses()


class Item(Struct, frozen=True):
    """One commit, branch or pull request, with what an issue shows of it."""

    kind: Kind
    id: str
    """The full SHA, the branch's name, or the pull request's number."""
    repository: RepositoryId
    integration: IntegrationId
    title: str
    author: str = ""
    at: datetime | None = None
    """Committer's date or creation, in whole UTC seconds; None for a branch."""
    status: PullRequestStatus | None = None
    source_branch: str | None = None
    target_branch: str | None = None
    merge_commit: CommitId | None = None
    reviewers: tuple[Reviewer, ...] = ()
    flags: tuple[Flag, ...] = ()


class Link(Struct, frozen=True):
    """An issue key, one item that names it, and where the item does so."""

    issue_key: IssueKey
    item: Item
    evidence: tuple[Evidence, ...]
    origin: Origin = Origin("")
    """Who told it; empty: the item itself."""


class Mention(Struct, frozen=True):
    """What an item was seen to name."""

    item: Item
    keys: dict[IssueKey, tuple[Evidence, ...]] = field(default_factory=dict)
    """Accepted under the rules of version `rules`."""
    candidates: tuple[Candidate, ...] = ()
    """Everything that may be a key under other rules, accepted or not."""
    rules: str = ""
    observed_at: datetime | None = None
    """The git host's clock when a mutable item was read; None for a commit, which never changes."""
    mark: str = ""
    """Of a pull request: tells what it looked like from what it looks like later."""
    origin: Origin = Origin("")
    """Who tells this; empty: the item itself."""
    pattern_id: str = ""
    """Which pattern of an admin's own was looked for when it was read; empty: none."""

    def links(self) -> list[Link]:
        """Return one link for each accepted key."""
        item, origin = self.item, self.origin
        return [Link(key, item, evidence, origin) for key, evidence in self.keys.items()]
