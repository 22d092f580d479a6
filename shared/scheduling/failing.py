"""Record why something is not indexed, where an admin sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec.structs import replace

from shared.cursors import Cursor, Failure, PullRequestCursor, WorkItemCursor
from shared.errors import ChangedError, DevlinksError, GitHostError, SignedOutError
from shared.messages import Due, Job
from shared.progress import DiscoveryRecord
from shared.scheduling.schedule import DISCOVERED_EVERY, plan
from shared.scheduling.summaries import mark_stale
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.interfaces.storage import Records
    from shared.services import Services

F = TypeVar("F", Cursor, PullRequestCursor, DiscoveryRecord, WorkItemCursor)

_TRIED_AGAIN_AFTER: Final = DISCOVERED_EVERY
_AWAITED_FOR: Final = timedelta(minutes=4)
"""A little less than the timer's period."""
_KEY_IS_ADDED_WITHIN: Final = timedelta(hours=2)


class GaveUpError(GitHostError):
    """A job failed as often as it may."""

    code = "gave_up"
    next_step = "The log tells why; the timer tries again in an hour."


def record_failure(services: Services, job: Job, error: DevlinksError) -> None:
    """Keep *error* with what the job was about, and have the timer try again in an hour."""
    now = services.clock()
    at = now + _tried_again_after(services, job, error)

    def failed(known: F) -> F:
        failure = failed_again(known.failure, error, now)
        return replace(known, failure=failure, next_at=at)

    def failed_repository(known: Cursor) -> Cursor:
        return replace(failed(known), run=job.run or known.run)

    mark_stale(services, job.integration)
    # The hint first: without it, what failed would not be looked at again.
    plan(services, Due(job.integration, job.repository, job.project, job.organization), at=at)
    if job.repository is not None:
        _change(services.cursors, job.integration, job.repository, Cursor(), failed_repository)
    elif job.project is not None:
        blank = PullRequestCursor()
        _change(services.pull_request_cursors, job.integration, job.project, blank, failed)
    elif job.organization is not None:
        key, of_none = job.organization.lower(), WorkItemCursor()
        _change(services.work_item_cursors, job.integration, key, of_none, failed)
    else:
        _change(services.discoveries, ONE_GROUP, job.integration, DiscoveryRecord(), failed)


def _tried_again_after(services: Services, job: Job, error: DevlinksError) -> timedelta:
    """Return how long to wait: not long for an SSH key that an admin is about to add."""
    record = services.connections.get(ONE_GROUP, job.integration)
    if record is None or not isinstance(error, SignedOutError):
        return _TRIED_AGAIN_AFTER
    connection = record.value
    since = connection.refused_since
    is_awaited = since is not None and services.clock() - since < _KEY_IS_ADDED_WITHIN
    return _AWAITED_FOR if connection.kind == "ssh_key" and is_awaited else _TRIED_AGAIN_AFTER


def failed_again(known: Failure | None, error: DevlinksError, now: datetime) -> Failure:
    """Return the failure after one more; the same one goes on from when it began.

    That a job was given up says less than why it last failed.
    """
    text = f"{error} {error.next_step}".strip()
    if known is not None and isinstance(error, GaveUpError):
        return known
    if known is None or known.code != error.code:
        return Failure(error.code, text, now)
    return Failure(error.code, text, known.since, known.attempts + 1)


def _change(records: Records[F], group: str, key: str, blank: F, changed: Callable[[F], F]) -> None:
    record = records.get(group, key)
    try:
        if record is None:
            records.insert(group, key, changed(blank))
        else:
            records.replace(record, changed(record.value))
    except ChangedError:
        return  # another job came further meanwhile, and knows better
