"""Repositories of an integration as they are asked for and told over HTTP."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.configuration import Selection
from shared.cursors import WorkState
from shared.discovery.selecting import Change
from shared.integrations.status import RepositoryState
from shared.model import LeftOut


class FailureAnswer(Struct, frozen=True):
    """Why something is not indexed."""

    code: str
    text: str
    since: datetime
    attempts: int


class KindAnswer(Struct, frozen=True):
    """Where one kind of a repository's things stands."""

    state: WorkState
    count: int
    last_indexed_at: datetime | None
    failure: FailureAnswer | None


class RepositoryRow(Struct, frozen=True):
    """A repository of an integration, or a project that shows none."""

    id: str
    name: str
    project: str
    organization: str
    url: str
    default_branch: str | None
    state: RepositoryState
    left_out: LeftOut | None
    advice: str | None
    """What would have one indexed that is left out."""
    kinds: dict[str, KindAnswer]


class RepositoriesAnswer(Struct, frozen=True):
    """A page of repositories."""

    repositories: tuple[RepositoryRow, ...]
    next: str | None


class SelectionBody(Selection, frozen=True, forbid_unknown_fields=True):
    """Which repositories would be indexed."""


class KeptAnswer(Struct, frozen=True):
    """A repository that would be indexed."""

    id: str
    name: str
    """With its organization and project where another is called the same."""
    project: str
    organization: str
    change: Change | None
    """What would be another than today."""


class DroppedAnswer(KeptAnswer, frozen=True, kw_only=True):
    """A repository that would be left out."""

    left_out: LeftOut
    advice: str


class PreviewAnswer(Struct, frozen=True):
    """What a selection would keep and drop of the repositories that the git host lists now."""

    kept: tuple[KeptAnswer, ...]
    dropped: tuple[DroppedAnswer, ...]
    connects: int
    """How many would be indexed that are not."""
    disconnects: int
    """How many would not be indexed any more."""
    failures: dict[str, str]
    """Organization → why it could not be listed; nothing would change there."""
