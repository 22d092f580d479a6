"""Start work on many repositories: their first index, or a reindex that somebody asked for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.connections.opening import check_callable
from shared.cursors import Cursor, PullRequestCursor
from shared.errors import ChangedError
from shared.messages import Job
from shared.model import EPOCH, ProjectId, Repository, RunId
from shared.progress import Run
from shared.scheduling.cancelling import cancels_so_far, lift
from shared.scheduling.summaries import mark_stale
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from shared.configuration import Integration
    from shared.model import IntegrationId, RepositoryId
    from shared.services import Services

_log = log_of(__name__)
_LONGEST_RUN: Final = timedelta(hours=12)
"""A run that takes longer does not keep anybody from starting another."""


def first_jobs(
    services: Services, integration: Integration, repositories: Sequence[RepositoryId]
) -> None:
    """Index repositories that are new, or that are back."""
    if not repositories:
        return
    cancels = cancels_so_far(services, integration.id)
    for repository in repositories:
        job = Job(integration.id, "first", repository=repository, cancels=cancels)
        services.storage.jobs.put("history", job)
    mark_stale(services, integration.id)


def start_run(
    services: Services,
    integration: Integration,
    *,
    repositories: Collection[RepositoryId] | None = None,
    only_failed: bool = False,
    since: datetime | None = None,
) -> Run:
    """Reindex live repositories; return the run, the one that is going on if there is one.

    *repositories* narrows it down, and *only_failed* to what failed: branches and commits of some,
    pull requests or work items of others. *since* has pull requests read that were closed from
    then on. What waits in a run that is going on is not enqueued a second time. HooksOnlyError
    when the git host is never called.
    """
    check_callable(integration)
    cursors = {r.key: r.value for r in services.cursors.list(integration.id)}
    live = [
        r.value.repository for r in services.repositories.list(integration.id) if r.value.is_live
    ]
    asked = _Asked.of([r for r in live if repositories is None or r.id in repositories])
    if repositories is not None:
        asked = replace(asked, organizations=set())
    if only_failed:
        asked = _failed(services, integration, asked, cursors)
    run = _going_on(services, integration, live, cursors)
    if run is None:
        run = Run(RunId(uuid.uuid4().hex), services.clock(), len(asked.repositories))
        services.runs.put(ONE_GROUP, integration.id, run)
        _log.info(
            "run_started integration=%s run=%s repositories=%d",
            integration.id, run.id, run.repositories,
        )  # fmt: skip
    else:
        through = [r for r in asked.repositories if is_through(_of(r, cursors), run)]
        left = _Asked.of(through)
        asked = _Asked(
            through,
            # Older pull requests are read by no job that waits.
            asked.projects if since is not None else asked.projects & left.projects,
            asked.organizations & left.organizations,
        )
    for project in asked.projects:
        read_again(services, integration, project, since)
    _enqueue(services, integration, asked, run, cursors)
    mark_stale(services, integration.id)
    return run


class _Asked(Struct, frozen=True):
    """What a run is to read: branches and commits, pull requests, and work items."""

    repositories: Sequence[Repository]
    projects: set[ProjectId]
    organizations: set[str]

    @classmethod
    def of(cls, repositories: Sequence[Repository]) -> _Asked:
        """Return everything about *repositories*."""
        return cls(
            repositories,
            {repository.project_id for repository in repositories},
            {repository.organization for repository in repositories},
        )


def _failed(
    services: Services, integration: Integration, asked: _Asked, cursors: Mapping[str, Cursor]
) -> _Asked:
    """Return the part of what is asked for that failed the last time."""
    pull_requests = services.pull_request_cursors.list(integration.id)
    work_items = services.work_item_cursors.list(integration.id) if asked.organizations else []
    failed = {r.key for r in pull_requests if r.value.failure is not None}
    failed_organizations = {r.key for r in work_items if r.value.failure is not None}
    return _Asked(
        [r for r in asked.repositories if _of(r, cursors).failure is not None],
        {project for project in asked.projects if project in failed},
        {name for name in asked.organizations if name.lower() in failed_organizations},
    )


def _enqueue(
    services: Services,
    integration: Integration,
    asked: _Asked,
    run: Run,
    cursors: Mapping[str, Cursor],
) -> None:
    cancels = lift(services, integration.id)
    for repository in _latest_first(asked.repositories, cursors):
        job = Job(integration.id, "asked", repository=repository.id, run=run.id, cancels=cancels)
        is_known = bool(_of(repository, cursors).verified)
        services.storage.jobs.put("reindex" if is_known else "history", job)
    if integration.index.pull_requests:
        for project in sorted(asked.projects):
            job = Job(integration.id, "asked", project=project, cancels=cancels)
            services.storage.jobs.put("reindex", job)
    if integration.index.work_items:
        for organization in sorted(asked.organizations):
            job = Job(integration.id, "asked", organization=organization, cancels=cancels)
            services.storage.jobs.put("reindex", job)


def end_run(services: Services, integration: IntegrationId) -> None:
    """Call the run off that goes on, if any: its jobs do nothing any more, or are gone."""
    run = services.runs.get(ONE_GROUP, integration)
    if run is not None and run.value.cancelled_at is None:
        with suppress(ChangedError):  # another run has begun since
            services.runs.replace(run, replace(run.value, cancelled_at=services.clock()))


def take_part(services: Services, integration: Integration, job: Job) -> None:
    """Note that a repository is through with its run, though there was nothing to be done."""
    if job.run is None or job.repository is None:
        return
    record = services.cursors.get(integration.id, job.repository)
    if record is not None:
        services.cursors.replace(record, replace(record.value, run=job.run))


def is_through(cursor: Cursor, run: Run) -> bool:
    """Tell whether a repository has done, or failed at, its share of a run.

    Whoever looked at its branches after the run began has done that share.
    """
    has_taken_part = cursor.run == run.id or (
        cursor.looked_at is not None and cursor.looked_at >= run.started_at
    )
    return has_taken_part and (cursor.walk is None or cursor.failure is not None)


def is_going_on(
    run: Run, repositories: Collection[Repository], cursors: Mapping[str, Cursor], now: datetime
) -> bool:
    """Tell whether some live repository still has a share in a run."""
    if run.cancelled_at is not None or now - run.started_at > _LONGEST_RUN:
        return False
    through = sum(is_through(_of(r, cursors), run) for r in repositories)
    return through < min(run.repositories, len(repositories))


def _going_on(
    services: Services,
    integration: Integration,
    live: Collection[Repository],
    cursors: Mapping[str, Cursor],
) -> Run | None:
    record = services.runs.get(ONE_GROUP, integration.id)
    if record is not None and is_going_on(record.value, live, cursors, services.clock()):
        return record.value
    return None


def _of(repository: Repository, cursors: Mapping[str, Cursor]) -> Cursor:
    return cursors.get(repository.id, Cursor())


def _latest_first(
    repositories: Collection[Repository], cursors: Mapping[str, Cursor]
) -> list[Repository]:
    """Return repositories in the order in which people look for them: by what changed last."""

    def changed_at(repository: Repository) -> datetime:
        return _of(repository, cursors).last_changed_at or EPOCH

    return sorted(repositories, key=changed_at, reverse=True)


def read_again(
    services: Services, integration: Integration, project: ProjectId, since: datetime | None
) -> None:
    """Have the next pass of a project read what was closed from *since* on."""
    while since is not None:
        record = services.pull_request_cursors.get(integration.id, project)
        known = record.value if record else PullRequestCursor()
        wanted = replace(known, asked_since=min(known.asked_since or since, since))
        try:
            if record is None:
                services.pull_request_cursors.insert(integration.id, project, wanted)
            else:
                services.pull_request_cursors.replace(record, wanted)
        except ChangedError:
            continue
        return
