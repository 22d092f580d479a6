"""What the timer does: enqueue what is due, and what may have been lost on its way."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.activity import count_hours
from shared.boards.wishes import next_look_at_work_items
from shared.connections.keeping_alive import keep_alive
from shared.messages import Job
from shared.scheduling import leases, schedule
from shared.scheduling.cancelling import rests_until
from shared.scheduling.keeping import SWEPT_AFTER, sweep
from shared.scheduling.leases import DISCOVERY, project_lease, work_items_lease
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from datetime import datetime

    from shared.configuration import Integration
    from shared.interfaces.storage import Record
    from shared.messages import Due, Reason
    from shared.progress import Cancellation
    from shared.services import Services

_SWEPT_BACK_TO: Final = timedelta(hours=1)
"""Discovery sweeps what is older."""
_PAUSED_FOR: Final = timedelta(hours=1)


class Tick(Struct):
    """What one tick did."""

    due: int = 0
    enqueued: int = 0
    deliveries: int = 0
    hours: int = 0
    """Of activity that were counted."""


def tick(services: Services, *, now: datetime) -> Tick:
    """Enqueue what is due *now*. It can be done twice, or by two workers, without harm."""
    done = Tick()
    integrations = {r.key: r.value for r in services.integrations.list(ONE_GROUP)}
    cancelled = {r.key: r.value for r in services.cancellations.list(ONE_GROUP)}
    seen: set[Due] = set()
    for record in schedule.due_now(services, now=now):
        done.due += 1
        integration = integrations.get(record.value.integration)
        if record.value in seen or integration is None or integration.is_removed:
            schedule.drop(services, record)
        elif integration.is_paused:
            schedule.put_off(services, record, until=now + _PAUSED_FOR)
        else:
            known = cancelled.get(integration.id)
            done.enqueued += _look_at(services, integration, record, now, cancellation=known)
        seen.add(record.value)
    for integration in integrations.values():
        if integration.is_removed or integration.former_trackers:
            services.storage.jobs.put("reindex", Job(integration.id, "remove"))
        if not integration.is_removed:
            done.deliveries += sweep(
                services, integration, since=now - _SWEPT_BACK_TO, until=now - SWEPT_AFTER
            )
    kept = [i for i in integrations.values() if not i.is_removed]
    done.hours = count_hours(services, kept, now=now)
    keep_alive(services, now=now)
    return done


def _look_at(
    services: Services,
    integration: Integration,
    record: Record[Due],
    now: datetime,
    *,
    cancellation: Cancellation | None,
) -> bool:
    """Enqueue what a hint is about if its time has come; tell whether it was.

    What was never indexed rests for a while after a *cancellation*.
    """
    due = record.value
    if not _exists(services, integration, due):
        schedule.drop(services, record)
        return False
    next_at = _next_at(services, due, rests=rests_until(cancellation))
    if next_at is not None and next_at > now:
        schedule.put_off(services, record, until=next_at)
        return False
    is_enqueued = not _is_being_worked_on(services, due, now)
    if is_enqueued:
        cancels = cancellation.count if cancellation else 0
        services.storage.jobs.put("reindex", _job(due, now, cancels=cancels))
    schedule.put_off(services, record, until=now + schedule.TRIED_AGAIN_AFTER)
    return is_enqueued


def _exists(services: Services, integration: Integration, due: Due) -> bool:
    """Tell whether there is still something to look at, or to remove."""
    if due.repository is not None:
        record = services.repositories.get(due.integration, due.repository)
        if record is None or record.value.is_live:
            return record is not None and not integration.hooks_only
        return services.cursors.get(due.integration, due.repository) is not None
    if due.project is not None:
        known = services.discoveries.get(ONE_GROUP, due.integration)
        is_known = known is None or due.project in known.value.projects
        is_read = integration.index.pull_requests and is_known and not integration.hooks_only
        return is_read or (
            # Switched off, and not forgotten yet.
            not integration.index.pull_requests
            and services.pull_request_cursors.get(due.integration, due.project) is not None
        )
    if due.organization is not None:
        record_of_it = services.work_item_cursors.get(due.integration, due.organization.lower())
        is_read = integration.index.work_items and not integration.hooks_only
        return is_read or record_of_it is not None
    return True


def _next_at(services: Services, due: Due, *, rests: datetime | None) -> datetime | None:
    """Return when the thing itself says that it wants to be looked at, None for now."""
    wanted = leases.wanted(services, due.integration, _lease_of(due))
    if wanted.count != wanted.settled:
        return None
    if due.repository is not None:
        cursor = services.cursors.get(due.integration, due.repository)
        if cursor is None or cursor.value.state == "new":
            return rests
        return None if cursor.value.state == "indexing" else cursor.value.next_at
    if due.project is not None:
        project = services.pull_request_cursors.get(due.integration, due.project)
        return project.value.next_at or rests if project else rests
    if due.organization is not None:
        return next_look_at_work_items(services, due.integration, due.organization)
    discovery = services.discoveries.get(ONE_GROUP, due.integration)
    return discovery.value.next_at if discovery else None


def _is_being_worked_on(services: Services, due: Due, now: datetime) -> bool:
    lease = services.leases.get(due.integration, _lease_of(due))
    return lease is not None and lease.value.until > now


def _lease_of(due: Due) -> str:
    if due.repository is not None:
        return due.repository
    if due.organization is not None:
        return work_items_lease(due.organization)
    return DISCOVERY if due.project is None else project_lease(due.project)


def _job(due: Due, now: datetime, *, cancels: int) -> Job:
    is_discovery = (due.repository, due.project, due.organization) == (None, None, None)
    reason: Reason = "discover" if is_discovery else "due"
    return Job(
        due.integration,
        reason,
        repository=due.repository,
        project=due.project,
        organization=due.organization,
        asked_at=now if is_discovery else None,
        cancels=None if is_discovery else cancels,
    )
