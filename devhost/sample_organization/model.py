"""What a sample organization holds, as values."""

from __future__ import annotations

import base64
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

ZERO = "0" * 40
"""The object id that stands for "no such ref" in a ref update."""

HEADS = "refs/heads/"
TAGS = "refs/tags/"

MergeStrategy = Literal["noFastForward", "squash", "rebase", "rebaseMerge"]
PullRequestStatus = Literal["active", "abandoned", "completed"]


class Person(msgspec.Struct, frozen=True):
    """Somebody who may sign in, push, open and review."""

    id: str
    name: str
    """A role: nobody in the sample is a person."""
    email: str

    @property
    def descriptor(self) -> str:
        """The graph's name for the same person."""
        return "aad." + base64.b64encode(self.id.encode()).decode().rstrip("=")


class Project(msgspec.Struct, frozen=True):
    """A team project."""

    id: str
    name: str
    updated_at: datetime
    """Metadata only: pushes do not move it."""
    description: str = ""
    state: str = "wellFormed"
    source_control: Literal["Git", "Tfvc"] = "Git"
    revision: int = 11


class Repository(msgspec.Struct, frozen=True):
    """A git repository; what is in it lies in `folder`, bare."""

    id: str
    name: str
    project_id: str
    folder: Path
    created_at: datetime
    default_branch: str | None = None
    """A full ref name; None until the first branch is pushed. The branch may be gone by now."""
    is_disabled: bool = False
    is_in_maintenance: bool = False
    parent_id: str | None = None
    deleted_at: datetime | None = None
    """When it went to the recycle bin, from where it comes back with the same id."""
    deleted_by: Person | None = None
    is_shared: bool = False
    """`folder` is that of others too: it is copied before anything is written to it."""


class RefUpdate(msgspec.Struct, frozen=True):
    """One ref's move; `ZERO` on either side is a creation or a deletion."""

    name: str
    old: str
    new: str


class Push(msgspec.Struct, frozen=True):
    """What one push changed."""

    id: int
    repository_id: str
    person: Person
    at: datetime
    updates: tuple[RefUpdate, ...]
    commits: tuple[str, ...] = ()
    """Commits that no ref reached before, newest first; not listed for a whole imported history."""
    forced: bool = False


class Reviewer(msgspec.Struct, frozen=True):
    """A reviewer and what they said: 10, 5, 0, -5 or -10."""

    person: Person
    vote: int = 0
    is_required: bool = False


class CompletionOptions(msgspec.Struct, frozen=True, rename="camel"):
    """How a pull request is to be merged, as the API writes it."""

    merge_strategy: MergeStrategy | None = None
    squash_merge: bool = False
    """The older way to say squash."""
    delete_source_branch: bool = False
    merge_commit_message: str | None = None
    transition_work_items: bool = False

    @property
    def strategy(self) -> MergeStrategy:
        """The strategy that these options come to."""
        return self.merge_strategy or ("squash" if self.squash_merge else "noFastForward")


class PullRequest(msgspec.Struct, frozen=True):
    """A pull request, as it is now."""

    id: int
    repository_id: str
    source_repository_id: str
    """Another repository than `repository_id` for one from a fork."""
    source_ref: str
    target_ref: str
    title: str
    description: str
    created_by: Person
    created_at: datetime
    merge_id: str
    source_commit: str
    target_commit: str
    base_commit: str
    """Where the branches parted: kept, since the source branch may be deleted after completion."""
    is_draft: bool = False
    status: PullRequestStatus = "active"
    merge_status: Literal["queued", "conflicts", "succeeded"] = "queued"
    merge_commit: str | None = None
    closed_at: datetime | None = None
    closed_by: Person | None = None
    completion_queued_at: datetime | None = None
    completion: CompletionOptions | None = None
    reviewers: tuple[Reviewer, ...] = ()
    work_items: tuple[int, ...] = ()


class Relation(msgspec.Struct, frozen=True):
    """What a work item is linked to, outside of Azure Boards."""

    url: str
    """`vstfs:///Git/Commit/…` and its like."""
    name: str
    """What the pages call such a link."""
    at: datetime


class WorkItem(msgspec.Struct, frozen=True):
    """An Azure Boards work item; its number is unique in the organization."""

    id: int
    project_id: str
    kind: str
    title: str
    state: str
    created_by: Person
    changed_at: datetime
    iteration: str
    parent: int | None = None
    revision: int = 1
    relations: tuple[Relation, ...] = ()
    """Those made on the work item; a pull request holds its own."""
    deleted_at: datetime | None = None
    """When it went to the recycle bin, from where it comes back with the same number."""
