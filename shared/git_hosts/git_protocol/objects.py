"""The objects of a pack file: what each is, what is in it, and where the next one begins.

A pack has no list of what is in it: an object has to be unpacked to know where it ends. None is
unpacked further than it says that it goes, nor than the caps allow.
https://git-scm.com/docs/gitformat-pack
"""

from __future__ import annotations

import os
import time
import zlib
from struct import Struct as Layout
from typing import IO, TYPE_CHECKING, Final, NamedTuple

from dulwich.errors import ApplyDeltaError
from dulwich.pack import apply_delta

from shared.errors import MalformedAnswerError, UnavailableError
from shared.git_hosts.git_protocol.remote import over

if TYPE_CHECKING:
    from shared.git_hosts.git_protocol.remote import Caps

COMMIT: Final = 1
OFFSET_DELTA: Final = 6
REF_DELTA: Final = 7
ID_BYTES: Final = 20

_KINDS: Final = frozenset({COMMIT, 2, 3, 4, OFFSET_DELTA, REF_DELTA})
_HEADER: Final = Layout(">4sLL")
FIRST: Final = _HEADER.size
"""Where the first object begins."""
_LONGEST_HEAD: Final = 48
_FRONT: Final = 1024
"""Bytes that most commits are in."""
_WINDOW: Final = 256 * 1024


class PackObject(NamedTuple):
    """Where an object lies, and what it is."""

    offset: int
    kind: int
    size: int
    """Unpacked."""
    content_at: int
    base_at: int = 0
    """Of one kept as changes to an object at an offset."""
    base_id: bytes = b""
    """The same, to an object with an id."""


class Window:
    """Reads here and there in a file, of which it holds the part that was read last."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._descriptor = file.fileno()
        self._size = size
        self._held = b""
        self._from = 0

    def read(self, at: int, length: int) -> bytes:
        """Return the bytes at an offset; fewer at the end of the file."""
        start = at - self._from
        if start < 0 or start + length > len(self._held):
            self._held = os.pread(self._descriptor, max(length, self._size), at)
            self._from = at
            start = 0
        return self._held[start : start + length]


class PackFile:
    """A pack that lies in a file. *name* is whose it is."""

    def __init__(self, file: IO[bytes], *, name: str, caps: Caps, until: float) -> None:
        self.front = Window(file, _WINDOW)
        """To read on from the front."""
        self.back = Window(file, 4 * _FRONT)
        """To look at single objects further back."""
        self.end = file.seek(0, os.SEEK_END) - ID_BYTES
        """Where the last object ends, and the sum of all begins."""
        self._name = name
        self._caps = caps
        self._until = until
        self._inflated = 0

    def count(self) -> int:
        """Return how many objects there are, all of them behind the first `FIRST` bytes."""
        head = self.front.read(0, _HEADER.size)
        if len(head) < _HEADER.size or self.end < _HEADER.size:
            raise self.malformed("is too short")
        mark, version, count = _HEADER.unpack(head)
        if mark != b"PACK" or version not in {2, 3}:
            raise self.malformed("is none")
        if count > self._caps.objects:
            raise over(self._name, f"{self._caps.objects:,} objects")
        return int(count)

    def look(self, window: Window, at: int) -> PackObject:
        """Return what the object at an offset is, which its first bytes tell."""
        head = window.read(at, _LONGEST_HEAD)
        try:
            byte = head[0]
            kind, size, shift, place = (byte >> 4) & 7, byte & 15, 4, 1
            while byte & 0x80:
                byte = head[place]
                size |= (byte & 0x7F) << shift
                shift += 7
                place += 1
            if kind == OFFSET_DELTA:
                byte = head[place]
                distance = byte & 0x7F
                place += 1
                while byte & 0x80:
                    byte = head[place]
                    distance = ((distance + 1) << 7) | (byte & 0x7F)
                    place += 1
                return PackObject(at, kind, size, at + place, base_at=at - distance)
        except IndexError:
            raise self.malformed("is cut, or garbled") from None
        if kind == REF_DELTA:
            base = head[place : place + ID_BYTES]
            return PackObject(at, kind, size, at + place + ID_BYTES, base_id=base)
        if kind not in _KINDS:
            raise self.malformed(f"has an object of the unknown kind {kind}")
        return PackObject(at, kind, size, at + place)

    def unpack(self, window: Window, found: PackObject, *, is_kept: bool) -> tuple[bytes, int]:
        """Return an object unpacked, nothing if it is not kept, and where the next one begins."""
        self._count_in(found.size, is_kept=is_kept)
        at = found.content_at
        size = 0
        parts: list[bytes] = []
        unpacker = zlib.decompressobj()
        length = _FRONT
        while not unpacker.eof:
            packed = window.read(at, length)
            if not packed:
                raise self.malformed("is cut")
            try:
                part = unpacker.decompress(packed, min(found.size - size + 1, _WINDOW))
            except zlib.error as error:
                raise self.malformed(f"is garbled: {error}") from error
            left = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            at += len(packed) - len(left)
            size += len(part)
            if size > found.size:
                raise self.malformed("has an object that is larger than it says")
            if is_kept:
                parts.append(part)
            length = min(length * 4, _WINDOW // 4)
        if size != found.size:
            raise self.malformed("has an object that is smaller than it says")
        return (parts[0] if len(parts) == 1 else b"".join(parts)), at

    def apply(self, changes: bytes, base: bytes) -> bytes:
        """Return what changes make of the object that they are based on."""
        size = _target_size(changes)
        self._count_in(size, is_kept=True)
        try:
            return b"".join(apply_delta(base, changes))
        except (ApplyDeltaError, ValueError, IndexError) as error:
            raise self.malformed(f"has changes that do not fit: {error}") from error

    def check_time(self) -> None:
        """UnavailableError once it takes too long."""
        if time.monotonic() > self._until:
            raise UnavailableError(f"Reading the history of {self._name} took too long.")

    def malformed(self, text: str) -> MalformedAnswerError:
        """Return the error for a pack that is not as it should be."""
        return MalformedAnswerError(f"The pack of {self._name} {text}.")

    def _count_in(self, size: int, *, is_kept: bool) -> None:
        self._inflated += size
        if self._inflated > self._caps.inflated_bytes:
            raise over(self._name, f"{self._caps.inflated_bytes:,} bytes, unpacked")
        if is_kept and size > self._caps.commit_bytes:
            raise over(self._name, f"{self._caps.commit_bytes:,} bytes in one commit")


def _target_size(changes: bytes) -> int:
    """Return how large the outcome of changes is, which they tell after the size of the base."""
    place = 0
    sizes = [0, 0]
    for which in range(2):
        shift = 0
        while place < len(changes):
            byte = changes[place]
            sizes[which] |= (byte & 0x7F) << shift
            shift += 7
            place += 1
            if not byte & 0x80:
                break
    return sizes[1]
