"""Which issues changed: a row for each minute and issue, written once for many links.

A minute in which more than a hundred issues changed gets a mark for all of their projects. Each
day has a table of its own, so that what is old goes at once.

    changes<day>    <tracker's table id>.<minute>     <issue>, or `PAY-*`
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from shared.storage.rows import BEHIND, MOST_IN_A_BATCH, KeyRange, Put, encode_row

if TYPE_CHECKING:
    from collections.abc import Collection

    from shared.configuration import Tracker
    from shared.issue_keys import IssueKey
    from shared.storage.rows import Rows

_DAYS_KEPT: Final = 7
_DAYS_EXPIRED: Final = 3
"""Tables are dropped for so many days back, should nobody have come by for some."""
_MINUTES_AT_ONCE: Final = 60
_ESCAPED: Final = {"#": "~n"}
"""A row key may hold no `#`."""


class _ChangeRow(Struct, frozen=True):
    row: str = field(name="RowKey")


class ChangeTables:
    """See Changes."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def note(self, tracker: Tracker, keys: Collection[IssueKey], *, at: datetime) -> None:
        """See Changes.note."""
        marks = {_mark(key.project, str(key.number)) for key in keys}
        if len(marks) > MOST_IN_A_BATCH:
            self.note_projects(tracker, {key.project for key in keys}, at=at)
        else:
            self._write(tracker, marks, at)

    def note_projects(self, tracker: Tracker, projects: Collection[str], *, at: datetime) -> None:
        """See Changes.note_projects."""
        self._write(tracker, {_mark(project, "*") for project in projects}, at)

    def read(
        self, tracker: Tracker, *, since: datetime, until: datetime, limit: int
    ) -> tuple[list[tuple[str, int | None]], datetime]:
        """See Changes.read."""
        marks: dict[tuple[str, int | None], None] = {}
        minute = _whole_minute(since)
        last = _whole_minute(until)
        for _ in range(_MINUTES_AT_ONCE):
            if minute >= last or len(marks) >= limit:
                break
            keys = KeyRange(
                _table(minute),
                _partition(tracker, minute),
                high=BEHIND * 2,  # the marks of plain numbers begin with one
            )
            marks |= dict.fromkeys(_read(row.row) for row in self._rows.read(keys, _ChangeRow))
            minute += timedelta(minutes=1)
        return list(marks), minute

    def expire(self, *, now: datetime) -> None:
        """See Changes.expire."""
        for days in range(_DAYS_EXPIRED):
            self._rows.drop(_table(now - timedelta(days=_DAYS_KEPT + 1 + days)))

    def _write(self, tracker: Tracker, marks: Collection[str], at: datetime) -> None:
        partition = _partition(tracker, at)
        ordered = sorted(marks)
        for start in range(0, len(ordered), MOST_IN_A_BATCH):
            puts = [
                Put(partition, mark, encode_row({"PartitionKey": partition, "RowKey": mark}))
                for mark in ordered[start : start + MOST_IN_A_BATCH]
            ]
            self._rows.write(_table(at), puts)


def _table(at: datetime) -> str:
    return f"changes{at.astimezone(UTC):%Y%m%d}"


def _partition(tracker: Tracker, at: datetime) -> str:
    return f"{tracker.table_id}.{at.astimezone(UTC):%Y%m%d%H%M}"


def _whole_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


def _mark(project: str, number: str) -> str:
    return f"{_ESCAPED.get(project, project)}-{number}"


def _read(mark: str) -> tuple[str, int | None]:
    project, _, number = mark.rpartition("-")
    for plain, escaped in _ESCAPED.items():
        project = plain if project == escaped else project
    return project, None if number == "*" else int(number)
