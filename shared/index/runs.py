"""Start work on many repositories: their first index, or a reindex that somebody asked for."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.index.schedule import plan
from shared.model import RunId
from shared.progress import Due, Job, Run
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shared.configuration import Integration
    from shared.model import RepositoryId
    from shared.progress import RepositoryRecord
    from shared.services import Services

_LOOKED_AT_AGAIN_AFTER: Final = timedelta(minutes=15)
"""Should the message of a repository be lost, the timer finds it."""
_LONGEST_RUN: Final = timedelta(hours=12)
"""A run that takes longer does not keep anybody from starting another."""


def enqueue_first(
    services: Services, integration: Integration, records: Sequence[RepositoryRecord]
) -> None:
    """Index repositories that are new, or that are back."""
    if not records:
        return
    now = services.clock()
    run = Run(RunId(uuid.uuid4().hex), now, len(records))
    services.runs.put(ONE_GROUP, integration.id, run)
    for record in records:
        repository = record.repository.id
        plan(services, Due(integration.id, repository=repository), at=now + _LOOKED_AT_AGAIN_AFTER)
        job = Job(integration.id, "first", repository=repository, run=run.id)
        services.storage.jobs.put("history", job)


def start_run(
    services: Services,
    integration: Integration,
    *,
    repositories: Collection[RepositoryId] | None = None,
    only_failed: bool = False,
) -> Run:
    """Reindex live repositories; return the run, the same one while one is going on.

    *repositories* and *only_failed* narrow it down. Projects' pull requests are read as well.
    """
    going_on = running(services, integration)
    if going_on is not None:
        return going_on
    cursors = {r.key: r.value for r in services.cursors.list(integration.id)}
    chosen = [
        record.value.repository
        for record in services.repositories.list(integration.id)
        if record.value.is_live
        and (repositories is None or record.key in repositories)
        and (not only_failed or (record.key in cursors and cursors[record.key].failure))
    ]
    run = Run(RunId(uuid.uuid4().hex), services.clock(), len(chosen))
    services.runs.put(ONE_GROUP, integration.id, run)
    for repository in chosen:
        cursor = cursors.get(repository.id)
        is_first = cursor is None or not cursor.verified
        job = Job(integration.id, "asked", repository=repository.id, run=run.id)
        services.storage.jobs.put("history" if is_first else "reindex", job)
    for project in {repository.project_id for repository in chosen}:
        services.storage.jobs.put("reindex", Job(integration.id, "asked", project=project))
    return run


def running(services: Services, integration: Integration) -> Run | None:
    """Return the run that is going on, or None."""
    record = services.runs.get(ONE_GROUP, integration.id)
    if record is None or services.clock() - record.value.started_at > _LONGEST_RUN:
        return None
    run = record.value
    done = sum(
        cursor.value.run == run.id and cursor.value.walk is None
        for cursor in services.cursors.list(integration.id)
    )
    return run if done < run.repositories else None
