"""Takes the commits out of a pack file, one after the other, with little held in memory.

It is read once from the front; a commit that is kept as changes to another one is put together from
it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import OrderedDict
from typing import IO, TYPE_CHECKING, Final

from shared.git_hosts.git_protocol.commits import commit_id
from shared.git_hosts.git_protocol.objects import (
    COMMIT,
    FIRST,
    ID_BYTES,
    OFFSET_DELTA,
    REF_DELTA,
    PackFile,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.git_hosts.git_protocol.objects import PackObject
    from shared.git_hosts.git_protocol.remote import Caps

_KEPT: Final = 1024**2
"""Bytes of commits that are kept, in case that another one is kept as changes to them."""
_LONGEST_CHAIN: Final = 4095
"""As git itself allows."""
_LONGEST_CHAIN_BYTES: Final = 64 * 1024**2
_CHECKED_EVERY: Final = 1024


def commits_of_pack(
    file: IO[bytes], *, name: str, caps: Caps, until: float
) -> Iterator[tuple[bytes, bytes]]:
    """Yield the id and the content of each commit of a pack, in the pack's order.

    Those that are kept as changes to a commit further back come last. MalformedAnswerError for
    what is no pack, RefusedError for one over the caps; *name* is whose it is, *until* when to
    stop by the monotonic clock.
    """
    yield from _Walk(PackFile(file, name=name, caps=caps, until=until)).commits()


class _Kept:
    """The commits that were put together last, by their offset."""

    def __init__(self) -> None:
        self._contents: OrderedDict[int, bytes] = OrderedDict()
        self._bytes = 0

    def put(self, offset: int, content: bytes) -> None:
        self._contents[offset] = content
        self._bytes += len(content)
        while self._bytes > _KEPT:
            _, dropped = self._contents.popitem(last=False)
            self._bytes -= len(dropped)

    def get(self, offset: int) -> bytes | None:
        return self._contents.get(offset)


class _Walk:
    def __init__(self, pack: PackFile) -> None:
        self._pack = pack
        self._kept = _Kept()
        # Flat arrays: a history of a million commits takes 28 MB here, and not ten times as much.
        self._offsets = array("Q")
        """Of the commits, rising."""
        self._ids = bytearray()
        self._waiting = array("Q")
        """Of what is kept as changes to something that was not seen yet."""
        self._by_id: dict[bytes, int] = {}
        self._has_others = False

    def commits(self) -> Iterator[tuple[bytes, bytes]]:
        at = FIRST
        for number in range(self._pack.count()):
            if number % _CHECKED_EVERY == 0:
                self._pack.check_time()
            found = self._pack.look(self._pack.front, at)
            is_commit = found.kind == COMMIT or (
                found.kind == OFFSET_DELTA and self._is_commit(found.base_at)
            )
            content, at = self._pack.unpack(self._pack.front, found, is_kept=is_commit)
            if is_commit:
                if found.kind == OFFSET_DELTA:
                    content = self._pack.apply(content, self._content(found.base_at))
                name = commit_id(content)
                self._offsets.append(found.offset)
                self._ids += name
                self._kept.put(found.offset, content)
                yield name, content
            elif found.kind == REF_DELTA or self._is_waiting(found):
                self._waiting.append(found.offset)
            else:
                self._has_others = True
        if at != self._pack.end:
            raise self._pack.malformed("does not end where it says")
        yield from self._rest()

    def _rest(self) -> Iterator[tuple[bytes, bytes]]:
        """Yield what was kept as changes to something further back, or to an id."""
        self._by_id = {
            bytes(self._ids[place * ID_BYTES : (place + 1) * ID_BYTES]): offset
            for place, offset in enumerate(self._offsets if self._waiting else ())
        }
        waiting = self._waiting
        while waiting:
            self._waiting = array("Q")
            for offset in waiting:
                self._pack.check_time()
                found = self._pack.look(self._pack.back, offset)
                base_at = self._by_id.get(found.base_id, 0) if found.base_id else found.base_at
                if not self._is_commit(base_at):
                    self._waiting.append(offset)
                    continue
                content = self._content(offset)
                name = commit_id(content)
                insort(self._offsets, offset)
                self._by_id[name] = offset
                self._kept.put(offset, content)
                yield name, content
            if len(self._waiting) == len(waiting):
                # Changes to files and folders, which nobody asked for; if there are any.
                if not self._has_others:
                    raise self._pack.malformed("has changes to what is not in it")
                return
            waiting = self._waiting

    def _is_commit(self, offset: int) -> bool:
        place = bisect_left(self._offsets, offset)
        return place < len(self._offsets) and self._offsets[place] == offset

    def _is_waiting(self, found: PackObject) -> bool:
        if found.kind != OFFSET_DELTA or not self._waiting:
            return False
        place = bisect_left(self._waiting, found.base_at)
        return place < len(self._waiting) and self._waiting[place] == found.base_at

    def _content(self, offset: int) -> bytes:
        """Return a commit, put together from the one that it is kept as changes to."""
        changes: list[bytes] = []
        size = 0
        while (content := self._kept.get(offset)) is None:
            found = self._pack.look(self._pack.back, offset)
            unpacked, _ = self._pack.unpack(self._pack.back, found, is_kept=True)
            if found.kind == COMMIT:
                content = unpacked
                break
            changes.append(unpacked)
            size += len(unpacked)
            if len(changes) > _LONGEST_CHAIN or size > _LONGEST_CHAIN_BYTES:
                raise self._pack.malformed("has too long a chain of changes")
            offset = self._by_id[found.base_id] if found.base_id else found.base_at
        for change in reversed(changes):
            content = self._pack.apply(change, content)
        return content
