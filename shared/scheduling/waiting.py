"""Leaves a git host alone for as long as it wants: a job that comes meanwhile is put back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.scheduling.budgets import waits_until
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.messages import Job, QueueName
    from shared.services import Services

LONGEST_DELAY: Final = timedelta(hours=1)
"""Of a job; then it is looked at again."""
_log = log_of(__name__)


def has_to_wait(services: Services, integration: Integration, queue: QueueName, job: Job) -> bool:
    """Tell whether the git host is to be left alone now; then the job comes back after that."""
    if integration.hooks_only or job.reason in {"remove", "rules"}:
        return False
    until = waits_until(services, integration, queue)
    if until is None:
        return False
    delay = max(min(until - services.clock(), LONGEST_DELAY), timedelta())
    services.storage.jobs.put(queue, job, delay=delay)
    _log.info(
        "job_waited integration=%s queue=%s until=%s seconds=%d",
        integration.id, queue, until, delay.total_seconds(),
    )  # fmt: skip
    return True
