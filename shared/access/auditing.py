"""Note who did what, so that an admin can look it up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.audit_entries import Actor, AuditAction, AuditEntry

if TYPE_CHECKING:
    from shared.model import IntegrationId
    from shared.services import Services

OPERATOR: Final = Actor("operator")
_MOST_CHARACTERS: Final = 500


def audit(
    services: Services,
    action: AuditAction,
    *,
    by: Actor,
    integration: IntegrationId | None = None,
    detail: str = "",
    once: str = "",
) -> None:
    """Note what was done; of what *once* names, only the first of each hour is noted.

    A detail is cut at 500 characters. It holds no secret, and nothing that somebody pushed.
    """
    entry = AuditEntry(services.clock(), by, action, integration, detail[:_MOST_CHARACTERS])
    services.storage.audit.add(entry, once=once)
