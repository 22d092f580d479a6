"""What is done about an integration every hour beside discovering: what is lost, what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.index.ticking import SWEPT_AFTER, sweep

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.services import Services

_LEDGER_KEPT: Final = timedelta(days=7)


def keep_clean(services: Services, integration: Integration) -> None:
    """Enqueue deliveries that were never finished, however old, and forget what is too old."""
    now = services.clock()
    sweep(services, integration, since=now - _LEDGER_KEPT, until=now - SWEPT_AFTER)
    services.storage.deliveries.expire(now=now)
    services.storage.changes.expire(now=now)
