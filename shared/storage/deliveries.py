"""The ledger of received webhooks.

A delivery is kept under its event's own date and id, so that the same event, however often it is
sent, meets the row that is there: the insert itself is the test for duplicates. Each day has a
table of its own, so that what is old goes at once.

    deliveries<day>    <webhook>     <date inverted>.<event id>
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field
from msgspec.structs import replace

from shared.errors import BadRequestError, ChangedError
from shared.messages import Delivery, DeliveryState
from shared.model import IntegrationId, WebhookId
from shared.storage.rows import ABSENT, BEHIND, KeyRange, Merge, Put, encode_row, is_plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.storage.rows import Rows

_NAME: Final = "deliveries"
_CHUNK_BYTES: Final = 60 * 1024
_MOST_CHUNKS: Final = 8
_GZIP: Final = 16
_WINDOW_BITS: Final = 13
_MEMORY_LEVEL: Final = 5
_DAYS_KEPT: Final = 7
_DAYS_EXPIRED: Final = 3
"""Tables are dropped for so many days back, should nobody have come by for some."""
_LATEST_MILLISECONDS: Final = 9_999_999_999_999
_PLAIN_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_DELIVERY_ID: Final = re.compile(r"(?P<day>[0-9]{8})\.(?P<inverted>[0-9]{13})\.[0-9A-Za-z-]{1,64}")
_COLUMNS: Final = (
    "PartitionKey", "RowKey", "integration", "received_at", "event_type", "state", "detail",
    "repeats", "size",
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
    size: int = 0
    b0: bytes = b""
    b1: bytes = b""
    b2: bytes = b""
    b3: bytes = b""
    b4: bytes = b""
    b5: bytes = b""
    b6: bytes = b""
    b7: bytes = b""


class DeliveryTables:
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
        table, row = _address(delivery.id)
        properties: dict[str, object] = {
            "PartitionKey": delivery.webhook,
            "RowKey": row,
            "integration": delivery.integration,
            "received_at": delivery.received_at,
            "event_type": delivery.event_type,
            "state": delivery.state,
            "detail": delivery.detail,
            "repeats": 0,
            "size": delivery.size,
            **_chunks(delivery.body),
        }
        put = Put(delivery.webhook, row, encode_row(properties), ABSENT)
        try:
            self._rows.write(table, [put])
        except ChangedError:
            return False
        return True

    def get(self, webhook: str, delivery_id: str) -> Delivery | None:
        """See Deliveries.get."""
        if not (is_plain(webhook) and _DELIVERY_ID.fullmatch(delivery_id)):
            return None
        table, row = _address(delivery_id)
        found = self._rows.get(table, webhook, row, _DeliveryRow)
        return None if found is None else _read(found, table)

    def mark(
        self, webhook: str, delivery_id: str, state: DeliveryState, *, detail: str = ""
    ) -> None:
        """See Deliveries.mark."""
        table, row = _address(delivery_id)
        body = encode_row({"state": state, "detail": detail})
        self._rows.write(table, [Merge(webhook, row, body)])

    def count_repeat(self, webhook: str, delivery_id: str) -> None:
        """See Deliveries.count_repeat."""
        table, row = _address(delivery_id)
        found = self._rows.get(table, webhook, row, _DeliveryRow)
        if found is None:
            return
        body = encode_row({"repeats": found.repeats + 1})
        # A repeat at the same moment was counted; one more or less tells nothing.
        with suppress(ChangedError):
            self._rows.write(table, [Merge(webhook, row, body, found.version)])

    def page(
        self,
        webhook: str,
        *,
        now: datetime,
        after: str = "",
        limit: int,
        state: DeliveryState | None = None,
        event_type: str = "",
    ) -> list[Delivery]:
        """See Deliveries.page."""
        found: list[Delivery] = []
        newest = _day(after) if after else now + timedelta(days=1)
        last, low = _address(after)
        for table in _tables_back(newest, _DAYS_KEPT + 2):
            rows = self._page(
                KeyRange(table, webhook, low if table == last else ""),
                limit=limit - len(found),
                state=state,
                event_type=event_type,
            )
            found += [_read(row, table) for row in rows]
            if len(found) >= limit:
                break
        return found

    def _page(
        self, keys: KeyRange, *, limit: int, state: DeliveryState | None, event_type: str
    ) -> list[_DeliveryRow]:
        """Return the first rows of one day: the service looks at one property, we at the other."""
        where = ("event_type", event_type) if event_type else None
        if state is not None:
            where = ("state", str(state))
        found: list[_DeliveryRow] = []
        while True:
            rows = self._rows.read(keys, _DeliveryRow, limit=limit, columns=_COLUMNS, where=where)
            found += [row for row in rows if event_type in {"", row.event_type}]
            if len(rows) < limit or len(found) >= limit:
                return found[:limit]
            keys = replace(keys, low=rows[-1].row)

    def created_at(self, delivery_id: str) -> datetime:
        """See Deliveries.created_at."""
        known = _DELIVERY_ID.fullmatch(delivery_id)
        if known is None:
            raise _no_id()
        milliseconds = _LATEST_MILLISECONDS - int(known["inverted"])
        return datetime.fromtimestamp(milliseconds / 1000, UTC)

    def between(
        self, webhook: str, *, since: datetime, until: datetime, limit: int
    ) -> list[Delivery]:
        """See Deliveries.between."""
        found: list[Delivery] = []
        low, high = _inverted(until) + BEHIND, _inverted(since) + BEHIND
        last = until - timedelta(milliseconds=1)
        for table in _tables_back(last, (last.date() - since.date()).days + 1):
            keys = KeyRange(table, webhook, low, high)
            rows = self._rows.read(keys, _DeliveryRow, limit=limit - len(found), columns=_COLUMNS)
            found += [_read(row, table) for row in rows]
            if len(found) >= limit:
                break
        return found

    def unfinished(self, webhook: str, *, since: datetime, until: datetime) -> list[Delivery]:
        """See Deliveries.unfinished."""
        found: list[Delivery] = []
        days = (until.date() - since.date()).days + 1
        for table in _tables_back(until, days):
            rows = self._rows.read(
                KeyRange(table, webhook, high=_inverted(since) + BEHIND),
                _DeliveryRow,
                columns=_COLUMNS,
                where=("state", "accepted"),
            )
            found += [_read(row, table) for row in rows]
        return [d for d in found if d.received_at < until]

    def expire(self, *, now: datetime) -> None:
        """See Deliveries.expire."""
        for table in _tables_back(now - timedelta(days=_DAYS_KEPT + 1), _DAYS_EXPIRED):
            self._rows.drop(table)


def _read(row: _DeliveryRow, table: str) -> Delivery:
    packed = b"".join(getattr(row, f"b{number}") for number in range(_MOST_CHUNKS))
    return Delivery(
        webhook=WebhookId(row.partition),
        id=f"{table.removeprefix(_NAME)}.{row.row}",
        integration=row.integration,
        received_at=row.received_at,
        event_type=row.event_type,
        body=gzip.decompress(packed) if packed else b"",
        state=row.state,
        detail=row.detail,
        repeats=row.repeats,
        size=row.size,
    )


def _chunks(body: bytes) -> dict[str, str]:
    """Return the properties that hold *body* compressed; none when it is too large for a row."""
    packed = _compressed(body) if body else b""
    if len(packed) > _MOST_CHUNKS * _CHUNK_BYTES:
        return {}
    properties: dict[str, str] = {}
    for number, start in enumerate(range(0, len(packed), _CHUNK_BYTES)):
        chunk = packed[start : start + _CHUNK_BYTES]
        properties[f"b{number}@odata.type"] = "Edm.Binary"
        properties[f"b{number}"] = base64.b64encode(chunk).decode()
    return properties


def _compressed(body: bytes) -> bytes:
    """Return a body as gzip would, in a sixth of the memory: getting that takes the longest."""
    packer = zlib.compressobj(level=1, wbits=_GZIP + _WINDOW_BITS, memLevel=_MEMORY_LEVEL)
    return packer.compress(body) + packer.flush()


def _address(delivery_id: str) -> tuple[str, str]:
    """Return the table and the row of a delivery."""
    day, _, row = delivery_id.partition(".")
    return f"{_NAME}{day}", row


def _inverted(moment: datetime) -> str:
    return f"{_LATEST_MILLISECONDS - int(moment.timestamp() * 1000):013d}"


def _day(delivery_id: str) -> datetime:
    known = _DELIVERY_ID.fullmatch(delivery_id)
    if known is None:
        raise _no_id()
    try:
        return datetime.strptime(known["day"], "%Y%m%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise _no_id() from error


def _no_id() -> BadRequestError:
    return BadRequestError("The ledger gave out no such id.", fields={"cursor": "no place in it"})


def _tables_back(newest: datetime, count: int) -> Iterator[str]:
    for number in range(count):
        yield f"{_NAME}{newest - timedelta(days=number):%Y%m%d}"
