"""Process deliveries again that the ledger keeps: one, or all of a state and a time.

A delivery is processed as often as one likes: links are a function of what git holds, so the
second time changes nothing. Each is marked before it is enqueued; what is lost between the two is
found by the timer's sweep.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from msgspec.structs import replace

from shared.errors import BadRequestError, UnknownThingError
from shared.messages import Job
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from datetime import datetime

    from shared.configuration import Integration
    from shared.messages import Delivery
    from shared.services import Services

Replayed = Literal["failed", "done", "ignored", "unreadable"]
"""Those that came to an end; what was accepted is on its way already."""

_A_PAGE: Final = 100
_MOST_IN_A_JOB: Final = 1000
_log = log_of(__name__)


def replay_one(services: Services, integration: Integration, delivery_id: str) -> None:
    """Have one delivery processed again; UnknownThingError when the ledger does not keep it."""
    delivery = services.storage.deliveries.get(integration.webhook_id, delivery_id)
    if delivery is None:
        raise UnknownThingError("The ledger keeps no such delivery.")
    _again(services, delivery)


def replay(
    services: Services,
    integration: Integration,
    *,
    state: Replayed = "failed",
    since: datetime | None = None,
    until: datetime | None = None,
) -> Job:
    """Have deliveries of a state processed again that were received from *since* to *until*.

    Left out, all that the ledger keeps, up to now. A job does it; that job is returned.
    """
    until = until or services.clock() + timedelta(milliseconds=1)
    if since is not None and since >= until:
        raise BadRequestError("No time lies between the two.", fields={"from": "not before `to`"})
    job = Job(integration.id, "replay", state=state, since=since, until=until)
    services.storage.jobs.put("reindex", job)
    return job


def replay_on(services: Services, integration: Integration, job: Job) -> None:
    """Replay what a job is about, as much as one job should; the rest is left to another.

    Going through the ledger from new to old, it never meets again what it has replayed.
    """
    taken = 0
    while taken < _MOST_IN_A_JOB:
        page = services.storage.deliveries.page(
            integration.webhook_id,
            now=services.clock(),
            after=job.cursor or "",
            limit=_A_PAGE,
            state=job.state,
        )
        for delivery in page:
            if _is_within(delivery, job):
                _again(services, delivery)
                taken += 1
        if len(page) < _A_PAGE:
            _log.info("replayed integration=%s state=%s", integration.id, job.state)
            return
        job = replace(job, cursor=page[-1].id)
    services.storage.jobs.put("reindex", job)


def _is_within(delivery: Delivery, job: Job) -> bool:
    at = delivery.received_at
    return (job.since is None or job.since <= at) and (job.until is None or at < job.until)


def _again(services: Services, delivery: Delivery) -> None:
    services.storage.deliveries.mark(delivery.webhook, delivery.id, "accepted")
    services.storage.jobs.put("hooks", Job(delivery.integration, "hook", delivery=delivery.id))
