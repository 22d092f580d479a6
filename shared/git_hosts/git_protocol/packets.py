"""Git's packets: what a remote greets with, and the lines of its answers.

https://git-scm.com/docs/gitprotocol-common, gitprotocol-v2, gitprotocol-pack
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from dulwich.errors import GitProtocolError, HangupException
from dulwich.protocol import Protocol, parse_capability, pkt_line
from msgspec import Struct

from shared.errors import MalformedAnswerError, RefusedError, UnavailableError
from shared.git_hosts.git_protocol.remote import said_no

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.git_hosts.git_protocol.remote import Incoming

AGENT: Final = b"agent=git/2.0-devlinks"
DELIMITER: Final = b"0001"
FLUSH: Final = b"0000"
VERSION_2: Final = 2

_CAPABILITIES_ONLY: Final = b"capabilities^{}"


class RefLine(Struct, frozen=True):
    """A ref as it is told."""

    name: bytes
    object_id: str
    peeled: str = ""
    """What an annotated tag leads to."""
    target: bytes = b""
    """The ref that a symbolic one stands for."""


class Greeting(Struct, frozen=True):
    """What a remote can do and, where it speaks an older protocol, all its refs."""

    version: int
    capabilities: dict[bytes, bytes]
    """Name → value; the fetch features of version 2 under `fetch`."""
    refs: tuple[RefLine, ...] = ()

    @property
    def has_filter(self) -> bool:
        """Whether parts of a pack can be left out."""
        if self.version == VERSION_2:
            return b"filter" in self.capabilities.get(b"fetch", b"").split()
        return b"filter" in self.capabilities


class Packets:
    """The lines of one answer."""

    def __init__(self, incoming: Incoming, *, name: str) -> None:
        self._name = name
        self._protocol = Protocol(incoming.read, _write_nothing)

    def next(self) -> bytes | None:
        """Return a line, or None for one of the marks between lines.

        UnavailableError when it was cut; when it is the remote's last word, what that means.
        """
        try:
            line = self._protocol.read_pkt_line()
        except HangupException as error:
            raise UnavailableError(f"{self._name} stopped in the middle of its answer.") from error
        except GitProtocolError as error:
            text = f"{self._name} does not speak git's protocol, or stopped: {error}."
            raise UnavailableError(text) from error
        if line is not None and line.startswith(b"ERR "):
            raise said_no(self._name, line[4:])
        return line

    def section(self) -> Iterator[bytes]:
        """Yield the lines up to the next mark, without their line ends."""
        while (line := self.next()) is not None:
            yield line.rstrip(b"\n")


def read_greeting(incoming: Incoming, *, name: str) -> Greeting:
    """Return what a remote begins with, in whichever version of the protocol."""
    packets = Packets(incoming, name=name)
    first = packets.next()
    if first is not None and first.startswith(b"# service="):
        packets.next()
        first = packets.next()
    if first is not None and first.rstrip() == b"version 1":
        first = packets.next()
    if first is None:
        # What older servers say of a repository without a commit.
        return Greeting(0, {})
    if first.rstrip() == b"version 2":
        capabilities = dict(_split(line) for line in packets.section())
        _check_format(capabilities, name)
        return Greeting(VERSION_2, capabilities)
    return _older(first, packets, name)


def lines(*given: bytes) -> bytes:
    """Return packets of lines."""
    return b"".join(pkt_line(line + b"\n") for line in given)


def _older(first: bytes, packets: Packets, name: str) -> Greeting:
    line, _, told = first.rstrip(b"\n").partition(b"\x00")
    capabilities: dict[bytes, bytes] = {}
    symbolic: dict[bytes, bytes] = {}
    for word in told.split():
        key, value = _split(word)
        if key == b"symref":
            ref, _, target = value.partition(b":")
            symbolic[ref] = target
        else:
            capabilities[key] = value
    _check_format(capabilities, name)
    told_refs = [line, *packets.section()]
    return Greeting(0, capabilities, tuple(_older_refs(told_refs, symbolic, name)))


def _older_refs(told: list[bytes], symbolic: dict[bytes, bytes], name: str) -> Iterator[RefLine]:
    """Yield refs; what a tag leads to comes in the line after it."""
    peeled = {
        ref.removesuffix(b"^{}"): object_id
        for object_id, _, ref in (line.partition(b" ") for line in told)
        if ref.endswith(b"^{}")
    }
    for line in told:
        object_id, _, ref = line.partition(b" ")
        if not ref.endswith(b"^{}") and object_id != b"shallow":
            target = symbolic.get(ref, b"")
            yield ref_line(ref, object_id, peeled.get(ref, b""), target, name=name)


def ref_line(
    ref: bytes, object_id: bytes, peeled: bytes = b"", target: bytes = b"", *, name: str
) -> RefLine:
    """Return a ref that was told; MalformedAnswerError when it is none."""
    found = [object_id, peeled or object_id]
    if not ref or any(len(part) != 40 or part.strip(b"0123456789abcdef") for part in found):  # noqa: PLR2004 — digits of a SHA-1
        shown = (object_id + b" " + ref)[:100]
        raise MalformedAnswerError(f"{name} told a ref that is none: {shown!r}.")
    return RefLine(ref, object_id.decode(), peeled.decode(), target)


def _check_format(capabilities: dict[bytes, bytes], name: str) -> None:
    if capabilities.get(b"object-format", b"sha1") != b"sha1":
        raise RefusedError(f"{name} names its commits by SHA-256, which Devlinks does not know.")


def _split(capability: bytes) -> tuple[bytes, bytes]:
    key, value = parse_capability(capability)
    return key, value or b""


def _write_nothing(_: bytes) -> int:
    raise AssertionError("requests are sent whole")
