"""Ask for a refill: for what the git host failed to deliver, as if it had been delivered.

An admin asks for it, and so do a repaired service hook, each discovery, and a delivery that comes
late: others may not have come at all.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.connections.opening import check_callable
from shared.errors import ChangedError
from shared.hooks.fetching import MARGIN, hooks_of
from shared.messages import Job
from shared.progress import RefillRecord
from shared.scheduling.runs import start_run
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from datetime import datetime

    from shared.configuration import Integration
    from shared.services import Services

_LATE: Final = timedelta(minutes=1)
"""A delivery that comes so long after its event was tried before, without success."""
_TRIED_FOR: Final = timedelta(minutes=5)
"""Azure DevOps gives up a delivery after about three minutes."""
_ASKED_EVERY: Final = timedelta(minutes=30)


def refill(services: Services, integration: Integration, *, since: datetime | None = None) -> Job:
    """Have everything fetched that could not be delivered from *since* on; return the job.

    Everything is reindexed when *since* is older than the git host's history, when it may not be
    read, and when something was lost: then there may be more that the history does not tell.
    Without *since* all of the history is looked through, and everything is reindexed.
    HooksOnlyError for an integration whose git host is never called.
    """
    check_callable(integration)
    job = Job(integration.id, "refill", since=since, asked_at=services.clock())
    services.storage.jobs.put("reindex", job)
    return job


def refill_since_last_time(services: Services, integration: Integration) -> None:
    """Have fetched what could not be delivered since the last refill, if that was some time ago.

    Integrations without service hooks have nothing to be fetched.
    """
    if not hooks_of(services, integration):
        return
    record = services.refills.get(ONE_GROUP, integration.id)
    if record is None:
        services.refills.put(ONE_GROUP, integration.id, RefillRecord(services.clock()))
    elif services.clock() - record.value.covered_until >= _ASKED_EVERY:
        job = Job(integration.id, "refill", since=record.value.covered_until - MARGIN)
        services.storage.jobs.put("reindex", job)


def refill_when_late(
    services: Services,
    integration: Integration,
    *,
    created_at: datetime | None,
    received_at: datetime,
) -> None:
    """Take a delivery that came late for a sign of an outage, and fetch what did not come at all.

    Many come late then: one refill is asked for, once the others were given up.
    """
    if created_at is None or received_at - created_at < _LATE:
        return
    record = services.refills.get(ONE_GROUP, integration.id)
    if record is None or record.value.covered_until >= received_at:
        return
    now, asked_at = services.clock(), record.value.asked_at
    if asked_at is not None and now - asked_at < _ASKED_EVERY:
        return
    try:
        services.refills.replace(record, replace(record.value, asked_at=now))
    except ChangedError:
        return  # another worker saw the same
    since = min(created_at, record.value.covered_until) - MARGIN
    job = Job(integration.id, "refill", since=since, asked_at=now)
    services.storage.jobs.put("reindex", job, delay=_TRIED_FOR)


def give_refill_up(services: Services, integration: Integration, job: Job) -> None:
    """Have everything read from the git host instead, if somebody asked for the refill."""
    if job.asked_at is not None:
        start_run(services, integration)
