"""Time as the sample organization sees it: real, shifted, or standing still.

Tests never sleep: they move the clock, and whoever waits for a moment is woken.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """A clock that starts at *start* and runs, or moves only when it is told to."""

    def __init__(self, start: datetime | None = None, *, running: bool = True) -> None:
        self.running = running
        self._lock = threading.Lock()
        self._shift = (start - datetime.now(UTC)) if start else timedelta()
        self._standing = start or datetime.now(UTC)
        self._woken: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """Return the present moment, in UTC."""
        with self._lock:
            return datetime.now(UTC) + self._shift if self.running else self._standing

    def advance(self, by: timedelta) -> None:
        """Let *by* pass at once, back if it is negative, and wake whoever waits for a moment."""
        with self._lock:
            self._shift += by
            self._standing += by
        for wake in tuple(self._woken):
            wake()

    def advance_to(self, moment: datetime) -> None:
        """Let time pass until *moment*; a moment that is past changes nothing."""
        self.advance(max(moment - self.now(), timedelta()))

    def on_advance(self, wake: Callable[[], None]) -> None:
        """Call *wake* whenever the clock is moved."""
        self._woken.append(wake)
