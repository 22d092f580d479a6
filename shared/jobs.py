"""Do what a queue message asks for, and see to it that no failure passes unseen.

What an admin must put right is recorded and ends the job. What passes by itself is raised, for
the queue to try again; `give_up` takes what failed every time.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.errors import AdminError, DevlinksError, GitHostError, StoppedError, ThrottledError
from shared.hooks.processing import process_delivery
from shared.index.discovery import discover
from shared.index.failing import record_failure
from shared.index.reindexing import Budget
from shared.index.removing import remove_gone_repository, remove_integration
from shared.index.rules import apply_rules
from shared.index.working import work_on_project, work_on_repository
from shared.progress import Pause
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.progress import Job, QueueName
    from shared.services import Services

MOST_ATTEMPTS: Final = 5
"""As often as host.json has the queue try."""
BUDGETS: Final[dict[QueueName, tuple[timedelta, int | None]]] = {
    "hooks": (timedelta(minutes=4), 5000),
    "reindex": (timedelta(minutes=4), 5000),
    "history": (timedelta(minutes=25), None),
}
"""How long a job may work, and on how many commits."""
_LONGEST_DELAY: Final = timedelta(hours=1)
_log = logging.getLogger(__name__)


class GaveUpError(GitHostError):
    """A job failed as often as it may."""

    code = "gave_up"
    next_step = "The log tells why; the timer tries again in an hour."


def run(services: Services, queue: QueueName, job: Job, *, attempt: int) -> None:
    """Carry out a job; the failure of its last *attempt*, counted from one, is recorded too."""
    record = services.integrations.get(ONE_GROUP, job.integration)
    if record is None:
        _log.info("job_without_integration integration=%s", job.integration)
        return
    integration = record.value
    if job.reason != "remove" and (integration.is_removed or integration.is_paused):
        return
    if _is_paused(services, queue, job):
        return
    time, commits = BUDGETS[queue]
    budget = Budget(services.clock() + time, commits)
    try:
        _carry_out(services, integration, queue, job, budget)
    except ThrottledError as error:
        _put_off(services, queue, job, error)
    except StoppedError:
        _log.info("job_stopped integration=%s", job.integration)
    except AdminError as error:
        _fail(services, integration, job, error)
    except DevlinksError as error:
        if attempt >= MOST_ATTEMPTS:
            _fail(services, integration, job, error)
        raise


def give_up(services: Services, job: Job) -> None:
    """Record that a job failed every time, whatever way it failed, and let the timer try again."""
    record = services.integrations.get(ONE_GROUP, job.integration)
    if record is None:
        return
    _fail(services, record.value, job, GaveUpError("Indexing failed five times in a row."))


def _carry_out(
    services: Services, integration: Integration, queue: QueueName, job: Job, budget: Budget
) -> None:
    if job.reason == "remove":
        remove_integration(services, integration, budget=budget)
    elif job.repository is not None:
        _work_on_repository(services, integration, queue, job, budget)
    elif job.project is not None:
        _work_on_project(services, integration, job)
    elif job.delivery is not None:
        process_delivery(services, integration, job, budget=budget)
    else:
        discover(services, integration)


def _work_on_repository(
    services: Services, integration: Integration, queue: QueueName, job: Job, budget: Budget
) -> None:
    assert job.repository is not None, "a repository's job names it"
    record = services.repositories.get(integration.id, job.repository)
    if record is None:
        return
    if not record.value.is_live:
        remove_gone_repository(services, integration, record.value)
    elif job.reason == "rules":
        apply_rules(services, integration, record.value.repository)
    else:
        onward: QueueName = "history" if queue == "history" else "reindex"
        work_on_repository(
            services, integration, record.value, job, budget=budget, continue_on=onward
        )


def _work_on_project(services: Services, integration: Integration, job: Job) -> None:
    assert job.project is not None, "a project's job names it"
    discovery = services.discoveries.get(ONE_GROUP, integration.id)
    organization = discovery.value.projects.get(job.project) if discovery else None
    if organization is not None:
        work_on_project(services, integration, job.project, organization=organization)


def _is_paused(services: Services, queue: QueueName, job: Job) -> bool:
    """Tell whether the git host asked us to wait; then the job comes back when that is over."""
    record = services.pauses.get(ONE_GROUP, job.integration)
    now = services.clock()
    if record is None or record.value.until <= now or job.reason in {"remove", "rules"}:
        return False
    delay = min(record.value.until - now, _LONGEST_DELAY)
    services.storage.jobs.put(queue, job, delay=delay)
    return True


def _put_off(services: Services, queue: QueueName, job: Job, error: ThrottledError) -> None:
    services.pauses.put(ONE_GROUP, job.integration, Pause(error.retry_at))
    delay = max(error.retry_at - services.clock(), timedelta())
    services.storage.jobs.put(queue, job, delay=min(delay, _LONGEST_DELAY))
    _log.warning("throttled integration=%s until=%s", job.integration, error.retry_at.isoformat())


def _fail(services: Services, integration: Integration, job: Job, error: DevlinksError) -> None:
    _log.warning(
        "job_failed integration=%s repository=%s project=%s delivery=%s code=%s",
        job.integration, job.repository, job.project, job.delivery, error.code,
    )  # fmt: skip
    if job.delivery is not None:
        services.storage.deliveries.mark(
            integration.webhook_id, job.delivery, "failed", detail=f"{error.code}: {error}"[:500]
        )
    if job.delivery is None or job.repository is not None:
        record_failure(services, job, error)
