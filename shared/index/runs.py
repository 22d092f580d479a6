"""Start work on many repositories: their first index, or a reindex that somebody asked for."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.index.opening import check_callable
from shared.model import RunId
from shared.progress import Cursor, Job, Run
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from shared.configuration import Integration
    from shared.model import Repository, RepositoryId
    from shared.progress import RepositoryRecord
    from shared.services import Services

_LONGEST_RUN: Final = timedelta(hours=12)
"""A run that takes longer does not keep anybody from starting another."""


def first_jobs(services: Services, integration: Integration, record: RepositoryRecord) -> None:
    """Index a repository that is new, or that is back."""
    job = Job(integration.id, "first", repository=record.repository.id)
    services.storage.jobs.put("history", job)


def start_run(
    services: Services,
    integration: Integration,
    *,
    repositories: Collection[RepositoryId] | None = None,
    only_failed: bool = False,
    since: datetime | None = None,
) -> Run:
    """Reindex live repositories; return the run, the one that is going on if there is one.

    *repositories* and *only_failed* narrow it down; *since* has pull requests read that were
    closed from then on. What waits in a run that is going on is not enqueued a second time.
    HooksOnlyError when the git host is never called.
    """
    check_callable(integration)
    cursors = {r.key: r.value for r in services.cursors.list(integration.id)}
    live = [
        r.value.repository for r in services.repositories.list(integration.id) if r.value.is_live
    ]
    chosen = [
        repository
        for repository in live
        if (repositories is None or repository.id in repositories)
        and (not only_failed or cursors.get(repository.id, Cursor()).failure is not None)
    ]
    run = _going_on(services, integration, live, cursors)
    if run is None:
        run = Run(RunId(uuid.uuid4().hex), services.clock(), len(chosen))
        services.runs.put(ONE_GROUP, integration.id, run)
    else:
        chosen = [r for r in chosen if _is_through(cursors.get(r.id, Cursor()), run)]
    for repository in chosen:
        cursor = cursors.get(repository.id, Cursor())
        job = Job(integration.id, "asked", repository=repository.id, run=run.id)
        services.storage.jobs.put("reindex" if cursor.verified else "history", job)
    _read_pull_requests(services, integration, chosen, since)
    return run


def take_part(services: Services, integration: Integration, job: Job) -> None:
    """Note that a repository is through with its run, though there was nothing to be done."""
    if job.run is None or job.repository is None:
        return
    record = services.cursors.get(integration.id, job.repository)
    if record is not None:
        services.cursors.replace(record, replace(record.value, run=job.run))


def _going_on(
    services: Services,
    integration: Integration,
    live: Collection[Repository],
    cursors: Mapping[str, Cursor],
) -> Run | None:
    """Return the run that some live repository still has a share in, or None."""
    record = services.runs.get(ONE_GROUP, integration.id)
    if record is None or services.clock() - record.value.started_at > _LONGEST_RUN:
        return None
    run = record.value
    through = sum(_is_through(cursors.get(r.id, Cursor()), run) for r in live)
    return run if through < min(run.repositories, len(live)) else None


def _is_through(cursor: Cursor, run: Run) -> bool:
    """Tell whether a repository has done, or failed at, its share of a run."""
    return cursor.run == run.id and (cursor.walk is None or cursor.failure is not None)


def _read_pull_requests(
    services: Services,
    integration: Integration,
    repositories: Collection[Repository],
    since: datetime | None,
) -> None:
    if not integration.index.pull_requests:
        return
    for project in {repository.project_id for repository in repositories}:
        record = services.pull_request_cursors.get(integration.id, project)
        if since is not None and record is not None:
            services.pull_request_cursors.replace(record, replace(record.value, closed_until=since))
        services.storage.jobs.put("reindex", Job(integration.id, "asked", project=project))
