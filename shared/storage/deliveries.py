"""The ledger of received webhooks.

A delivery is kept under its event's own date and id, so that the same event, however often it is
sent, meets the row that is there: the insert itself is the test for duplicates.

    <webhook>.<day>     <date inverted>.<event id>
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct, field

from shared.errors import ChangedError
from shared.model import IntegrationId, WebhookId
from shared.progress import Delivery, DeliveryState
from shared.storage.rows import ABSENT, BEHIND, MOST_IN_A_BATCH, Delete, KeyRange, Merge, Put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.storage.rows import Rows

_TABLE: Final = "deliveries"
_CHUNK_BYTES: Final = 60 * 1024
_MOST_CHUNKS: Final = 8
_DAYS_KEPT: Final = 7
_LATEST_MILLISECONDS: Final = 9_999_999_999_999
_PLAIN_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_COLUMNS: Final = (
    "PartitionKey", "RowKey", "integration", "received_at", "event_type", "state", "detail",
    "repeats",
)  # fmt: skip


class _DeliveryRow(Struct, frozen=True, kw_only=True):
    partition: str = field(name="PartitionKey")
    row: str = field(name="RowKey")
    version: str = field(name="odata.etag", default="")
    integration: IntegrationId
    received_at: datetime
    event_type: str = ""
    state: DeliveryState = "accepted"
    detail: str = ""
    repeats: int = 0
    b0: bytes = b""
    b1: bytes = b""
    b2: bytes = b""
    b3: bytes = b""
    b4: bytes = b""
    b5: bytes = b""
    b6: bytes = b""
    b7: bytes = b""


class DeliveryTable:
    """See Deliveries."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def id_of(
        self, event_id: str, created_at: datetime | None, body: bytes, *, now: datetime
    ) -> str:
        """See Deliveries.id_of."""
        earliest, latest = now - timedelta(days=_DAYS_KEPT), now + timedelta(days=1)
        if created_at is None or not earliest <= created_at <= latest:
            created_at = now.replace(hour=0, minute=0, second=0, microsecond=0)
        if not _PLAIN_ID.fullmatch(event_id):
            event_id = hashlib.sha256(event_id.encode() or body).hexdigest()[:40]
        return f"{created_at.astimezone(UTC):%Y%m%d}.{_inverted(created_at)}.{event_id}"

    def insert(self, delivery: Delivery) -> bool:
        """See Deliveries.insert."""
        partition, row = _address(delivery.webhook, delivery.id)
        properties: dict[str, object] = {
            "PartitionKey": partition,
            "RowKey": row,
            "integration": delivery.integration,
            "received_at": delivery.received_at,
            "event_type": delivery.event_type,
            "state": delivery.state,
            "detail": delivery.detail,
            "repeats": 0,
            **_chunks(delivery.body),
        }
        body = msgspec.json.encode(properties)
        if not body.isascii():
            body = body.decode().encode("ascii", "backslashreplace")
        try:
            self._rows.write(_TABLE, [Put(partition, row, body, ABSENT)])
        except ChangedError:
            return False
        return True

    def get(self, webhook: str, delivery_id: str) -> Delivery | None:
        """See Deliveries.get."""
        row = self._rows.get(_TABLE, *_address(webhook, delivery_id), _DeliveryRow)
        return None if row is None else _read(row)

    def mark(
        self, webhook: str, delivery_id: str, state: DeliveryState, *, detail: str = ""
    ) -> None:
        """See Deliveries.mark."""
        body = msgspec.json.encode({"state": state, "detail": _ascii(detail)})
        self._rows.write(_TABLE, [Merge(*_address(webhook, delivery_id), body)])

    def count_repeat(self, webhook: str, delivery_id: str) -> None:
        """See Deliveries.count_repeat."""
        partition, key = _address(webhook, delivery_id)
        row = self._rows.get(_TABLE, partition, key, _DeliveryRow)
        if row is None:
            return
        body = msgspec.json.encode({"repeats": row.repeats + 1})
        try:
            self._rows.write(_TABLE, [Merge(partition, key, body, row.version)])
        except ChangedError:
            return  # a repeat at the same moment was counted; one more or less tells nothing

    def page(
        self,
        webhook: str,
        *,
        now: datetime,
        after: str = "",
        limit: int,
        state: DeliveryState | None = None,
    ) -> list[Delivery]:
        """See Deliveries.page."""
        found: list[Delivery] = []
        newest = _day(after) if after else now + timedelta(days=1)
        where = None if state is None else ("state", state)
        for day in _days_back(newest, _DAYS_KEPT + 2):
            low = _address(webhook, after)[1] if after.startswith(f"{day}.") else ""
            rows = self._rows.read(
                KeyRange(_TABLE, f"{webhook}.{day}", low),
                _DeliveryRow,
                limit=limit - len(found),
                columns=_COLUMNS,
                where=where,
            )
            found += map(_read, rows)
            if len(found) >= limit:
                break
        return found

    def unfinished(self, webhook: str, *, since: datetime, until: datetime) -> list[Delivery]:
        """See Deliveries.unfinished."""
        found: list[Delivery] = []
        days = (until.date() - since.date()).days + 1
        for day in _days_back(until, days):
            rows = self._rows.read(
                KeyRange(_TABLE, f"{webhook}.{day}", _inverted(until), _inverted(since) + BEHIND),
                _DeliveryRow,
                columns=_COLUMNS,
                where=("state", "accepted"),
            )
            found += map(_read, rows)
        return [d for d in found if d.received_at < until]

    def expire(self, webhook: str, *, before: datetime) -> None:
        """See Deliveries.expire."""
        for day in _days_back(before - timedelta(days=1), _DAYS_KEPT):
            partition = f"{webhook}.{day}"
            while rows := self._rows.read(
                KeyRange(_TABLE, partition),
                _DeliveryRow,
                limit=MOST_IN_A_BATCH,
                columns=_COLUMNS,
            ):
                self._rows.write(_TABLE, [Delete(partition, row.row) for row in rows])


