"""What is kept of who did what to an installation, and when."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from shared.model import IntegrationId

ActorKind = Literal["token", "operator", "hook"]
AuditAction = Literal[
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
    "link_attached",
    "link_detached",
    "reindex_cancelled",
    "reindex_started",
    "tracker_changed",
    "webhook_rotated",
]


class Actor(Struct, frozen=True):
    """Who did it."""

    kind: ActorKind
    """An API token, somebody at a shell of the installation, or who knows a webhook's password."""
    id: str = ""
    """The token's, or the webhook's."""
    name: str = ""
    """The token's."""


class AuditEntry(Struct, frozen=True):
    """One thing that was done."""

    at: datetime
    by: Actor
    action: AuditAction
    integration: IntegrationId | None = None
    detail: str = ""
