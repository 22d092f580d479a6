"""Where integrations stand, kept so that a list of them need not look at every repository.

A summary is what somebody saw who looked at everything. Whoever begins something, or fails at it,
says that it is stale; a reader looks again at a few of those that are, the oldest first.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.errors import ChangedError
from shared.progress import Summary
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from shared.cursors import WorkState
    from shared.model import IntegrationId
    from shared.services import Services

_BUSY_FOR: Final = timedelta(minutes=1)
_AT_REST_FOR: Final = timedelta(minutes=15)


def mark_stale(services: Services, integration: IntegrationId) -> None:
    """Say that an integration may stand elsewhere by now; nothing is written twice."""
    record = services.summaries.get(ONE_GROUP, integration)
    if record is not None and not record.value.is_stale:
        with suppress(ChangedError):  # somebody looked just now: at worst a minute before us
            services.summaries.replace(record, replace(record.value, is_stale=True))


def keep_summary(
    services: Services, integration: IntegrationId, work: Collection[WorkState]
) -> Summary:
    """Keep the states that were seen just now; return what is kept."""
    now = services.clock()
    record = services.summaries.get(ONE_GROUP, integration)
    seen = Summary(tuple(sorted(set(work))), now)
    known = record.value if record else None
    if known is not None and known.work == seen.work and not needs_a_look(known, now):
        return known
    services.summaries.put(ONE_GROUP, integration, seen)
    return seen


def needs_a_look(summary: Summary, now: datetime) -> bool:
    """Tell whether what was seen is too old to be told.

    What is being done ends without a word here; what rests is mostly resting still.
    """
    is_busy = bool({"new", "indexing"}.intersection(summary.work))
    kept_for = _BUSY_FOR if is_busy else _AT_REST_FOR
    return summary.is_stale or now - summary.at >= kept_for