def _read(row: _DeliveryRow) -> Delivery:
    webhook, _, day = row.partition.rpartition(".")
    packed = b"".join(getattr(row, f"b{number}") for number in range(_MOST_CHUNKS))
    return Delivery(
        webhook=WebhookId(webhook),
        id=f"{day}.{row.row}",
        integration=row.integration,
        received_at=row.received_at,
        event_type=row.event_type,
        body=gzip.decompress(packed) if packed else b"",
        state=row.state,
        detail=row.detail,
        repeats=row.repeats,
    )


def _chunks(body: bytes) -> dict[str, str]:
    """Return the properties that hold *body* compressed; none when it is too large for a row."""
    packed = gzip.compress(body, compresslevel=1, mtime=0) if body else b""
    if len(packed) > _MOST_CHUNKS * _CHUNK_BYTES:
        return {}
    properties: dict[str, str] = {}
    for number, start in enumerate(range(0, len(packed), _CHUNK_BYTES)):
        chunk = packed[start : start + _CHUNK_BYTES]
        properties[f"b{number}@odata.type"] = "Edm.Binary"
        properties[f"b{number}"] = base64.b64encode(chunk).decode()
    return properties


def _address(webhook: str, delivery_id: str) -> tuple[str, str]:
    day, _, row = delivery_id.partition(".")
    return f"{webhook}.{day}", row


def _inverted(moment: datetime) -> str:
    return f"{_LATEST_MILLISECONDS - int(moment.timestamp() * 1000):013d}"


def _day(delivery_id: str) -> datetime:
    return datetime.strptime(delivery_id[:8], "%Y%m%d").replace(tzinfo=UTC)


def _days_back(newest: datetime, count: int) -> Iterator[str]:
    for number in range(count):
        yield f"{newest - timedelta(days=number):%Y%m%d}"


def _ascii(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode()
