"""How fast one identity may ask: the pause that the service wants, and what it has left.

https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from shared.errors import ThrottledError
from shared.git_hosts.azure_devops import answers
from shared.telemetry.operations import count_waited

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.git_hosts.egress import Answer
    from shared.interfaces import Clock
    from shared.interfaces.answers import Budget

_LONGEST_WAIT: Final = timedelta(seconds=60)
"""A longer one is not waited for: the job ends and is put off."""


class Pace:
    """What one identity may do now in one organization. Usable from several threads."""

    def __init__(self, clock: Clock, wait: Callable[[float], None]) -> None:
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._paused_until = clock()
        self._budget: Budget | None = None

    @property
    def budget(self) -> Budget | None:
        """What was last told of the budget; None when nothing ever was."""
        return self._budget

    def keep(self) -> None:
        """Wait until the service wants to hear from us; ThrottledError if that takes long."""
        with self._lock:
            until = self._paused_until
        left = until - self._clock()
        if left > _LONGEST_WAIT:
            text = f"Azure DevOps asked to wait until {until:%H:%M:%S}."
            raise ThrottledError(text, retry_at=until)
        if left > timedelta():
            self._wait(left.total_seconds())
            count_waited(left.total_seconds())

    def note(self, answer: Answer, *, now: datetime) -> None:
        """Take in what an answer says, good or not."""
        pause = answers.retry_after(answer, now=now)
        if pause is not None:
            self.pause(now + pause)
        self._budget = answers.budget(answer, now=now) or self._budget

    def pause(self, until: datetime) -> None:
        """Ask nothing before *until*."""
        with self._lock:
            self._paused_until = max(self._paused_until, until)
