"""What a delivery meant, in our words: the values that a git host's events are read into."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from shared.model import Commit, CommitId, ProjectId, PullRequest, Repository, RepositoryId


class RefUpdate(Struct, frozen=True):
    """One ref that a push moved."""

    name: str
    """Git's full name: `refs/heads/main`."""
    old: CommitId | None
    """None: it was created."""
    new: CommitId | None
    """None: it was deleted."""


class Event(Struct, frozen=True):
    """What every event tells: which it is, and whose."""

    id: str
    event_type: str
    created_at: datetime | None
    project_id: ProjectId | None
    organization_ids: tuple[str, ...] = ()
    """Ids and names by which the sender names its organization."""


class PushEvent(Event, frozen=True, kw_only=True):
    """Somebody pushed."""

    repository_id: RepositoryId
    updates: tuple[RefUpdate, ...]
    commits: tuple[Commit, ...] = ()
    """With whole messages, newest first; empty also where the sender left them out."""
    is_forced: bool = False


class PullRequestEvent(Event, frozen=True, kw_only=True):
    """A pull request was created, changed or completed: read it again."""

    repository_id: RepositoryId
    number: int


class BareEvent(Event, frozen=True, kw_only=True):
    """A push or a change of a pull request whose sender leaves out what: look at what there is."""

    about: Literal["branches", "pull_requests"]
    repository_id: RepositoryId | None = None
    """None: it may be any of the project, or of all projects where none is named."""


class RepositoryEvent(Event, frozen=True, kw_only=True):
    """A repository was created, renamed, deleted…: look at the listing again."""

    repository_id: RepositoryId | None = None


class WorkItemEvent(Event, frozen=True, kw_only=True):
    """A work item was made, changed, linked, deleted or restored: read it again."""

    number: int | None
    """None: the sender leaves out which."""


class OtherEvent(Event, frozen=True, kw_only=True):
    """An event that touches no link."""

    reason: str


class Facts(Struct, frozen=True, kw_only=True):
    """What a body tells by itself, for who can ask nobody else: believed as it stands."""

    repository: Repository | None = None
    """As far as the body tells it; None: not at all."""
    is_deleted: bool = False
    """The repository is gone."""
    is_foreign: bool = False
    """It is about an organization that is not the integration's."""
    pull_request: PullRequest | None = None
    """As it stood when the event was made."""
