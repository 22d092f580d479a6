"""What is done about an integration beside reading its git host: what is lost, what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.access import one_time_codes, sessions
from shared.hooks.refilling import refill_since_last_time
from shared.messages import Job

if TYPE_CHECKING:
    from datetime import datetime

    from shared.configuration import Integration
    from shared.services import Services

SWEPT_AFTER: Final = timedelta(minutes=1)
"""A delivery that is accepted for so long may never have been enqueued."""
_LEDGER_KEPT: Final = timedelta(days=7)


def keep_clean(services: Services, integration: Integration) -> None:
    """Enqueue deliveries that were never finished, or never came; forget what is too old."""
    now = services.clock()
    sweep(services, integration, since=now - _LEDGER_KEPT, until=now - SWEPT_AFTER)
    refill_since_last_time(services, integration)
    services.storage.deliveries.expire(now=now)
    services.storage.audit.expire(now=now)
    services.storage.changes.expire(now=now)
    sessions.expire(services)
    one_time_codes.expire(services)


def sweep(services: Services, integration: Integration, *, since: datetime, until: datetime) -> int:
    """Enqueue deliveries again that were never finished; return how many."""
    lost = services.storage.deliveries.unfinished(integration.webhook_id, since=since, until=until)
    for delivery in lost:
        services.storage.jobs.put("hooks", Job(integration.id, "hook", delivery=delivery.id))
    return len(lost)
