"""The audit: who did what, and when, in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.audit import list_audit
from admin_console.pages.pages import Page, show
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from admin_console.audit import AuditEntryAnswer
    from shared.audit_entries import Actor, ActorKind, AuditAction
    from shared.web.pages import Html
    from shared.web.visits import Visit

SENTENCES: Final[dict[AuditAction, str]] = {
    "configuration_exported": "exported the configuration",
    "configuration_imported": "imported a configuration",
    "connection_authorised": "allowed the connection at the identity server",
    "connection_replaced": "replaced the connection",
    "deliveries_refilled": "had lost deliveries fetched",
    "deliveries_replayed": "had deliveries processed again",
    "delivery_replayed": "had a delivery processed again",
    "foreign_event_dropped": "sent an event of another organization, which was dropped",
    "integration_added": "added the integration",
    "integration_changed": "changed the integration",
    "integration_paused": "paused the integration",
    "integration_removed": "removed the integration",
    "integration_resumed": "resumed the integration",
    "keys_removed": "removed a key that seals nothing any more",
    "keys_resealed": "had secrets sealed with the newest key",
    "keys_rewrapped": "had keys wrapped anew",
    "keys_rotated": "made a new key for secrets",
    "link_attached": "attached a link by hand",
    "link_detached": "detached a link by hand",
    "one_time_link_made": "made a link that signs in once",
    "reindex_cancelled": "cancelled a reindex",
    "reindex_started": "started a reindex",
    "signed_in": "signed in",
    "signed_out": "signed out",
    "token_created": "made an API token",
    "token_revoked": "revoked an API token",
    "tracker_added": "added a tracker",
    "tracker_changed": "changed a tracker",
    "tracker_removed": "removed a tracker",
    "user_changed": "changed what somebody may do",
    "webhook_reconciled": "had the service hooks looked at and put right",
    "webhook_rotated": "made a new password for the webhook",
}
"""What was done, as the rest of a sentence that begins with who did it."""
ACTORS: Final[dict[ActorKind, str]] = {
    "token": "API token",
    "user": "",
    "operator": "Somebody at a shell of the installation",
    "hook": "A sender of webhooks",
}
"""What stands before a name, or for somebody who has none."""


class ShownEntry(Struct, frozen=True):
    """One thing that was done."""

    at: datetime
    who: str
    what: str
    integration_id: str | None
    integration: str
    detail: str


def show_audit(visit: Visit) -> Html:
    """Show a page of the audit, the newest first."""
    found = list_audit(visit)
    known = visit.services.integrations.list(ONE_GROUP)
    names = {r.key: r.value.name for r in known if not r.value.is_removed}
    return show(
        visit,
        "audit.html",
        title="Audit",
        entries=tuple(_shown(entry, names) for entry in found.entries),
        next=found.next,
    )


def who(actor: Actor) -> str:
    """Return who did something, as the beginning of a sentence."""
    name = actor.name or actor.id
    return " ".join(filter(None, (ACTORS[actor.kind], name))) or "Somebody"


def _shown(entry: AuditEntryAnswer, names: dict[str, str]) -> ShownEntry:
    integration = entry.integration_id
    return ShownEntry(
        at=entry.at,
        who=who(entry.by),
        what=SENTENCES[entry.action],
        integration_id=integration if integration in names else None,
        integration=names.get(integration, integration) if integration else "",
        detail=entry.detail,
    )


PAGES: Final = (Page("GET", "audit", show_audit, "admin"),)
