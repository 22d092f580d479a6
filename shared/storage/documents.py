"""Values as properties of a row: JSON in one string, or compressed over several when it is long."""

from __future__ import annotations

import base64
import zlib
from typing import TYPE_CHECKING, TypeVar

import msgspec

from shared.storage.rows import TooLargeError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

_TEXT_CHARACTERS = 16_000
"""Half of what a string property may hold, since some characters count twice there."""
_CHUNK_BYTES = 64_000
MOST_CHUNKS = 14
_MOST_BYTES = 11 * _CHUNK_BYTES
"""Keeps a row under the 1 MiB that it may have, of which the emulator counts base64."""


class DocumentRow(
    msgspec.Struct,
    frozen=True,
    rename={"row": "RowKey", "version": "odata.etag"},
):
    """A row as a key range reads it."""

    row: str
    version: str
    d: str | None = None
    beside: str = ""
    """What is kept beside the value."""
    parts: str = ""
    """Of a value that is spread over several rows: what these have in common."""
    z0: bytes = b""
    z1: bytes = b""
    z2: bytes = b""
    z3: bytes = b""
    z4: bytes = b""
    z5: bytes = b""
    z6: bytes = b""
    z7: bytes = b""
    z8: bytes = b""
    z9: bytes = b""
    z10: bytes = b""
    z11: bytes = b""
    z12: bytes = b""
    z13: bytes = b""

    def chunks(self) -> list[bytes]:
        """Return the compressed parts in order."""
        return [getattr(self, f"z{number}") for number in range(MOST_CHUNKS)]


def to_properties(value: object) -> dict[str, str | bytes]:
    """Return *value* as `d`, or as `z0`, `z1`, …; TooLargeError beyond 700 kB compressed."""
    text = msgspec.json.encode(value)
    if len(text) <= _TEXT_CHARACTERS:
        return {"d": text.decode()}
    packed = zlib.compress(text, level=6)
    if len(packed) > _MOST_BYTES:
        raise TooLargeError(f"A value of {len(packed):,} bytes does not fit in a row.")
    return {**in_chunks(packed)}


def in_chunks(packed: bytes) -> dict[str, bytes]:
    """Return bytes as `z0`, `z1`, …, each as long as a property may be."""
    chunks = [packed[i : i + _CHUNK_BYTES] for i in range(0, len(packed), _CHUNK_BYTES)]
    return {f"z{number}": chunk for number, chunk in enumerate(chunks)}


def from_properties(text: str | None, chunks: list[bytes], kind: type[T]) -> T:
    """Return the value that `to_properties` made these of."""
    data = text.encode() if text is not None else zlib.decompress(b"".join(chunks))
    return msgspec.json.decode(data, type=kind)


def to_rows_properties(properties: Mapping[str, str | bytes]) -> dict[str, str]:
    """Return the same properties as they are written in JSON, each with its type."""
    written: dict[str, str] = {}
    for name, value in properties.items():
        if isinstance(value, bytes):
            written[name] = base64.b64encode(value).decode()
            written[f"{name}@odata.type"] = "Edm.Binary"
        else:
            written[name] = value
    return written
