"""Integrations as they are said and told over HTTP."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, Struct, UnsetType

from shared.configuration import (
    DEFAULT_TRACKER,
    ConnectionKind,
    IndexSwitches,
    Selection,
    WritesBy,
)
from shared.integrations.status import (
    IntegrationState,
)
from shared.model import GitHostKind, TrackerId
from shared.web.calls import Moment


class ConnectionBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A credential: which of it is needed, its kind says."""

    kind: ConnectionKind
    token: str = ""
    user_name: str = ""
    password: str = ""
    host_key: str = ""
    """Of an SSH server, as `known_hosts` writes it; left out: the one that it shows now."""
    tenant_id: str = ""
    client_id: str = ""
    """Of a managed identity; left out: the app's own."""
    client_secret: str = ""
    certificate: str = ""
    """In place of a client_secret: with its private key, in PEM."""
    email: str = ""
    expires_at: Moment | None = None

    def __repr__(self) -> str:
        return f"ConnectionBody(kind={self.kind!r}, …)"


class SelectionBody(Selection, frozen=True, forbid_unknown_fields=True):
    """Which repositories are indexed."""


class IndexBody(IndexSwitches, frozen=True, forbid_unknown_fields=True):
    """Which kinds of things are indexed."""


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

    connection: ConnectionBody
    """A new one if it has a secret or another kind; else what is known is told otherwise."""
    confirm_disconnect: int | None = None
    """How many repositories the change may disconnect."""


class ConnectionAnswer(Struct, frozen=True):
    """How an integration is authorised; the secret is never told."""

    kind: ConnectionKind
    email: str
    expires_at: datetime | None
    user_name: str | UnsetType = UNSET
    host_key: str | UnsetType = UNSET
    """What keys the SSH server may have, a line each, with their fingerprints."""
    public_key: str | UnsetType = UNSET
    """To be added to the repository's deploy keys, to read only."""
    tenant_id: str | UnsetType = UNSET
    client_id: str | UnsetType = UNSET
    finish_url: str | UnsetType = UNSET
    """Of OAuth: the page where somebody signs in, the first time and when it is needed again."""


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
