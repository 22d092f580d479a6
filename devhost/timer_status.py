"""Remember when a timer ran and when it is due, to notice what was missed.

The rules are those of the timers extension (`ScheduleMonitor`); the blob is where it keeps them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError

from devhost.ncrontab import occurrences

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient

    from devhost.functions import TimerTrigger
    from devhost.ncrontab import Schedule

HOST_CONTAINER = "azure-webjobs-hosts"
NEVER = datetime.min.replace(tzinfo=UTC)
_FAR = datetime.max.replace(tzinfo=UTC)


class TimerStatus(msgspec.Struct, frozen=True, rename="pascal"):
    """What is kept of one timer, in UTC."""

    last: datetime
    """When it last ran by its schedule, or NEVER."""
    next: datetime
    last_updated: datetime
    """What `next` was worked out from."""


class Opening(msgspec.Struct, frozen=True):
    """How a timer begins."""

    status: TimerStatus
    is_past_due: bool


class TimerStore:
    """The statuses of an app's timers in blob storage."""

    def __init__(self, container: ContainerClient, *, host_id: str) -> None:
        self._container = container
        self._host_id = host_id

    def read(self, function_name: str) -> TimerStatus | None:
        """Return what is kept of the timer; None if nothing, or nothing readable, is."""
        try:
            content = self._container.download_blob(self._path(function_name)).readall()
            return msgspec.json.decode(content, type=TimerStatus)
        except (ResourceNotFoundError, msgspec.DecodeError):
            return None

    def write(self, function_name: str, status: TimerStatus) -> None:
        """Keep *status*."""
        content = msgspec.json.encode(status)
        path = self._path(function_name)
        try:
            self._container.upload_blob(path, content, overwrite=True)
        except ResourceNotFoundError:
            create(self._container)
            self._container.upload_blob(path, content, overwrite=True)

    def _path(self, function_name: str) -> str:
        return f"timers/{self._host_id}/Host.Functions.{function_name}/status"


def create(container: ContainerClient) -> None:
    """Make the container unless it is there."""
    try:
        container.create_container()
    except ResourceExistsError:
        return


def is_monitored(trigger: TimerTrigger, schedule: Schedule, *, now: datetime) -> bool:
    """Tell whether missed runs are made up for: never for what runs several times a minute."""
    soon = occurrences(schedule, after=now, until=now + timedelta(minutes=1))
    if sum(1 for _ in soon) > 1:
        return False
    return trigger.use_monitor is not False


def opening(status: TimerStatus | None, schedule: Schedule, *, now: datetime) -> Opening:
    """Decide whether a run was missed since *status* was kept.

    With a schedule that was changed since, nothing counts as missed.
    """
    if status is None:
        return Opening(_unrun(schedule, now), is_past_due=False)
    reference = next((it for it in (status.last, status.last_updated) if it > NEVER), now)
    expected = _next(schedule, reference)
    if status.next != expected:
        status = _unrun(schedule, now) if now > expected else _unrun(schedule, reference)
    return Opening(status, is_past_due=now > status.next)


def after_run(
    status: TimerStatus, schedule: Schedule, *, began: datetime, on_schedule: bool
) -> TimerStatus:
    """Return the status after a run that began at *began*.

    A clock that is a little early must not make one due time fire twice.
    """
    moment = max(began, status.next) if on_schedule else began
    return TimerStatus(last=moment, next=_next(schedule, moment), last_updated=moment)


def timer_info(status: TimerStatus | None, *, is_past_due: bool) -> str:
    """Return the TimerInfo that the host sends a function, as JSON."""
    kept = None
    if status is not None:
        kept = {
            "Last": status.last.isoformat(),
            "LastUpdated": status.last_updated.isoformat(),
            "Next": status.next.isoformat(),
        }
    info = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": kept, "IsPastDue": is_past_due}
    return msgspec.json.encode(info).decode()


def _unrun(schedule: Schedule, reference: datetime) -> TimerStatus:
    return TimerStatus(last=NEVER, next=_next(schedule, reference), last_updated=reference)


def _next(schedule: Schedule, moment: datetime) -> datetime:
    return schedule.next_after(moment) or _FAR
