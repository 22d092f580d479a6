"""How far indexing has come: what jobs read when they begin and leave behind when they stop."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from shared.model import (
    CommitId,
    IntegrationId,
    LeftOut,
    Note,
    ProjectId,
    Repository,
    RepositoryId,
    RunId,
    WebhookId,
    WorkItem,
)

IndexedKind = Literal["commits", "branches", "pull_requests"]
WorkState = Literal["new", "indexing", "idle", "failed"]
Reason = Literal[
    "discover",
    "first",
    "due",
    "asked",
    "hook",
    "wanted",
    "rules",
    "remove",
    "reconcile",
    "replay",
    "refill",
]
DeliveryState = Literal["accepted", "done", "ignored", "unreadable", "failed"]
QueueName = Literal["hooks", "reindex", "history"]


class Failure(Struct, frozen=True):
    """Why something is not indexed, in words for an admin."""

    code: str
    text: str
    since: datetime
    attempts: int = 1


class RepositoryRecord(Struct, frozen=True):
    """A repository as discovery last saw it, and whether it is indexed."""

    repository: Repository
    left_out: LeftOut | None = None
    gone_since: datetime | None = None
    """When it was first left out or missing from a complete listing; its links are hidden."""
    is_gone: bool = False
    """It was missing from the last complete listing."""
    told_at: datetime | None = None
    """Of one that is known by service hooks alone: the date of the last event that told of it."""
    refused_at: datetime | None = None
    """When its branches were last asked for and hidden from us, though it was listed."""
    is_project: bool = False
    """A project that shows no repository stands here for what it may have; its id is both ids."""

    @property
    def is_live(self) -> bool:
        """Whether its links are shown and jobs read it."""
        return self.left_out is None and not self.is_gone


class Gap(Struct, frozen=True):
    """Commits still to be read: reachable from `until`, and not from `after`."""

    branch: str
    until: CommitId
    after: CommitId | None = None
    """None: the whole history."""


class Walk(Struct, frozen=True):
    """A pass over a repository that is not finished; it carries on where it stopped."""

    heads: dict[str, CommitId]
    """Branch → head when the pass began: what `verified` becomes at its end."""
    gaps: tuple[Gap, ...] = ()
    """Still to be read, the first one from `skip` on."""
    skip: int = 0
    observed_at: datetime | None = None
    scope: tuple[str, ...] = ()
    """What it reads for: see `Cursor.scope`."""
    rules: dict[str, str] = field(default_factory=dict)
    """Tracker → version of the rules that all of it was judged by; empty when they changed."""
    is_full: bool = False
    """It reads everything, whatever was read before."""
    is_begun: bool = False
    """Some of what it reads is stored."""
    by_lists: bool = False
    """The git protocol did not serve: the commits are read from lists, gap by gap."""
    failures: int = 0
    """How often the git protocol failed since it began."""
    kept: tuple[CommitId, ...] = ()
    """Former heads that were seen to be behind the heads of now: nothing of them has left."""


class Chain(Struct, frozen=True, array_like=True):
    """What events told of one branch without anything missing between them."""

    start: CommitId | None
    """Where it stood before the first of them; None: it was created."""
    end: CommitId | None
    """Where the last of them left it; None: it was deleted."""
    since: datetime
    until: datetime
    """The dates of the first and of the last of them."""


class Cursor(Struct, frozen=True):
    """How far one repository's branches and commits are indexed, in the git host's terms."""

    verified: dict[str, CommitId] = field(default_factory=dict)
    """Branch → head at the end of the last complete pass: the next one compares with it."""
    heard: dict[str, CommitId] = field(default_factory=dict)
    """Branch → head as events moved it on; only where it differs from `verified`."""
    walk: Walk | None = None
    scope: tuple[str, ...] = ()
    """What the last complete pass read for: trackers by id, and the kinds of things."""
    judged_by: dict[str, str] = field(default_factory=dict)
    """Tracker → version of the rules that every stored mention was judged by."""
    projects: tuple[str, ...] = ()
    """Projects of issues that it was ever linked to."""
    tags: str = ""
    """Tells the tags that name an issue from others; empty while no tracker wants them."""
    run: RunId | None = None
    """The run that this repository last took part in."""
    commits_seen: int = 0
    links: int = 0
    """Links found since the first index began."""
    learned_at: int = 0
    """How many commits were seen when projects were last learned of them."""
    last_indexed_at: datetime | None = None
    last_changed_at: datetime | None = None
    """When a branch was last found moved."""
    looked_at: datetime | None = None
    """When the branches were asked for that `verified` tells."""
    last_hook_at: datetime | None = None
    """When work began that a service hook asked for."""
    hears: bool = False
    """When the last complete pass ended, service hooks were believed to tell of each push, and
    they have been listened to since."""
    unheard_since: datetime | None = None
    """When branches were found moved that no service hook told of; None once one is heard."""
    next_at: datetime | None = None
    """When the timer should look at it again."""
    failure: Failure | None = None
    is_halted: bool = False
    """An admin cancelled its walk, which rests until `next_at` or until somebody asks."""
    left: dict[str, tuple[CommitId, ...]] = field(default_factory=dict)
    """Branch → heads that it was moved away from, or deleted with: it is to be seen whether any
    branch still holds their commits."""
    left_at: datetime | None = None
    """When that is to be seen; None while there is nothing to be seen."""
    has_orphans: bool = False
    """Whether commits are stored that no branch holds any more."""
    told: dict[str, tuple[Chain, ...]] = field(default_factory=dict)
    """Of an integration that lives on service hooks alone: branch → what was told of it, in order;
    pushes are missing between any two chains."""
    cut: dict[CommitId, datetime] = field(default_factory=dict)
    """Likewise: where pushes ended that told fewer commits than they may have had, and when."""

    @property
    def state(self) -> WorkState:
        """Where the repository stands, for people."""
        if self.failure is not None:
            return "failed"
        if self.walk is not None and not self.is_halted:
            return "indexing"
        return "new" if self.last_indexed_at is None else "idle"


class PullRequestCursor(Struct, frozen=True):
    """How far one project's pull requests are indexed."""

    closed_until: datetime | None = None
    """The git host's clock when the last complete pass began; None before the first."""
    scope: tuple[str, ...] = ()
    """What the last complete pass read for: repositories and trackers by id."""
    counts: dict[str, int] = field(default_factory=dict)
    """Repository id → pull requests known."""
    open: tuple[int, ...] = ()
    """The numbers of those that the last complete pass saw open."""
    reaches: datetime | None = None
    """Those closed from then on were all read; None before the first complete pass."""
    asked_since: datetime | None = None
    """Those closed from then on are to be read once more."""
    last_indexed_at: datetime | None = None
    last_changed_at: datetime | None = None
    next_at: datetime | None = None
    failure: Failure | None = None

    @property
    def state(self) -> WorkState:
        """Where the project's pull requests stand, for people."""
        if self.failure is not None:
            return "failed"
        return "new" if self.last_indexed_at is None else "idle"


