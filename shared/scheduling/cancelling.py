"""Stop what is being indexed, without losing anything of it.

Jobs that wait become void. Those that work find their cursor changed when they next store how far
they are, and stop; the walk is kept, so that the next reindex carries on. A cancellation is no
switch: what service hooks tell is indexed, and after a day the timer goes on.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.errors import ChangedError
from shared.progress import Cancellation, Lease
from shared.scheduling.leases import PROJECT, WORK_ITEMS
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from datetime import datetime

    from shared.configuration import Integration
    from shared.cursors import Cursor
    from shared.messages import Job
    from shared.model import IntegrationId
    from shared.services import Services

RESTS_FOR: Final = timedelta(hours=24)
"""How long the timer leaves alone what was cancelled half way."""
_CANCELLED: Final = "cancelled"
_log = log_of(__name__)


def cancel(services: Services, integration: Integration) -> None:
    """Stop the run and the first indexes of an integration; that there are none is fine."""
    now = services.clock()
    _count_one_more(services, integration.id, now)
    run = services.runs.get(ONE_GROUP, integration.id)
    if run is not None and run.value.cancelled_at is None:
        with suppress(ChangedError):  # another run has begun since
            services.runs.replace(run, replace(run.value, cancelled_at=now))
    held = {r.key: r for r in services.leases.list(integration.id) if r.value.until > now}
    for record in services.cursors.list(integration.id):
        if record.value.walk is not None or record.key in held:
            _halt(services, integration.id, record.key, until=now + RESTS_FOR)
    live = {r.key for r in services.repositories.list(integration.id) if r.value.is_live}
    for key, lease in held.items():
        if key in live or key.startswith((PROJECT, WORK_ITEMS)):
            # Who holds it sees that when renewing it, and stops before the next page.
            with suppress(ChangedError):
                services.leases.replace(lease, Lease(_CANCELLED, now))
    _log.info("cancelled integration=%s", integration.id)


def cancels_so_far(services: Services, integration: IntegrationId) -> int:
    """Return how often indexing was cancelled, for a job that is enqueued now."""
    record = services.cancellations.get(ONE_GROUP, integration)
    return record.value.count if record else 0


def is_void(services: Services, job: Job) -> bool:
    """Tell whether indexing was cancelled since a job was enqueued."""
    return job.cancels is not None and job.cancels < cancels_so_far(services, job.integration)


def lift(services: Services, integration: IntegrationId) -> int:
    """Let indexing go on because somebody asks for it; return what its jobs are to carry."""
    while True:
        record = services.cancellations.get(ONE_GROUP, integration)
        if record is None:
            return 0
        try:
            if not record.value.is_lifted:
                services.cancellations.replace(record, replace(record.value, is_lifted=True))
        except ChangedError:
            continue
        return record.value.count


def rests_until(cancellation: Cancellation | None) -> datetime | None:
    """Return until when the timer begins nothing that was never indexed; None when it may."""
    if cancellation is None or cancellation.is_lifted:
        return None
    return cancellation.at + RESTS_FOR


def _count_one_more(services: Services, integration: IntegrationId, now: datetime) -> None:
    while True:
        record = services.cancellations.get(ONE_GROUP, integration)
        try:
            if record is None:
                services.cancellations.insert(ONE_GROUP, integration, Cancellation(1, now))
            else:
                more = Cancellation(record.value.count + 1, now)
                services.cancellations.replace(record, more)
        except ChangedError:
            continue
        return


def _halt(services: Services, integration: IntegrationId, key: str, *, until: datetime) -> None:
    """Let a repository rest; whoever is at it cannot move its cursor any more."""
    while True:
        record = services.cursors.get(integration, key)
        if record is None:
            return
        try:
            services.cursors.replace(record, _at_rest(record.value, until))
        except ChangedError:
            continue
        return


def _at_rest(cursor: Cursor, until: datetime) -> Cursor:
    if cursor.walk is None and cursor.last_indexed_at is not None:
        return cursor
    return replace(cursor, is_halted=True, next_at=until)
