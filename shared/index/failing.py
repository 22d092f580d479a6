"""Record why something is not indexed, where an admin sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec.structs import replace

from shared.errors import ChangedError, DevlinksError
from shared.index.schedule import plan
from shared.progress import (
    Cursor,
    DiscoveryRecord,
    Due,
    Failure,
    Job,
    PullRequestCursor,
)
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from datetime import datetime

    from shared.interfaces import Records
    from shared.services import Services

F = TypeVar("F", Cursor, PullRequestCursor, DiscoveryRecord)

TRIED_AGAIN_AFTER: Final = timedelta(hours=1)


def record_failure(services: Services, job: Job, error: DevlinksError) -> None:
    """Keep *error* with what the job was about, and have the timer try again in an hour."""
    now = services.clock()
    if job.repository is not None:
        _record(services.cursors, job.integration, job.repository, Cursor(), error, now)
    elif job.project is not None:
        blank = PullRequestCursor()
        _record(services.pull_request_cursors, job.integration, job.project, blank, error, now)
    else:
        _record(services.discoveries, ONE_GROUP, job.integration, DiscoveryRecord(), error, now)
    due = Due(job.integration, job.repository, job.project)
    plan(services, due, at=now + TRIED_AGAIN_AFTER)


def failed_again(known: Failure | None, error: DevlinksError, now: datetime) -> Failure:
    """Return the failure after one more; the same one goes on from when it began."""
    text = f"{error} {error.next_step}".strip()
    if known is None or known.code != error.code:
        return Failure(error.code, text, now)
    return Failure(error.code, text, known.since, known.attempts + 1)


def _record(
    records: Records[F],
    group: str,
    key: str,
    blank: F,
    error: DevlinksError,
    now: datetime,
) -> None:
    record = records.get(group, key)
    value = record.value if record else blank
    failure = failed_again(value.failure, error, now)
    failed = replace(value, failure=failure, next_at=now + TRIED_AGAIN_AFTER)
    try:
        if record is None:
            records.insert(group, key, failed)
        else:
            records.replace(record, failed)
    except ChangedError:
        return  # another job came further meanwhile, and knows better
