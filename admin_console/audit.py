"""The audit over HTTP: what callers did is noted, and is told."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.access.auditing import audit
from shared.audit_entries import Actor, AuditAction
from shared.model import IntegrationId
from shared.web.calls import write_cursor
from shared.web.routes import PAGED, Route

if TYPE_CHECKING:
    from shared.audit_entries import AuditEntry
    from shared.web.calls import Call


class AuditEntryAnswer(Struct, frozen=True):
    """One thing that was done."""

    at: datetime
    by: Actor
    action: AuditAction
    integration_id: str | None
    detail: str


class AuditAnswer(Struct, frozen=True):
    """A page of the audit, the newest first."""

    entries: tuple[AuditEntryAnswer, ...]
    next: str | None


def note(call: Call, action: AuditAction, integration_id: str | None, *, detail: str = "") -> None:
    """Note what the caller did, to an integration if it is about one."""
    audit(
        call.services,
        action,
        by=call.caller.actor,
        integration=None if integration_id is None else IntegrationId(integration_id),
        detail=detail,
    )


def list_audit(call: Call) -> AuditAnswer:
    """Return a page of the audit."""
    services, limit = call.services, call.limit()
    found = services.storage.audit.page(now=services.clock(), after=call.cursor(), limit=limit + 1)
    following = write_cursor(found[limit - 1].position) if len(found) > limit else None
    return AuditAnswer(tuple(_shown(stored.entry) for stored in found[:limit]), following)


def _shown(entry: AuditEntry) -> AuditEntryAnswer:
    return AuditEntryAnswer(entry.at, entry.by, entry.action, entry.integration, entry.detail)


ROUTES: Final = (
    Route("GET", "audit", list_audit, "admin", "Who did what, the newest first.",
          answer=AuditAnswer, query=PAGED),
)  # fmt: skip
