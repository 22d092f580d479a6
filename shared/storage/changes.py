"""Which issues changed: a row for each minute and issue, written once for many links.

A minute in which more than a hundred issues of one project changed gets one mark for all of it.

    <tracker's table id>.<minute>     <issue>, or `PAY-*`
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct, field

from shared.storage.rows import BEHIND, MOST_IN_A_BATCH, KeyRange, Put

if TYPE_CHECKING:
    from collections.abc import Collection

    from shared.configuration import Tracker
    from shared.issue_keys import IssueKey
    from shared.storage.rows import Rows

_TABLE: Final = "changes"
_MINUTES_AT_ONCE: Final = 60
_FORM: Final = "%Y%m%d%H%M"
_ESCAPED: Final = {"#": "~n"}
"""A row key may hold no `#`."""


class _ChangeRow(Struct, frozen=True):
    row: str = field(name="RowKey")


class ChangeTable:
    """See Changes."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def note(self, tracker: Tracker, keys: Collection[IssueKey], *, at: datetime) -> None:
        """See Changes.note."""
        if not keys:
            return
        partition = f"{tracker.table_id}.{at.astimezone(UTC):{_FORM}}"
        marks = {_mark(key.project, str(key.number)) for key in keys}
        if len(marks) > MOST_IN_A_BATCH:
            marks = {_mark(key.project, "*") for key in keys}
        ordered = sorted(marks)
        for start in range(0, len(ordered), MOST_IN_A_BATCH):
            puts = [
                Put(
                    partition,
                    mark,
                    msgspec.json.encode({"PartitionKey": partition, "RowKey": mark}),
                )
                for mark in ordered[start : start + MOST_IN_A_BATCH]
            ]
            self._rows.write(_TABLE, puts)

    def read(
        self, tracker: Tracker, *, since: datetime, until: datetime, limit: int
    ) -> tuple[list[tuple[str, int | None]], datetime]:
        """See Changes.read."""
        marks: dict[tuple[str, int | None], None] = {}
        minute = since
        for _ in range(_MINUTES_AT_ONCE):
            if minute >= until or len(marks) >= limit:
                break
            rows = self._rows.read(
                KeyRange(
                    _TABLE,
                    f"{tracker.table_id}.{minute.astimezone(UTC):{_FORM}}",
                    high=BEHIND * 2,  # the marks of plain numbers begin with one
                ),
                _ChangeRow,
            )
            marks |= dict.fromkeys(_read(row.row) for row in rows)
            minute += timedelta(minutes=1)
        return list(marks), minute


def _mark(project: str, number: str) -> str:
    return f"{_ESCAPED.get(project, project)}-{number}"


def _read(mark: str) -> tuple[str, int | None]:
    project, _, number = mark.rpartition("-")
    for plain, escaped in _ESCAPED.items():
        project = plain if project == escaped else project
    return project, None if number == "*" else int(number)
