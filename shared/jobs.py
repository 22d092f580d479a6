"""Do what a queue message asks for, and see to it that no failure passes unseen.

What an admin must put right is recorded and ends the job. What passes by itself is raised, for
the queue to try again; `give_up` takes what failed every time.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from msgspec.structs import replace

from shared.boards.working import read_work_item, work_on_work_items
from shared.connections.opening import open_organization
from shared.discovery.discovering import discover
from shared.discovery.probing import suspect
from shared.discovery.removing import remove_gone_repository, remove_what_was_taken_away
from shared.errors import (
    AdminError,
    ChangedError,
    DevlinksError,
    ForbiddenError,
    MissingError,
    SignedOutError,
    StoppedError,
    ThrottledError,
    UnavailableError,
)
from shared.events import PullRequestEvent, WorkItemEvent
from shared.hooks.fetching import refill_on
from shared.hooks.processing import Understood, understand
from shared.hooks.reconciling import reconcile
from shared.hooks.refilling import give_refill_up
from shared.hooks.replaying import replay_on
from shared.index.hooks_alone import work_on_hooks_alone
from shared.index.pull_requests import put_pull_requests
from shared.index.reindexing import Budget
from shared.index.switching import forget_pull_requests
from shared.index.working import judge_repository, work_on_project, work_on_repository
from shared.messages import Job
from shared.scheduling.budgets import note_budget, note_pause
from shared.scheduling.cancelling import is_void
from shared.scheduling.failing import GaveUpError, record_failure
from shared.scheduling.runs import take_part
from shared.scheduling.waiting import LONGEST_DELAY, has_to_wait
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.messages import QueueName, Reason
    from shared.progress import RepositoryRecord
    from shared.services import Services

Outcome = Literal["done", "failed", "put_off", "waited", "cancelled", "stopped", "skipped"]
"""What became of a job: `failed` is recorded; `put_off` and `waited` have it done later."""

MOST_ATTEMPTS: Final = 5
"""As often as host.json has the queue try."""
BUDGETS: Final[dict[QueueName, tuple[timedelta, int | None]]] = {
    "hooks": (timedelta(minutes=4), 5000),
    "reindex": (timedelta(minutes=4), 5000),
    "history": (timedelta(minutes=25), None),
}
"""How long a job may work, and on how many commits."""
_TOLD_ELSEWHERE: Final[frozenset[Reason]] = frozenset({"reconcile", "replay", "remove"})
"""What fails with these is no failure to index, and the timer has it done again."""
_MOST_SILENCES: Final = 3
_log = log_of(__name__)


def run(services: Services, queue: QueueName, job: Job, *, attempt: int) -> Outcome:
    """Carry out a job, and return what became of it; what passes by itself is raised.

    The failure of its last *attempt*, counted from one, is recorded too.
    """
    record = services.integrations.get(ONE_GROUP, job.integration)
    if record is None:
        _log.info("job_without_integration integration=%s", job.integration)
        return "skipped"
    integration = record.value
    if job.reason != "remove" and (integration.is_removed or integration.is_paused):
        return "skipped"
    if is_void(services, job):
        _log.info("job_cancelled integration=%s repository=%s", job.integration, job.repository)
        return "cancelled"
    if has_to_wait(services, integration, queue, job):
        return "waited"
    is_read_here = job.delivery is not None and job.repository is None
    if is_read_here and not integration.hooks_only:
        understood = understand(services, integration, job)
        if understood is None:
            return "done"
        work = _Work(services, integration, queue, understood.job, understood)
    else:
        work = _Work(services, integration, queue, job, None)
    return work.do(attempt=attempt)


def give_up(services: Services, job: Job) -> None:
    """Record that a job failed every time, whatever way it failed, and let the timer try again.

    A reason that is known already, most often of the last attempt, stays.
    """
    record = services.integrations.get(ONE_GROUP, job.integration)
    if record is not None:
        error = GaveUpError("Indexing failed five times in a row.")
        _Work(services, record.value, "reindex", job, None).fail(error)


class _Work:
    """One job, and what is known of what it is about."""

    def __init__(
        self,
        services: Services,
        integration: Integration,
        queue: QueueName,
        job: Job,
        understood: Understood | None,
    ) -> None:
        self._services = services
        self._integration = integration
        self._queue = queue
        self._job = job
        self._understood = understood
        time, commits = BUDGETS[queue]
        self._budget = Budget(services.clock() + time, commits)

    def do(self, *, attempt: int) -> Outcome:
        """Carry it out; what passes by itself is raised."""
        try:
            self._carry_out()
        except ThrottledError as error:
            return self._put_off(error)
        except StoppedError:
            _log.info("job_stopped integration=%s", self._job.integration)
            return "stopped"
        except AdminError as error:
            self.fail(error)
            return "failed"
        except DevlinksError as error:
            if isinstance(error, ChangedError) and is_void(self._services, self._job):
                _log.info(
                    "job_cancelled integration=%s repository=%s",
                    self._job.integration, self._job.repository,
                )  # fmt: skip
                return "cancelled"
            if attempt >= MOST_ATTEMPTS:
                self.fail(error)
            raise
        return "done"

    def fail(self, error: DevlinksError) -> None:
        """Record a failure with what the job is about, and in the ledger."""
        services, integration, job = self._services, self._integration, self._job
        _log.warning(
            "job_failed integration=%s repository=%s project=%s delivery=%s code=%s",
            job.integration, job.repository, job.project, job.delivery, error.code,
        )  # fmt: skip
        if job.delivery is not None:
            self._mark_failed(job.delivery, error)
        if job.reason == "refill":
            give_refill_up(services, integration, job)
        elif job.reason not in _TOLD_ELSEWHERE and not self._is_of_delivery_alone():
            record_failure(services, job, error)
        if isinstance(error, MissingError | ForbiddenError) and job.repository is not None:
            suspect(services, integration, job.repository)
        if isinstance(error, SignedOutError) and job.reason not in {"discover", "reconcile"}:
            self._ask_whether_refused()

    def _mark_failed(self, delivery: str, error: DevlinksError) -> None:
        deliveries, webhook = self._services.storage.deliveries, self._integration.webhook_id
        known = deliveries.get(webhook, delivery) if isinstance(error, GaveUpError) else None
        if known is None or known.state != "failed":
            detail = f"{error.code}: {error}"[:500]
            deliveries.mark(webhook, delivery, "failed", detail=detail)

    def _is_of_delivery_alone(self) -> bool:
        job = self._job
        return job.delivery is not None and job.repository is None and job.project is None

    def _ask_whether_refused(self) -> None:
        """Have all repositories listed: that shows whether the credential is refused altogether."""
        services, integration = self._services, self._integration
        connection = services.connections.get(ONE_GROUP, integration.id)
        if connection is not None and connection.value.refused_since is None:
            asked = Job(integration.id, "discover", asked_at=services.clock())
            services.storage.jobs.put("reindex", asked)

    def _carry_out(self) -> None:
        services, integration, job = self._services, self._integration, self._job
        if job.reason == "remove":
            remove_what_was_taken_away(services, integration, budget=self._budget)
        elif integration.hooks_only and job.reason != "replay":
            work_on_hooks_alone(services, integration, job)
        elif job.reason == "reconcile":
            reconcile(services, integration, asked_at=job.asked_at, until=self._budget.until)
        elif job.reason == "replay":
            replay_on(services, integration, job)
        elif job.reason == "refill":
            refill_on(services, integration, job, work_until=self._budget.until)
        elif self._understood is not None and job.repository is None:
            self._read_one(self._understood)
        elif job.organization is not None:
            work_on_work_items(services, integration, job.organization)
        elif job.repository is not None:
            self._work_on_repository()
        elif job.project is not None:
            self._work_on_project()
        else:
            discover(services, integration, asked_at=job.asked_at)

    def _work_on_repository(self) -> None:
        services, integration, job = self._services, self._integration, self._job
        assert job.repository is not None, "a repository's job names it"
        found = services.repositories.get(integration.id, job.repository)
        if found is None:
            return
        record = found.value
        if not record.is_live:
            remove_gone_repository(services, integration, record)
            take_part(services, integration, job)
        elif job.reason == "rules":
            judge_repository(services, integration, record)
        else:
            work_on_repository(
                services,
                integration,
                record,
                job,
                queue=self._queue,
                budget=self._budget,
                told=self._understood.told if self._understood else None,
            )

    def _work_on_project(self) -> None:
        services, integration, job = self._services, self._integration, self._job
        assert job.project is not None, "a project's job names it"
        discovery = services.discoveries.get(ONE_GROUP, integration.id)
        organization = discovery.value.projects.get(job.project) if discovery else None
        if not integration.index.pull_requests:
            forget_pull_requests(services, integration, job.project)
        elif organization is not None:
            work_on_project(services, integration, job.project, organization=organization)

    def _read_one(self, understood: Understood) -> None:
        """Read the one thing that an event was about."""
        services, job = self._services, self._job
        event = understood.event
        if isinstance(event, WorkItemEvent):
            self._read_work_item(event)
        else:
            assert isinstance(event, PullRequestEvent), "others are worked on as a repository"
            assert understood.record is not None, "a pull request is a repository's"
            self._read_pull_request(event, understood.record)
        assert job.delivery is not None, "an event comes with its delivery"
        services.storage.deliveries.mark(self._integration.webhook_id, job.delivery, "done")

    def _read_pull_request(self, event: PullRequestEvent, record: RepositoryRecord) -> None:
        services, integration = self._services, self._integration
        host = open_organization(services, integration, record.repository.organization)
        found = host.pull_request(event.repository_id, event.number)
        put_pull_requests(services, integration, record, [found], host=host)
        note_budget(services, integration, host)

    def _read_work_item(self, event: WorkItemEvent) -> None:
        services, integration, job = self._services, self._integration, self._job
        assert job.organization is not None, "a work item is an organization's"
        assert event.number is not None, "else all that changed are read"
        read_work_item(services, integration, job.organization, event.number)

    def _put_off(self, error: ThrottledError) -> Outcome:
        """Have the job done when the git host wants to be asked again.

        What is never answered may be too much in itself: it holds up the others once, and fails
        when it has been waited for a few times.
        """
        services, job = self._services, self._job
        if not error.is_asked:
            job = replace(job, silences=job.silences + 1)
            if job.silences >= _MOST_SILENCES:
                self.fail(UnavailableError(str(error)))
                return "failed"
        if job.silences <= 1:
            note_pause(services, self._integration, until=error.retry_at)
        delay = max(error.retry_at - services.clock(), timedelta())
        services.storage.jobs.put(self._queue, job, delay=min(delay, LONGEST_DELAY))
        _log.warning(
            "throttled integration=%s until=%s seconds=%d",
            job.integration, error.retry_at, delay.total_seconds(),
        )  # fmt: skip
        return "put_off"
