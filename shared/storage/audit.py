"""The audit: a row for each thing that was done, which nothing changes.

Each month has a table of its own, so that what is old goes at once.

    audit<month>    all    <time inverted>.<random>, or .<what is told once an hour>
"""

from __future__ import annotations

import re
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from shared.audit_entries import Actor, ActorKind, AuditAction, AuditEntry
from shared.errors import BadRequestError, ChangedError
from shared.interfaces.storage import StoredAuditEntry
from shared.model import IntegrationId
from shared.storage.rows import ABSENT, KeyRange, Put, encode_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.storage.rows import Rows

_NAME: Final = "audit"
_PARTITION: Final = "all"
_MONTHS_KEPT: Final = 12
_MONTHS_EXPIRED: Final = 3
"""Tables are dropped for so many months back, should nobody have come by for some."""
_LATEST_MILLISECONDS: Final = 9_999_999_999_999
_MONTHS_A_YEAR: Final = 12
_POSITION: Final = re.compile(
    r"(?P<year>20[0-9]{2})(?P<month>0[1-9]|1[0-2])\.[0-9]{13}\.[0-9A-Za-z._-]{1,100}"
)


class _AuditRow(Struct, frozen=True, kw_only=True):
    row: str = field(name="RowKey")
    at: datetime
    by_kind: ActorKind
    by_id: str = ""
    by_name: str = ""
    action: AuditAction
    integration: str = ""
    detail: str = ""


class AuditTables:
    """See Audit."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def add(self, entry: AuditEntry, *, once: str = "") -> None:
        """See Audit.add."""
        at = entry.at.astimezone(UTC)
        placed = at.replace(minute=0, second=0, microsecond=0) if once else at
        row = f"{_inverted(placed)}.{once or secrets.token_hex(8)}"
        properties: dict[str, object] = {
            "PartitionKey": _PARTITION,
            "RowKey": row,
            "at": at,
            "by_kind": entry.by.kind,
            "by_id": entry.by.id,
            "by_name": entry.by.name,
            "action": entry.action,
            "integration": entry.integration or "",
            "detail": entry.detail,
        }
        put = Put(_PARTITION, row, encode_row(properties), ABSENT)
        with suppress(ChangedError):  # it is there: told before, or sent twice by the client
            self._rows.write(_table(placed), [put])

    def page(self, *, now: datetime, after: str = "", limit: int) -> list[StoredAuditEntry]:
        """See Audit.page."""
        found: list[StoredAuditEntry] = []
        month, _, last = after.partition(".")
        newest = _month(after) if after else now
        for table in _tables_back(newest, _MONTHS_KEPT + 1):
            is_first = table == f"{_NAME}{month}"
            keys = KeyRange(table, _PARTITION, last if is_first else "")
            rows = self._rows.read(keys, _AuditRow, limit=limit - len(found))
            found += [_read(row, table) for row in rows]
            if len(found) >= limit:
                break
        return found

    def expire(self, *, now: datetime) -> None:
        """See Audit.expire."""
        tables = list(_tables_back(now, _MONTHS_KEPT + 1 + _MONTHS_EXPIRED))
        for table in tables[_MONTHS_KEPT + 1 :]:
            self._rows.drop(table)


def _read(row: _AuditRow, table: str) -> StoredAuditEntry:
    entry = AuditEntry(
        at=row.at,
        by=Actor(row.by_kind, row.by_id, row.by_name),
        action=row.action,
        integration=IntegrationId(row.integration) if row.integration else None,
        detail=row.detail,
    )
    return StoredAuditEntry(entry, f"{table.removeprefix(_NAME)}.{row.row}")


def _month(position: str) -> datetime:
    known = _POSITION.fullmatch(position)
    if known is None:
        raise BadRequestError(
            "There is no such place in the audit.", fields={"cursor": "it is not one of ours"}
        )
    return datetime(int(known["year"]), int(known["month"]), 1, tzinfo=UTC)


def _inverted(moment: datetime) -> str:
    return f"{_LATEST_MILLISECONDS - int(moment.timestamp() * 1000):013d}"


def _table(moment: datetime) -> str:
    return f"{_NAME}{moment.astimezone(UTC):%Y%m}"


def _tables_back(newest: datetime, count: int) -> Iterator[str]:
    """Yield the table of a month and of those before it."""
    months = newest.year * _MONTHS_A_YEAR + newest.month - 1
    for number in range(months, months - count, -1):
        year, month = divmod(number, _MONTHS_A_YEAR)
        yield f"{_NAME}{year:04d}{month + 1:02d}"