class WorkItemCursor(Struct, frozen=True):
    """How far the work items of one organization are indexed."""

    changed_until: datetime | None = None
    """The git host's clock when the last complete pass began; None before the first."""
    all_read_at: datetime | None = None
    """When all of them were last read, changed or not."""
    scope: tuple[str, ...] = ()
    """What the last complete pass read for: trackers by id."""
    waiting: dict[int, int] = field(default_factory=dict)
    """Work item → how many more passes look for what it is attached to and nobody knows yet."""
    count: int = 0
    """How many are known, as the last time that all were read."""
    last_indexed_at: datetime | None = None
    last_changed_at: datetime | None = None
    next_at: datetime | None = None
    failure: Failure | None = None

    @property
    def state(self) -> WorkState:
        """Where the organization's work items stand, for people."""
        if self.failure is not None:
            return "failed"
        return "new" if self.last_indexed_at is None else "idle"


class StoredWorkItem(Struct, frozen=True, omit_defaults=True):
    """A work item as it was last read."""

    item: WorkItem | None
    """None: it was deleted, or is hidden from us."""


class WorkItemWish(Struct, frozen=True, omit_defaults=True):
    """What somebody wants of an organization's work items."""

    numbers: tuple[int, ...] = ()
    """They are named by links, and should be known."""
    is_waiting: bool = False
    """They are known, and were attached to something that nobody knew yet."""
    repository: RepositoryId | None = None
    """Its items were read from the beginning: they may be attached to work items that are known."""


