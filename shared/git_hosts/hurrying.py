"""Sends requests for somebody who watches: no step of an examination is waited for long."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from shared.git_hosts.egress import CutOffError, Patience, Sessions

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.git_hosts.dialling import Egress

STEP_SECONDS: Final = 10.0
_CONNECT_SECONDS: Final = 5.0


class HurriedSessions(Sessions):
    """Waits some seconds for all requests of a step together."""

    def __init__(
        self,
        egress: Egress | None = None,
        *,
        seconds: float = STEP_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """*now* tells seconds, from any beginning."""
        super().__init__(egress)
        self._seconds = seconds
        self._now = now
        self.begin_step()

    def begin_step(self, *, times: float = 1) -> None:
        """Wait for what follows as long as for every step, or some times as long."""
        self._waited = self._seconds * times
        self._until = self._now() + self._waited

    def patience(self) -> Patience:
        """Return what is left of the step's time; CutOffError when nothing is."""
        left = self._until - self._now()
        if left <= 0:
            text = f"There was no whole answer within {self._waited:.0f} seconds."
            raise CutOffError(text, is_late=True)
        return Patience(min(_CONNECT_SECONDS, left), left, left)
