"""Work on one repository or one project under its lease, and see to what was wanted meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.connections.opening import open_organization
from shared.cursors import Cursor
from shared.hooks.silence import Listening, heard, hears_pushes
from shared.hooks.subscriptions import hears_all
from shared.index.leaving import see_to_what_left
from shared.index.pull_requests import ProjectPass
from shared.index.pushes import (
    heads_shown,
    index_push,
    is_known,
    show_push,
    touches_tags,
    was_looked_at,
)
from shared.index.reindexing import Budget, RepositoryPass, cursor_of
from shared.index.rules import apply_rules, judge_by_new_patterns, learn_projects
from shared.index.switching import forget_what_is_off
from shared.index.tags import index_tags, wants_tags
from shared.index.targets import targets_of
from shared.messages import Due, Job
from shared.scheduling import leases
from shared.scheduling.budgets import note_budget
from shared.scheduling.schedule import WITH_HOOKS, WITHOUT_HOOKS, Pace, plan
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from shared.configuration import Integration
    from shared.index.pushes import Told
    from shared.messages import QueueName
    from shared.model import ProjectId, RepositoryId
    from shared.progress import RepositoryRecord, Wanted
    from shared.services import Services

_COMES_BACK_AFTER: Final = timedelta(seconds=5)
_LOOKED_AT_WITHIN: Final = timedelta(hours=1)
_log = log_of(__name__)


def work_on_repository(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    job: Job,
    *,
    queue: QueueName,
    budget: Budget,
    told: Told | None = None,
) -> None:
    """Bring a repository up to date, from what was *told* alone if that is everything.

    What was told before the branches were last looked at needs no other look.

    When somebody else holds the lease, the job ends here and its wish is kept for them; what the
    event tells is shown meanwhile. A delivery is done only when work that began after it came has
    ended.
    """
    key = record.repository.id
    shown = heads_shown(told)
    stored = services.cursors.get(integration.id, key)
    cursor = stored.value if stored is not None else Cursor()
    if queue != "history" and cursor.walk is None and cursor.last_indexed_at is None:
        # A first index takes its time; nothing else may have to wait behind it.
        services.storage.jobs.put("history", replace(job, repository=key))
        if shown:
            leases.want(services, integration.id, key, shown=shown)
        show_push(services, integration, record.repository, told)
        return
    if told is not None and _is_seen(cursor, told):
        _say_done(services, integration, {job.delivery})
        return
    due = Due(integration.id, repository=key)
    lease = leases.take_or_want(services, due, key, delivery=job.delivery, shown=shown)
    if lease is None:
        _log.info("repository_busy integration=%s repository=%s", integration.id, key)
        show_push(services, integration, record.repository, told)
        _come_back(services, integration, job)
        return
    begun_with = leases.wanted(services, integration.id, key)
    with lease:
        waits_alone = set(begun_with.deliveries) <= {job.delivery} and not begun_with.shown
        if told is not None and waits_alone and _hear(services, integration, record, told, lease):
            onward = None
        else:
            found = _pass_over(
                services, integration, record, job, lease=lease, begun_with=begun_with
            )
            onward = _carry_out(services, integration, found, queue=queue, budget=budget, told=told)
    if onward is None:
        _finish(services, integration, job, begun_with)
    else:
        services.storage.jobs.put(onward, replace(job, repository=key))


def work_on_project(
    services: Services, integration: Integration, project: ProjectId, *, organization: str
) -> None:
    """Bring a project's pull requests up to date, unless somebody else is at it."""
    key = leases.project_lease(project)
    due = Due(integration.id, project=project)
    lease = leases.take_or_want(services, due, key)
    if lease is None:
        return
    begun_with = leases.wanted(services, integration.id, key)
    pace = pace_of(services, integration, project)
    with lease:
        host = open_organization(services, integration, organization)
        found = ProjectPass(services, integration, project, host=host, lease=lease, pace=pace)
        next_at = found.work()
        note_budget(services, integration, host)
    plan(services, due, at=next_at)
    if leases.settle(services, integration.id, key, done=begun_with):
        services.storage.jobs.put("reindex", Job(integration.id, "wanted", project=project))


def judge_repository(
    services: Services, integration: Integration, record: RepositoryRecord
) -> None:
    """Bring what is stored of a repository under the rules of now, unless somebody is at it.

    Who is at it compares the rules when it has finished.
    """
    key = record.repository.id
    lease = leases.take_or_want(services, Due(integration.id, repository=key), key)
    if lease is None:
        return
    begun_with = leases.wanted(services, integration.id, key)
    with lease:
        learn_projects(services, integration, record.repository)
        apply_rules(services, integration, record.repository)
    if leases.wanted(services, integration.id, key).count != begun_with.count:
        _want_again(services, integration, key)


