"""Integrations as they are said and told over HTTP."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from shared.configuration import (
    DEFAULT_TRACKER,
    ConnectionKind,
    IndexSwitches,
    Selection,
    WritesBy,
)
from shared.model import GitHostKind, LeftOut, TrackerId
from shared.progress import WorkState
from shared.status import (
    IntegrationState,
    RepositoryState,
)
from shared.web.calls import Moment


class ConnectionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A credential."""

    kind: ConnectionKind
    token: str = ""
    email: str = ""
    expires_at: Moment | None = None


class SelectionBody(Selection, frozen=True, forbid_unknown_fields=True):
    """Which repositories are indexed."""


class IndexBody(IndexSwitches, frozen=True, forbid_unknown_fields=True):
    """Which kinds of things are indexed."""


class KnownConnectionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The connection of a changed integration: a new one if it has a token."""

    kind: ConnectionKind
    token: str = ""
    email: str = ""
    expires_at: Moment | None = None


class IntegrationFields(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What an admin says of an integration, its credential apart."""

    git_host: GitHostKind
    url: str
    name: str = ""
    """Left out: the organization's."""
    collection: str = ""
    """Of an `azure_devops_server` whose url does not name it."""
    organizations: tuple[str, ...] = ()
    trackers: tuple[TrackerId, ...] = (DEFAULT_TRACKER,)
    index: IndexBody = IndexBody()
    repositories: SelectionBody = SelectionBody()
    pull_request_window_days: int = 183
    webhooks: bool = True
    hooks_only: bool = False
    writes: WritesBy = "own_token"


class IntegrationBody(IntegrationFields, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new integration."""

    connection: ConnectionBody


class ChangedIntegrationBody(
    IntegrationFields, frozen=True, forbid_unknown_fields=True, kw_only=True
):
    """An integration after a merge patch."""

    connection: KnownConnectionBody
    confirm_disconnect: int | None = None
    """How many repositories the change may disconnect."""


class ConnectionAnswer(Struct, frozen=True):
    """How an integration is authorised; the secret is never told."""

    kind: ConnectionKind
    email: str
    expires_at: datetime | None


class IntegrationAnswer(Struct, frozen=True):
    """An integration."""

    id: str
    state: IntegrationState
    webhook_id: str
    created_at: datetime
    name: str
    git_host: GitHostKind
    url: str
    organizations: tuple[str, ...]
    trackers: tuple[str, ...]
    connection: ConnectionAnswer
    index: IndexSwitches
    repositories: Selection
    pull_request_window_days: int
    webhooks: bool
    hooks_only: bool
    writes: WritesBy


class IntegrationsAnswer(Struct, frozen=True):
    """A page of integrations."""

    integrations: tuple[IntegrationAnswer, ...]
    next: str | None


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
    """A repository of an integration."""

    id: str
    name: str
    project: str
    organization: str
    url: str
    default_branch: str | None
    state: RepositoryState
    left_out: LeftOut | None
    kinds: dict[str, KindAnswer]


class RepositoriesAnswer(Struct, frozen=True):
    """A page of repositories."""

    repositories: tuple[RepositoryRow, ...]
    next: str | None


class ReindexBody(Struct, frozen=True, forbid_unknown_fields=True):
    """What is to be reindexed."""

    repositories: tuple[str, ...] | None = None
    only_failed: bool = False
    since: Moment | None = None
    """Pull requests that were closed from then on are read again, beyond the window too."""


class RunAnswer(Struct, frozen=True):
    """A reindex that was started, or that is going on."""

    run: str
    started_at: datetime
    repositories: int
