"""How far indexing has come, in the terms of the git host: where the next job carries on."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct, field

from shared.model import (
    CommitId,
    RunId,
)

IndexedKind = Literal["commits", "branches", "pull_requests"]
WorkState = Literal["new", "indexing", "idle", "failed"]


class Failure(Struct, frozen=True):
    """Why something is not indexed, in words for an admin."""

    code: str
    text: str
    since: datetime
    attempts: int = 1


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
    learned_by: dict[str, str] = field(default_factory=dict)
    """Tracker → version of what an admin decided when its projects were last learned."""
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
    skipped: dict[int, int] = field(default_factory=dict)
    """The numbers of those that are closed and could not be read → in how many passes by now."""
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