def pace_of(services: Services, integration: Integration, project: ProjectId) -> Pace:
    """Return how often to look at what belongs to a project."""
    record = services.hook_states.get(ONE_GROUP, integration.id)
    hears = record is not None and hears_all(record.value, project)
    return WITH_HOOKS if hears else WITHOUT_HOOKS


def _is_seen(cursor: Cursor, told: Told) -> bool:
    """Tell whether somebody looked at the branches after a push was told, and is through."""
    # Where no push was heard of for long, this one has more to tell than what it moved.
    return cursor.unheard_since is None and was_looked_at(cursor, since=told.at)


def _come_back(services: Services, integration: Integration, job: Job) -> None:
    """Have a delivery looked at again when too many wait for the lease's owner to note one more."""
    assert job.repository is not None, "a repository's job names it"
    waiting = leases.wanted(services, integration.id, job.repository).deliveries
    if job.delivery is not None and job.delivery not in waiting:
        again = replace(job, repository=None)
        services.storage.jobs.put("hooks", again, delay=_COMES_BACK_AFTER)


def _hear(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    told: Told,
    lease: leases.HeldLease,
) -> bool:
    """Tell whether the event told everything, and all of it is stored."""
    if touches_tags(told.event) and wants_tags(services, integration):
        return False
    known = cursor_of(services, integration, record.repository)
    if is_known(told.event, known.value):
        if known.value.unheard_since is not None:
            services.cursors.replace(known, heard(known.value, services.clock()))
        return True
    return index_push(
        services, integration, record.repository, told.event, record=known, lease=lease
    )


def _pass_over(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    job: Job,
    *,
    lease: leases.HeldLease,
    begun_with: Wanted,
) -> RepositoryPass:
    repository = record.repository
    targets = targets_of(services, integration, repository)
    is_shown = bool(begun_with.shown)
    forget_what_is_off(services, integration, repository, targets, is_shown=is_shown)
    judge_by_new_patterns(services, integration, repository, targets)
    listening = Listening(
        hears=hears_pushes(services, integration, repository.project_id),
        is_told=job.delivery is not None or bool(begun_with.deliveries),
        shown=begun_with.shown,
    )
    return RepositoryPass(
        services,
        integration,
        repository,
        targets=targets,
        host=open_organization(services, integration, repository.organization),
        lease=lease,
        pace=pace_of(services, integration, repository.project_id),
        listening=listening,
        run=job.run,
    )


def _carry_out(
    services: Services,
    integration: Integration,
    found: RepositoryPass,
    *,
    queue: QueueName,
    budget: Budget,
    told: Told | None,
) -> QueueName | None:
    """Work over a repository; return the queue that the rest is for, None when nothing is left."""
    if queue != "history" and found.reads_everything:
        return "history"
    is_forced = told is not None and told.event.is_forced
    if _work(services, integration, found, budget=budget, is_forced=is_forced):
        return None
    return "history" if queue == "history" else "reindex"


def _work(
    services: Services,
    integration: Integration,
    found: RepositoryPass,
    *,
    budget: Budget,
    is_forced: bool,
) -> bool:
    """Tell whether the work is done."""
    repository = found.repository
    before = found.cursor
    if not found.work(budget):
        return False
    index_tags(services, integration, repository, host=found.host, targets=found.targets)
    learn_projects(services, integration, repository)
    apply_rules(services, integration, repository)
    cursor = see_to_what_left(services, integration, found, before=before, is_forced=is_forced)
    at = cursor.next_at or services.clock() + _LOOKED_AT_WITHIN
    plan(services, Due(integration.id, repository=repository.id), at=at)
    _log.info(
        "repository_indexed integration=%s repository=%s commits=%d links=%d",
        integration.id, repository.id, cursor.commits_seen, cursor.links,
    )  # fmt: skip
    return True


def _finish(services: Services, integration: Integration, job: Job, begun_with: Wanted) -> None:
    """Say which deliveries are done, and have the work done again if more was wanted meanwhile."""
    _say_done(services, integration, {*begun_with.deliveries, job.delivery})
    assert job.repository is not None, "a repository's job names it"
    if leases.settle(services, integration.id, job.repository, done=begun_with):
        _want_again(services, integration, job.repository)


def _want_again(services: Services, integration: Integration, repository: RepositoryId) -> None:
    """Have done what somebody wanted who found the lease taken."""
    services.storage.jobs.put("hooks", Job(integration.id, "wanted", repository=repository))


def _say_done(
    services: Services, integration: Integration, deliveries: Collection[str | None]
) -> None:
    for delivery in deliveries:
        if delivery is not None:
            services.storage.deliveries.mark(integration.webhook_id, delivery, "done")
