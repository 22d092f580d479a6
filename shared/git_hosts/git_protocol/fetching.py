"""Asks a remote for the pack of what we lack, and puts it into a file.

Version 2 of the protocol and the ones before it: Azure DevOps speaks only an older one, and takes
`filter` there, and only from who can do `multi_ack`.
https://git-scm.com/docs/gitprotocol-v2#_fetch, gitprotocol-pack#_packfile_negotiation
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha1
from typing import IO, TYPE_CHECKING, Final

from msgspec import Struct

from shared.errors import MalformedAnswerError, RefusedError
from shared.git_hosts.git_protocol.packets import AGENT, DELIMITER, FLUSH, VERSION_2, Packets, lines
from shared.git_hosts.git_protocol.remote import over, said_no
from shared.model import CommitId

if TYPE_CHECKING:
    from shared.git_hosts.git_protocol.packets import Greeting
    from shared.git_hosts.git_protocol.remote import Caps, Conversation

_WANTED: Final = (
    b"multi_ack_detailed",
    b"side-band-64k",
    b"ofs-delta",
    b"filter",
)
"""What we ask for of the older protocols, where the remote can do it.

News of progress is welcome, though nobody reads it: a remote that packs for minutes is not silent.
"""
_INSTEAD: Final = {b"multi_ack_detailed": b"multi_ack", b"side-band-64k": b"side-band"}
_TRAILER: Final = 20
_BESIDE: Final = 64 * 1024**2
"""Bytes that an answer may have besides the pack: marks, and news of progress."""
_DATA, _PROGRESS, _FATAL = 1, 2, 3


class Want(Struct, frozen=True):
    """What a pack is asked for."""

    wanted: Sequence[CommitId]
    known: Sequence[CommitId]
    filter: bytes = b""
    """What is left out; empty, nothing is."""


def fetch_pack(
    talk: Conversation, greeting: Greeting, want: Want, into: IO[bytes], *, name: str, caps: Caps
) -> None:
    """Write the pack with all commits that are wanted and not known, whole and checked.

    RefusedError when the remote does not want to, which may be because of the filter.
    """
    is_version_2 = greeting.version == VERSION_2
    request = _request(greeting, want) if is_version_2 else _older_request(greeting, want, name)
    most = caps.pack_bytes if want.filter else caps.unfiltered_bytes
    packets = Packets(talk.ask(request, most=most + _BESIDE), name=name)
    pack = _Pack(into, name=name, most=most)
    line = _first(packets) if is_version_2 else _first_of_older(packets)
    while line is not None:
        pack.take(line)
        line = packets.next()
    pack.check()


def _first(packets: Packets) -> bytes | None:
    """Return the first line of the pack, after all that is told before it."""
    while (packets.next() or b"").rstrip() != b"packfile":
        pass
    return packets.next()


def _first_of_older(packets: Packets) -> bytes:
    """Return the same after the word on what is known."""
    line = packets.next()
    while line is None or line.startswith((b"ACK ", b"NAK", b"shallow ", b"unshallow ")):
        line = packets.next()
    return line


class _Pack:
    """Takes a pack out of the band that it comes in."""

    def __init__(self, into: IO[bytes], *, name: str, most: int) -> None:
        self._into = into
        self._name = name
        self._most = most
        self._size = 0
        self._hash = sha1(usedforsecurity=False)
        self._last = b""

    def take(self, line: bytes) -> None:
        band = line[0] if line else _PROGRESS
        if band == _FATAL:
            raise said_no(self._name, line[1:])
        if band == _DATA:
            self._size += len(line) - 1
            if self._size > self._most:
                raise over(self._name, f"{self._most:,} bytes of history")
            self._into.write(line[1:])
            # The last twenty bytes are the sum of all before them.
            held = self._last + line[1:]
            self._hash.update(held[:-_TRAILER])
            self._last = held[-_TRAILER:]
        elif band != _PROGRESS:
            raise MalformedAnswerError(f"{self._name} sent what is no pack: {line[:40]!r}.")

    def check(self) -> None:
        if self._hash.digest() != self._last:
            raise MalformedAnswerError(f"{self._name} sent a pack whose sum is wrong.")
        self._into.flush()


def _request(greeting: Greeting, want: Want) -> bytes:
    command = lines(b"command=fetch", AGENT)
    if b"object-format" in greeting.capabilities:
        command += lines(b"object-format=sha1")
    arguments = [b"ofs-delta"]
    if want.filter:
        arguments.append(b"filter " + want.filter)
    arguments += [b"want " + commit.encode() for commit in want.wanted]
    arguments += [b"have " + commit.encode() for commit in want.known]
    return command + DELIMITER + lines(*arguments, b"done") + FLUSH


def _older_request(greeting: Greeting, want: Want, name: str) -> bytes:
    spoken = [_spoken(word, greeting) for word in _WANTED if word != b"filter" or want.filter]
    if not any(word.startswith(b"side-band") for word in spoken):
        raise RefusedError(f"{name} speaks a form of git's protocol that is too old.")
    if b"agent" in greeting.capabilities:
        spoken.append(AGENT)
    first, *others = [b"want " + commit.encode() for commit in want.wanted]
    request = lines(first + b" " + b" ".join(filter(None, spoken)), *others)
    if want.filter:
        request += lines(b"filter " + want.filter)
    haves = [b"have " + commit.encode() for commit in want.known]
    return request + FLUSH + lines(*haves, b"done")


def _spoken(word: bytes, greeting: Greeting) -> bytes:
    """Return a capability of the remote's, a lesser one in its place, or nothing."""
    if word in greeting.capabilities:
        return word
    lesser = _INSTEAD.get(word, b"")
    return lesser if lesser in greeting.capabilities else b""
