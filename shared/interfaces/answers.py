"""What a git host answers, as values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from shared.model import Branch, Note, ProjectId, PullRequest, Repository


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


class BranchStats(Struct, frozen=True):
    """How a branch compares with the default one."""

    ahead: int
    """Commits that it has, and the default branch has not."""
    behind: int
    """The other way round."""


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


class ChangedWorkItems(Struct, frozen=True):
    """Work items that may have changed."""

    numbers: tuple[int, ...]
    """In ascending order."""
    observed_at: datetime
    """The git host's clock before the first of them was looked for."""
