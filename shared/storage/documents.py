"""Values as properties of a row: JSON in one string, or compressed over several when it is long."""

from __future__ import annotations

import zlib
from typing import TypeVar

import msgspec

from shared.storage.rows import TooLargeError

T = TypeVar("T")

_TEXT_CHARACTERS = 16_000
"""Half of what a string property may hold, since some characters count twice there."""
_CHUNK_BYTES = 64_000
_MOST_CHUNKS = 14
"""Keeps a row under the 1 MiB that it may have."""


def to_properties(value: object) -> dict[str, str | bytes]:
    """Return *value* as `d`, or as `z0`, `z1`, …; TooLargeError beyond 900 kB compressed."""
    text = msgspec.json.encode(value)
    if len(text) <= _TEXT_CHARACTERS:
        return {"d": text.decode()}
    packed = zlib.compress(text, level=6)
    chunks = [packed[i : i + _CHUNK_BYTES] for i in range(0, len(packed), _CHUNK_BYTES)]
    if len(chunks) > _MOST_CHUNKS:
        raise TooLargeError(f"A value of {len(packed):,} bytes does not fit in a row.")
    return {f"z{number}": chunk for number, chunk in enumerate(chunks)}


def from_properties(text: str | None, chunks: list[bytes], kind: type[T]) -> T:
    """Return the value that `to_properties` made these of."""
    data = text.encode() if text is not None else zlib.decompress(b"".join(chunks))
    return msgspec.json.decode(data, type=kind)
