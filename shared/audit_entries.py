"""What is kept of who did what to an installation, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from shared.model import IntegrationId

ActorKind = Literal["token", "user", "operator", "hook"]
AuditAction = Literal[
    "configuration_exported",
    "configuration_imported",
    "connection_authorised",
    "connection_replaced",
    "deliveries_refilled",
    "deliveries_replayed",
    "delivery_replayed",
    "foreign_event_dropped",
    "integration_added",
    "integration_changed",
    "integration_paused",
    "integration_removed",
    "integration_resumed",
    "keys_removed",
    "keys_resealed",
    "keys_rewrapped",
    "keys_rotated",
    "link_attached",
    "link_detached",
    "one_time_link_made",
    "reindex_cancelled",
    "reindex_started",
    "signed_in",
    "signed_out",
    "token_created",
    "token_revoked",
    "tracker_added",
    "tracker_changed",
    "tracker_removed",
    "user_changed",
    "webhook_reconciled",
    "webhook_rotated",
]


class Actor(Struct, frozen=True):
    """Who did it."""

    kind: ActorKind
    """An API token, somebody in the console, somebody at a shell of the installation, or who knows
    a webhook's password."""
    id: str = ""
    """The token's, the user's, or the webhook's."""
    name: str = ""
    """The token's, or the user's."""


class AuditEntry(Struct, frozen=True):
    """One thing that was done."""

    at: datetime
    by: Actor
    action: AuditAction
    integration: IntegrationId | None = None
    detail: str = ""
