"""Work on one repository or one project under its lease, and see to what was wanted meanwhile."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.index import leases
from shared.index.opening import open_organization
from shared.index.pull_requests import ProjectPass
from shared.index.pushes import index_push, is_known
from shared.index.reindexing import Budget, RepositoryPass, cursor_of
from shared.index.rules import apply_rules, learn_projects
from shared.index.schedule import WITH_HOOKS, WITHOUT_HOOKS, Pace, plan
from shared.progress import Due, Job
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.configuration import Integration
    from shared.events import PushEvent
    from shared.model import ProjectId
    from shared.progress import QueueName, RepositoryRecord
    from shared.services import Services

_LEARNED_AGAIN_AT: Final = 1.25
"""Learning reads every mention: it is done again when there are so many more commits."""
_log = logging.getLogger(__name__)


def work_on_repository(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    job: Job,
    *,
    budget: Budget,
    continue_on: QueueName,
    event: PushEvent | None = None,
) -> None:
    """Bring a repository up to date, from *event* alone if that tells everything.

    When somebody else holds the lease, the job ends here and its wish is kept for them. A
    delivery is done only when work that began after it came has ended.
    """
    key = record.repository.id
    lease = leases.take(services, integration.id, key)
    if lease is None:
        leases.want(services, integration.id, key, delivery=job.delivery)
        # The other may have given it back between the two, too early to see the wish.
        lease = leases.take(services, integration.id, key)
    if lease is None:
        _log.info("repository_busy integration=%s repository=%s", integration.id, key)
        return
    begun_with = leases.wanted(services, integration.id, key)
    with lease:
        done = _work(services, integration, record, job, lease=lease, budget=budget, event=event)
    if not done:
        services.storage.jobs.put(continue_on, job)
        return
    _deliveries_done(services, integration, {*begun_with.deliveries, job.delivery})
    if leases.settle(services, integration.id, key, done=begun_with):
        services.storage.jobs.put("hooks", Job(integration.id, "wanted", repository=key))


def work_on_project(
    services: Services, integration: Integration, project: ProjectId, *, organization: str
) -> None:
    """Bring a project's pull requests up to date, unless somebody else is at it."""
    if not integration.index.pull_requests:
        return
    lease = leases.take(services, integration.id, f"project.{project}")
    if lease is None:
        return
    pace = pace_of(services, integration, project)
    with lease:
        host = open_organization(services, integration, organization)
        found = ProjectPass(services, integration, project, host=host, lease=lease, pace=pace)
        next_at = found.work()
    plan(services, Due(integration.id, project=project), at=next_at)


def pace_of(services: Services, integration: Integration, project: ProjectId) -> Pace:
    """Return how often to look at what belongs to a project."""
    record = services.hook_states.get(ONE_GROUP, integration.id)
    hooks = record.value.subscriptions if record else ()
    hears = any(hook.project_id == project and hook.status == "enabled" for hook in hooks)
    return WITH_HOOKS if hears else WITHOUT_HOOKS


def _work(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    job: Job,
    *,
    lease: leases.HeldLease,
    budget: Budget,
    event: PushEvent | None,
) -> bool:
    """Tell whether the work is done."""
    repository = record.repository
    if event is not None:
        cursor = cursor_of(services, integration, repository).value
        if is_known(event, cursor):
            return True
        if index_push(services, integration, repository, event, lease=lease):
            return True
    found = RepositoryPass(
        services,
        integration,
        repository,
        host=open_organization(services, integration, repository.organization),
        lease=lease,
        pace=pace_of(services, integration, repository.project_id),
        run=job.run,
    )
    if not found.work(budget):
        return False
    _learn(services, integration, record)
    cursor = found.cursor
    at = cursor.next_at or services.clock() + timedelta(hours=1)
    plan(services, Due(integration.id, repository=repository.id), at=at)
    _log.info(
        "repository_indexed integration=%s repository=%s commits=%d links=%d",
        integration.id, repository.id, cursor.commits_seen, cursor.links,
    )  # fmt: skip
    return True


def _learn(services: Services, integration: Integration, record: RepositoryRecord) -> None:
    """Learn the repository's projects when it has grown, and apply what that changes."""
    repository = record.repository
    stored = cursor_of(services, integration, repository)
    cursor = stored.value
    if cursor.commits_seen < cursor.learned_at * _LEARNED_AGAIN_AT:
        return
    if learn_projects(services, integration, repository):
        apply_rules(services, integration, repository)
    services.cursors.replace(stored, replace(cursor, learned_at=cursor.commits_seen))


def _deliveries_done(
    services: Services, integration: Integration, deliveries: Iterable[str | None]
) -> None:
    for delivery in deliveries:
        if delivery is not None:
            services.storage.deliveries.mark(integration.webhook_id, delivery, "done")
