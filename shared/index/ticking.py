"""What the timer does: enqueue what is due, and what may have been lost on its way."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.index import schedule
from shared.progress import Job
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from datetime import datetime

    from shared.configuration import Integration
    from shared.progress import Due, Reason
    from shared.services import Services

_SWEPT_AFTER: Final = timedelta(minutes=1)
"""A delivery that is accepted for so long may never have been enqueued."""
_SWEPT_BACK_TO: Final = timedelta(hours=1)
_log = logging.getLogger(__name__)


class Tick(Struct):
    """What one tick did."""

    due: int = 0
    enqueued: int = 0
    deliveries: int = 0


def tick(services: Services, *, now: datetime) -> Tick:
    """Enqueue what is due *now*. It can be done twice, or by two workers, without harm."""
    done = Tick()
    integrations = {r.key: r.value for r in services.integrations.list(ONE_GROUP)}
    for record in schedule.due_now(services, now=now):
        done.due += 1
        integration = integrations.get(record.value.integration)
        if (
            integration is None
            or integration.is_removed
            or integration.is_paused
            or _is_out_of_date(services, record.value, now)
        ):
            schedule.drop(services, record)
        else:
            if not _is_being_worked_on(services, record.value, now):
                services.storage.jobs.put("reindex", _job(record.value))
                done.enqueued += 1
            schedule.put_off(services, record, now=now)
    for integration in integrations.values():
        if not integration.is_removed:
            done.deliveries += _sweep(services, integration, now)
    _log.info("tick due=%d enqueued=%d deliveries=%d", done.due, done.enqueued, done.deliveries)
    return done


def _sweep(services: Services, integration: Integration, now: datetime) -> int:
    """Enqueue deliveries again whose message may have been lost."""
    lost = services.storage.deliveries.unfinished(
        integration.webhook_id, since=now - _SWEPT_BACK_TO, until=now - _SWEPT_AFTER
    )
    for delivery in lost:
        services.storage.jobs.put("hooks", Job(integration.id, "hook", delivery=delivery.id))
    return len(lost)


def _is_out_of_date(services: Services, due: Due, now: datetime) -> bool:
    """Tell whether a cursor says that a hint's time has not come yet."""
    if due.repository is not None:
        cursor = services.cursors.get(due.integration, due.repository)
        next_at = cursor.value.next_at if cursor and cursor.value.walk is None else None
    elif due.project is not None:
        project = services.pull_request_cursors.get(due.integration, due.project)
        next_at = project.value.next_at if project else None
    else:
        discovery = services.discoveries.get(ONE_GROUP, due.integration)
        next_at = discovery.value.next_at if discovery else None
    return next_at is not None and next_at > now


def _is_being_worked_on(services: Services, due: Due, now: datetime) -> bool:
    if due.repository is None:
        return False
    lease = services.leases.get(due.integration, due.repository)
    return lease is not None and lease.value.until > now


def _job(due: Due) -> Job:
    reason: Reason = "discover" if due.repository is None and due.project is None else "due"
    return Job(due.integration, reason, repository=due.repository, project=due.project)
