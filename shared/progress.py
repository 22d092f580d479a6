"""How far indexing has come: what jobs read when they begin and leave behind when they stop."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from shared.model import (
    CommitId,
    IntegrationId,
    LeftOut,
    ProjectId,
    Repository,
    RepositoryId,
    RunId,
    WebhookId,
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
        if self.walk is not None:
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


class Run(Struct, frozen=True):
    """One reindex of an integration."""

    id: RunId
    started_at: datetime
    repositories: int


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
    """Neither of the two: the integration's repositories are to be discovered."""


class Pause(Struct, frozen=True):
    """The git host asked an identity to wait."""

    until: datetime


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
    v: int = 1
