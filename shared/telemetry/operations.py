"""Holds together what happens because of one thing, by an id, and counts what it costs.

A delivery, a tick and a request begin an operation. Jobs carry its id in their messages, so that
whatever is done because of it, by whichever worker, is told under the same id up to the links.
"""

from __future__ import annotations

import random
import re
import threading
import time
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

P = ParamSpec("P")
T = TypeVar("T")

_ID: Final = re.compile(r"[0-9a-f]{16}")


class Calls(Struct, frozen=True):
    """How often one route was called and answered with one status."""

    count: int = 0
    seconds: float = 0.0
    """All together."""


class Operation:
    """One worker's share of what happens because of one thing. Usable from several threads."""

    def __init__(self, operation_id: str) -> None:
        self.id = operation_id
        self.calls: dict[tuple[str, str], Calls] = {}
        """Of a git host, by route and status; the status is empty where no answer came."""
        self.waited = 0.0
        """Seconds, because a git host asked to wait."""
        self.links = 0
        """As many as were written, whether they were there before or not."""
        self.event_at: datetime | None = None
        """When that happened which it is all about, as the git host tells."""
        self._began = time.monotonic()
        self._lock = threading.Lock()

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._began

    def add_call(self, route: str, status: str, seconds: float) -> None:
        """Count one call."""
        with self._lock:
            known = self.calls.get((route, status), Calls())
            self.calls[route, status] = Calls(known.count + 1, known.seconds + seconds)

    def add(self, *, waited: float = 0.0, links: int = 0) -> None:
        """Count seconds that were waited, and links that were written."""
        with self._lock:
            self.waited += waited
            self.links += links


_current: ContextVar[Operation | None] = ContextVar("operation", default=None)


@contextmanager
def operation(operation_id: str = "") -> Iterator[Operation]:
    """Begin an operation, or carry on with one that began elsewhere; an odd id makes a new one."""
    is_known = _ID.fullmatch(operation_id) is not None
    begun = Operation(operation_id if is_known else _new_id())
    token = _current.set(begun)
    try:
        yield begun
    finally:
        _current.reset(token)


def _new_id() -> str:
    return f"{random.getrandbits(64):016x}"


def current_id() -> str:
    """Return the id of what goes on; empty when nothing has begun."""
    known = _current.get()
    return "" if known is None else known.id


@contextmanager
def counted_call(route: str) -> Iterator[Callable[[int], None]]:
    """Count a call of a git host; what is given is told the status of its answer."""
    known = _current.get()
    began, statuses = time.monotonic(), [""]

    def answered(status: int) -> None:
        statuses[0] = str(status)

    try:
        yield answered
    finally:
        if known is not None:
            known.add_call(route, statuses[0], time.monotonic() - began)


def count_waited(seconds: float) -> None:
    """Count seconds that were waited because a git host asked to."""
    known = _current.get()
    if known is not None:
        known.add(waited=seconds)


def count_links(links: int) -> None:
    """Count links that were written."""
    known = _current.get()
    if known is not None:
        known.add(links=links)


def note_event(at: datetime | None) -> None:
    """Note when that happened which the operation is about."""
    known = _current.get()
    if known is not None:
        known.event_at = at


def carried(call: Callable[P, T]) -> Callable[P, T]:
    """Return *call* for other threads to make, which is then part of the same operation.

    The Functions host, too, takes the lines of such a thread for those of the function.
    """
    context = copy_context()

    def make(*args: P.args, **kwargs: P.kwargs) -> T:
        return context.copy().run(call, *args, **kwargs)

    return make
