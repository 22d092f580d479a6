"""Packs written by hand, and read by the product."""

from __future__ import annotations

import struct
import tempfile
import time
import zlib
from hashlib import sha1
from typing import IO

from shared.git_hosts.git_protocol.commits import commit_id
from shared.git_hosts.git_protocol.pack import commits_of_pack
from shared.git_hosts.git_protocol.remote import Caps

COMMIT, TREE, BLOB, TAG, OFFSET_DELTA, REF_DELTA = 1, 2, 3, 4, 6, 7
CAPS = Caps()


def message(number: int, text: str = "") -> bytes:
    return (
        b"tree 4b825dc642cb6eb9a060e54bf8d69288fbee4904\n"
        b"author Backend developer <b@example.com> 1600000000 +0200\n"
        b"committer Backend developer <b@example.com> 1600000000 +0200\n"
        b"\nPAY-%d %s\n" % (number, text.encode())
    )


def number_of(value: int) -> bytes:
    """Return a number as deltas write sizes."""
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def changes(base: bytes, target: bytes, *, base_size: int | None = None) -> bytes:
    """Return a delta that copies the front that both have, and adds the rest."""
    common = 0
    while common < min(len(base), len(target), 0xFFFF) and base[common] == target[common]:
        common += 1
    rest = target[common:]
    written = number_of(len(base) if base_size is None else base_size) + number_of(len(target))
    if common:
        written += b"\xb0" + struct.pack("<H", common)
    for at in range(0, len(rest), 127):
        part = rest[at : at + 127]
        written += bytes([len(part)]) + part
    return written


class Pack:
    """Writes a pack."""

    def __init__(self) -> None:
        self.content = bytearray()
        self.count = 0

    def add(self, kind: int, content: bytes, *, before: bytes = b"", size: int = -1) -> int:
        """Add an object; return where it lies. *before* is what stands before what is packed."""
        offset = 12 + len(self.content)
        left = len(content) if size < 0 else size
        head = bytearray([kind << 4 | left & 15])
        left >>= 4
        while left:
            head[-1] |= 0x80
            head.append(left & 0x7F)
            left >>= 7
        self.content += bytes(head) + before + zlib.compress(content)
        self.count += 1
        return offset

    def add_changes(self, base_at: int, delta: bytes) -> int:
        distance = 12 + len(self.content) - base_at
        written = bytearray([distance & 0x7F])
        while distance := distance >> 7:
            distance -= 1
            written.insert(0, distance & 0x7F | 0x80)
        return self.add(OFFSET_DELTA, delta, before=bytes(written))

    def add_changes_to(self, base: bytes, delta: bytes) -> int:
        return self.add(REF_DELTA, delta, before=base)

    def file(self, *, count: int | None = None, version: int = 2) -> IO[bytes]:
        number = self.count if count is None else count
        whole = b"PACK" + struct.pack(">LL", version, number) + self.content
        return written(whole + sha1(whole).digest())


def written(content: bytes) -> IO[bytes]:
    file = tempfile.TemporaryFile()  # noqa: SIM115 — closed by who reads it
    file.write(content)
    file.flush()
    return file


def read(file: IO[bytes], *, caps: Caps = CAPS, until: float | None = None) -> list[bytes]:
    """Return the contents of the commits, each of which has the id that is told."""
    end = time.monotonic() + 60 if until is None else until
    with file:
        found = list(commits_of_pack(file, name="shop", caps=caps, until=end))
    assert all(commit_id(content) == name for name, content in found)
    return [content for _, content in found]
