"""A log of every call, so that tests can count them exactly."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator


class Call(msgspec.Struct, frozen=True):
    """One call that was answered, well or not."""

    method: str
    route: str
    """The template, without organization and project: `git/repositories/{repositoryId}/refs`."""
    status: int
    repository: str
    """As the path gave it, a name or an id; empty for a route without one."""
    path: str
    query: dict[str, str]
    """Lower-case name → value."""


class Calls:
    """The calls since the start, or since `reset`, in the order in which they were answered."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: list[Call] = []

    def add(self, call: Call) -> None:
        """Log one more."""
        with self._lock:
            self._calls.append(call)

    def reset(self) -> None:
        """Forget all of them."""
        with self._lock:
            self._calls.clear()

    def __iter__(self) -> Iterator[Call]:
        with self._lock:
            return iter(tuple(self._calls))

    def __len__(self) -> int:
        return len(self._calls)

    def to(
        self, route: str, *, method: str | None = None, repository: str | None = None
    ) -> list[Call]:
        """Return the calls whose route ends with *route*, of a method and repository if given."""
        return [
            call
            for call in self
            if call.route.endswith(route)
            and method in {None, call.method}
            and repository in {None, call.repository}
        ]

    def by_route(self) -> Counter[str]:
        """Return how often each route was called, as "GET git/repositories" → 2."""
        return Counter(f"{call.method} {call.route}" for call in self)