class DiscoveryRecord(Struct, frozen=True):
    """What the last discovery of an integration found."""

    projects: dict[ProjectId, str] = field(default_factory=dict)
    """Project id → organization, of projects that have a repository that is indexed."""
    known_projects: dict[ProjectId, str] = field(default_factory=dict)
    """Project id → organization, of all projects that were listed."""
    began_at: datetime | None = None
    discovered_at: datetime | None = None
    next_at: datetime | None = None
    failures: dict[str, Failure] = field(default_factory=dict)
    """Organization → why it could not be listed."""
    failure: Failure | None = None
    """Why nothing could be discovered at all."""
    server: str = ""
    """What listed, as its people call it, with the API version; empty where that is no question."""
    notes: tuple[Note, ...] = ()
    """What an admin of the git host should put right."""


class Run(Struct, frozen=True):
    """One reindex of an integration that somebody asked for."""

    id: RunId
    started_at: datetime
    repositories: int
    cancelled_at: datetime | None = None


class Cancellation(Struct, frozen=True):
    """That an admin stopped what was being indexed."""

    count: int
    """How often: jobs that were enqueued when it was lower are void."""
    at: datetime
    is_lifted: bool = False
    """Somebody has asked for a reindex since."""


class Orphan(Struct, frozen=True):
    """A commit that is stored, and that no branch holds any more."""

    since: datetime


class Lease(Struct, frozen=True):
    """Who works on a repository, and until when that is believed."""

    owner: str
    until: datetime


class Wanted(Struct, frozen=True):
    """How often somebody found the lease taken, and which deliveries wait for that."""

    count: int = 0
    deliveries: tuple[str, ...] = ()
    """At most a hundred; the timer's sweep finds the others."""
    settled: int = 0
    """The count that work has seen to; while it is another one, there is more to do."""


class Due(Struct, frozen=True):
    """Something that the timer should look at once its time has come."""

    integration: IntegrationId
    repository: RepositoryId | None = None
    project: ProjectId | None = None
    organization: str | None = None
    """Whose work items; none of the three: the integration's repositories are to be discovered."""


class IdentityBudget(Struct, frozen=True):
    """What a git host lets one identity do, as all workers know it."""

    limit: float | None = None
    """None: the git host told no figures."""
    remaining: float = 0
    resets_at: datetime | None = None
    paused_since: datetime | None = None
    """When it first asked to wait in the pause that `paused_until` ends."""
    paused_until: datetime | None = None


class Summary(Struct, frozen=True):
    """What somebody saw who looked at all that is indexed of an integration."""

    work: tuple[WorkState, ...]
    """The states that anything of it was in."""
    at: datetime
    is_stale: bool = False
    """Something has happened since that may have changed it."""


class RefillRecord(Struct, frozen=True):
    """How far the git host's own history was looked through for what it failed to deliver."""

    covered_until: datetime
    asked_at: datetime | None = None
    """When it was last asked for out of turn, because deliveries came late."""


class Delivery(Struct, frozen=True):
    """One received webhook, as the ledger keeps it."""

    webhook: WebhookId
    id: str
    """Where the ledger keeps it: made of the event's own date and id."""
    integration: IntegrationId
    received_at: datetime
    event_type: str = ""
    body: bytes = b""
    """As received; empty when it was too large to keep."""
    size: int = 0
    """Of what was received, in bytes."""
    state: DeliveryState = "accepted"
    detail: str = ""
    """Why it was ignored or failed."""
    repeats: int = 0


class Job(Struct, frozen=True, omit_defaults=True):
    """A queue message: ids, never bodies."""

    integration: IntegrationId
    reason: Reason
    repository: RepositoryId | None = None
    project: ProjectId | None = None
    run: RunId | None = None
    delivery: str | None = None
    asked_at: datetime | None = None
    """Of a discovery: one that began later has done it."""
    state: DeliveryState | None = None
    """Of a replay: which deliveries."""
    since: datetime | None = None
    until: datetime | None = None
    """Of a replay or a refill: of which time, the end excluded; None: all that is kept."""
    cursor: str | None = None
    """Of a replay or a refill: where it carries on."""
    silences: int = 0
    """How often the git host left it without any answer, one time after the other."""
    cancels: int | None = None
    """How often indexing had been cancelled when it was enqueued; None: it is not cancelled."""
    organization: str | None = None
    """Of work items: whose."""
    v: int = 1
