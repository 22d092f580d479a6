"""What a repository elsewhere is to us: something to talk to, and to hear to its end, or not."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct

from shared.errors import (
    DevlinksError,
    ForbiddenError,
    MissingError,
    RefusedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

_MISSING: Final = re.compile(
    r"not our ref|not found|no such|does not exist|could not be found|not exported"
    r"|not appear to be a git repository|TF401019|TF200016",
    re.IGNORECASE,
)
_FORBIDDEN: Final = re.compile(r"denied|not allowed|not authori[sz]ed|permission", re.IGNORECASE)
_UNSEEN: Final = re.compile(r"[^\x20-\x7e]+")
_SHOWN: Final = 200
_CHUNK: Final = 65_536


class Caps(Struct, frozen=True):
    """How much of a remote's answers is taken; more is a RefusedError that names the limit."""

    refs_bytes: int = 64 * 1024**2
    pack_bytes: int = 1024**3
    """Of a pack, on disk."""
    unfiltered_bytes: int = 256 * 1024**2
    """The same where the remote sends files and folders as well, since it cannot do otherwise."""
    objects: int = 20_000_000
    """Of a pack."""
    commit_bytes: int = 64 * 1024**2
    """Of one commit, unpacked."""
    inflated_bytes: int = 32 * 1024**3
    """Of all objects of a pack, unpacked."""
    seconds: float = 1200.0
    """For everything; more of them is an UnavailableError."""


class TooLargeError(RefusedError):
    """The remote sent, or would send, more than the caps allow."""


class Conversation(Protocol):
    """A talk with one repository, from its greeting on."""

    @property
    def told_at(self) -> datetime | None:
        """The remote's clock when it greeted, where it tells."""

    def greeting(self, *, most: int) -> Incoming:
        """Return what it says first: what it can do and, in older protocols, its refs."""

    def ask(self, request: bytes, *, most: int) -> Incoming:
        """Return the answer to a request; what was not read of an earlier one is lost."""


class Remote(Protocol):
    """A repository elsewhere."""

    @property
    def name(self) -> str:
        """What errors call it."""

    def talk(self, *, until: float) -> AbstractContextManager[Conversation]:
        """Connect; nothing is waited for longer than *until*, by the monotonic clock."""


class Incoming:
    """Reads what comes to the byte, and no more of it than was meant, nor for longer."""

    def __init__(self, recv: Callable[[int], bytes], *, name: str, most: int, until: float) -> None:
        self._recv = recv
        self._name = name
        self._left = most
        self._most = most
        self._until = until
        self._chunk = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        """Return *size* bytes; fewer where the remote stopped in between."""
        end = self._at + size
        if end > len(self._chunk):
            self._fill(size)
            end = size
        found = self._chunk[self._at : end]
        self._at += len(found)
        return found

    def _fill(self, size: int) -> None:
        parts = [self._chunk[self._at :]]
        held = len(parts[0])
        while held < size:
            part = self._recv(_CHUNK)
            if not part:
                break
            held += len(part)
            self._left -= len(part)
            parts.append(part)
            self._check()
        self._chunk = b"".join(parts)
        self._at = 0

    def _check(self) -> None:
        if self._left < 0:
            raise over(self._name, f"{self._most:,} bytes")
        if time.monotonic() > self._until:
            raise UnavailableError(f"{self._name} took too long to answer.")


def over(name: str, limit: str) -> TooLargeError:
    """Return the error for an answer that is larger than *limit*."""
    return TooLargeError(
        f"{name} sent more than {limit}.",
        next_step="Its history cannot be read by the git protocol; nothing else is affected.",
    )


def said_no(name: str, words: bytes) -> DevlinksError:
    """Return what the remote means by words of its own, which are for people."""
    text = _UNSEEN.sub(" ", words.decode(errors="replace")).strip()[:_SHOWN].rstrip(". ")
    if _MISSING.search(text):
        return MissingError(f"{name} has not what was asked for, or hides it: {text}.")
    if _FORBIDDEN.search(text):
        return ForbiddenError(f"{name} does not allow it: {text}.")
    return RefusedError(f"{name} refused: {text or 'it did not say why'}.")
