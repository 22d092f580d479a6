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
Reason = Literal["discover", "first", "due", "asked", "hook", "wanted", "rules", "remove"]
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
    last_hook_at: datetime | None = None
    next_at: datetime | None = None
    """When the timer should look at it again."""
    failure: Failure | None = None

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
    v: int = 1
