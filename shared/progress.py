"""What is known of an integration's repositories, runs and wishes, and who works on them."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct, field

from shared.cursors import Failure, WorkState
from shared.model import (
    CommitId,
    LeftOut,
    Note,
    ProjectId,
    Repository,
    RepositoryId,
    RunId,
    WorkItem,
)


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
    shown: tuple[tuple[str, CommitId], ...] = ()
    """Branch and head of pushes whose commits are stored, though no pass met them yet."""


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


class Schema(Struct, frozen=True):
    """In which form everything is kept."""

    version: int
    """What all of it has reached."""
    towards: int
    """What some of it may have reached: the next version while a step to it is being taken."""
    by: str
    """The version of Devlinks that wrote this."""
    at: datetime


class RefillRecord(Struct, frozen=True):
    """How far the git host's own history was looked through for what it failed to deliver."""

    covered_until: datetime
    asked_at: datetime | None = None
    """When it was last asked for out of turn, because deliveries came late."""
