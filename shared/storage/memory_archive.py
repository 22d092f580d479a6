"""The rows of storage in memory, as an account would keep them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from shared.interfaces.archive import KeptRow, Place
from shared.storage.rows import MOST_IN_A_PAGE, Put, encode_row
from shared.storage.table_names import OURS, STATE, check

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from shared.storage.memory import MemoryRecords, MemoryRows


class MemoryArchive:
    """See Archive. Records stand in a table of their own, as in an account."""

    def __init__(self, rows: MemoryRows, records: Mapping[str, MemoryRecords[Any]]) -> None:
        self._rows = rows
        self._records = records

    def tables(self) -> list[str]:
        """See Archive.tables."""
        named = {table for table, _ in self._rows.tables} | {STATE}
        return sorted(name for name in named if OURS.fullmatch(name))

    def page(self, table: str, *, after: Place) -> list[KeptRow]:
        """See Archive.page."""
        rows = self._of_records() if table == STATE else self._of_rows(table)
        behind = [row for row in rows if _key(row.place) > _key(after)]
        return sorted(behind, key=lambda row: _key(row.place))[:MOST_IN_A_PAGE]

    def put(self, rows: Sequence[KeptRow]) -> None:
        """See Archive.put."""
        for kept in rows:
            check(kept)
            place = kept.place
            if kept.table == STATE:
                group = place.partition.removeprefix(f"{kept.records}.")
                self._records[kept.records].restore(group, place.row, kept.properties)
            else:
                keys = {"PartitionKey": place.partition, "RowKey": place.row}
                body = encode_row({**keys, **kept.properties})
                self._rows.write(kept.table, [Put(place.partition, place.row, body)])

    def _of_records(self) -> Iterator[KeptRow]:
        for name, records in self._records.items():
            for group, key, properties in records.kept():
                yield KeptRow(STATE, Place(f"{name}.{group}", key), properties, name)

    def _of_rows(self, table: str) -> Iterator[KeptRow]:
        for (name, partition), rows in self._rows.tables.items():
            if name == table:
                for key, (_, body) in rows.items():
                    properties = msgspec.json.decode(body, type=dict[str, object])
                    del properties["PartitionKey"], properties["RowKey"]
                    yield KeptRow(table, Place(partition, key), properties, "")


def _key(place: Place) -> tuple[str, str]:
    return place.partition, place.row
