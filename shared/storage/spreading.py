"""Values that are too long for one row, spread over several of one partition.

All rows of a value are written by one atomic batch. The first stands under the value's key and
says which others belong to it; those sort behind every key, so that no listing meets them.
"""

from __future__ import annotations

import lzma
import re
import uuid
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec

from shared.errors import ChangedError
from shared.storage.documents import DocumentRow, in_chunks, to_rows_properties
from shared.storage.rows import BEHIND, Delete, KeyRange, Put, TooLargeError, encode_row

if TYPE_CHECKING:
    from shared.storage.rows import Operation, Rows

T = TypeVar("T")

_PART_BYTES: Final = 660_000
"""Base64 makes it 880,000, in a row that may have a million."""
_MOST_PARTS: Final = 4
"""In a batch that may have 4 MiB."""
_LARGEST_WINDOW: Final = 1 << 24
_ID_BYTES: Final = 20
_ID: Final = re.compile(rb"[0-9a-f]{40}")
_REFERENCE: Final = re.compile(rb"\x01([0-9a-f]+);")
"""JSON has no control characters of its own."""


class SpreadValues:
    """Writes and reads the long values of one table."""

    def __init__(self, rows: Rows, table: str) -> None:
        self._rows = rows
        self._table = table

    def write(self, partition: str, key: str, value: object, *, version: str | None) -> str:
        """Keep a value under *version* as `Put` has it; return its new version.

        TooLargeError when it does not fit in a few rows; ChangedError when the version is another,
        or was another again before it could be read.
        """
        packed = _pack(value)
        pieces = [packed[i : i + _PART_BYTES] for i in range(0, len(packed), _PART_BYTES)]
        if len(pieces) > _MOST_PARTS:
            raise TooLargeError(f"A value of {len(packed):,} bytes does not fit in a few rows.")
        mark = f"{uuid.uuid4().hex}.{len(pieces)}"
        first = encode_row({"PartitionKey": partition, "RowKey": key, "parts": mark})
        operations: list[Operation] = [Put(partition, key, first, version)]
        for number, piece in enumerate(pieces):
            row = _part_key(key, number)
            named = {"PartitionKey": partition, "RowKey": row, "parts": mark}
            body = encode_row({**named, **to_rows_properties(in_chunks(piece))})
            operations.append(Put(partition, row, body))
        self._rows.write(self._table, operations)
        stored = self._rows.get(self._table, partition, key, DocumentRow)
        if stored is None or stored.parts != mark:
            raise ChangedError("The record was changed by somebody else.")
        return stored.version

    def read(self, partition: str, key: str, mark: str, kind: type[T]) -> T | None:
        """Return the value whose first row says *mark*; None when it was replaced meanwhile."""
        parts = [part for part in self._parts(partition, key) if part.parts == mark]
        if len(parts) != int(mark.rpartition(".")[2]):
            return None
        return _unpack(b"".join(chunk for part in parts for chunk in part.chunks()), kind)

    def forget(self, partition: str, key: str) -> None:
        """Delete what is left of a value whose first row is gone."""
        parts = self._parts(partition, key)
        self._rows.write(self._table, [Delete(partition, part.row) for part in parts])

    def _parts(self, partition: str, key: str) -> list[DocumentRow]:
        keys = KeyRange(self._table, partition, _part_key(key, 0)[:-1], f"{BEHIND}{key}.~")
        return self._rows.read(keys, DocumentRow)


def _part_key(key: str, number: int) -> str:
    return f"{BEHIND}{key}.{number}"


def _pack(value: object) -> bytes:
    """Return a value compressed as a whole: how many commit ids, they, and what refers to them.

    Such values are full of commit ids, which nothing compresses, and each stands there thrice.
    """
    ids: dict[bytes, int] = {}
    text = _ID.sub(
        lambda found: b"\x01%x;" % ids.setdefault(found[0], len(ids)), msgspec.json.encode(value)
    )
    window = min(1 << max(len(text).bit_length(), 16), _LARGEST_WINDOW)
    filters = [{"id": lzma.FILTER_LZMA2, "preset": 1, "dict_size": window}]
    rest = lzma.compress(text, format=lzma.FORMAT_XZ, filters=filters)
    return len(ids).to_bytes(4) + bytes.fromhex(b"".join(ids).decode()) + rest


def _unpack(packed: bytes, kind: type[T]) -> T:
    end = 4 + int.from_bytes(packed[:4]) * _ID_BYTES
    ids = [packed[at : at + _ID_BYTES].hex().encode() for at in range(4, end, _ID_BYTES)]
    text = lzma.decompress(packed[end:])
    return msgspec.json.decode(
        _REFERENCE.sub(lambda found: ids[int(found[1], 16)], text), type=kind
    )
