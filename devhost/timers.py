"""Run timer functions when they are due: in UTC, never two runs of one at a time.

A lease makes sure that only one development host per storage account fires them. A host that
takes over looks first at what was missed.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from azure.core.exceptions import AzureError

from devhost.attempts import succeeds
from devhost.functions import TimerTrigger
from devhost.invocation import invoke_timer
from devhost.lease import LEASE_SECONDS
from devhost.timer_status import after_run, is_monitored, opening, timer_info

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devhost.functions import Function
    from devhost.lease import Lease
    from devhost.ncrontab import Schedule
    from devhost.timer_status import TimerStatus, TimerStore

_LONGEST_NAP = 60.0
"""The clock is looked at anew after so many seconds: it may have been set, or the machine slept."""
_logger = logging.getLogger("devhost.timers")


class Timer:
    """One timer function and its schedule."""

    def __init__(self, function: Function, schedule: Schedule, *, store: TimerStore) -> None:
        assert isinstance(function.trigger, TimerTrigger)
        self.function = function
        self._trigger = function.trigger
        self._schedule = schedule
        self._store = store
        self._running = threading.Lock()

    def follow(self, stopping: threading.Event) -> None:
        """Run the function whenever it is due, until *stopping* is set."""
        now = _now()
        is_kept = is_monitored(self._trigger, self._schedule, now=now)
        begin = opening(self._read() if is_kept else None, self._schedule, now=now)
        status = begin.status
        self._write(status, is_kept=is_kept)
        if begin.is_past_due or self._trigger.run_on_startup:
            if stopping.is_set():
                return
            status = self._fire(
                status, is_kept=is_kept, is_past_due=begin.is_past_due, on_schedule=False
            )
        while _sleep_until(status.next, stopping):
            status = self._fire(status, is_kept=is_kept, is_past_due=False, on_schedule=True)

    def run_now(self) -> None:
        """Run the function outside its schedule, which stays as it is."""
        with self._running:
            is_kept = is_monitored(self._trigger, self._schedule, now=_now())
            self._invoke(timer_info(self._read() if is_kept else None, is_past_due=False))

    def _fire(
        self, status: TimerStatus, *, is_kept: bool, is_past_due: bool, on_schedule: bool
    ) -> TimerStatus:
        with self._running:
            began = _now()
            self._invoke(timer_info(status if is_kept else None, is_past_due=is_past_due))
        following = after_run(status, self._schedule, began=began, on_schedule=on_schedule)
        self._write(following, is_kept=is_kept)
        return following

    def _invoke(self, firing: str) -> None:
        succeeds(self.function.name, lambda: invoke_timer(self.function, firing))

    def _read(self) -> TimerStatus | None:
        try:
            return self._store.read(self.function.name)
        except AzureError as error:
            _logger.warning("The status of %s cannot be read: %s.", self.function.name, error)
            return None

    def _write(self, status: TimerStatus, *, is_kept: bool) -> None:
        if not is_kept:
            return
        try:
            self._store.write(self.function.name, status)
        except AzureError as error:
            _logger.warning("The status of %s cannot be kept: %s.", self.function.name, error)


class Timers:
    """All timers of an app, under one lease."""

    def __init__(self, timers: Sequence[Timer], *, lease: Lease) -> None:
        self._timers = timers
        self._lease = lease
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timers", daemon=True)

    def start(self) -> None:
        """Begin to look for the lease."""
        self._thread.start()

    def begin_stop(self) -> None:
        """Fire nothing more; what runs goes on."""
        self._stopping.set()

    def finish_stop(self, *, until: float) -> None:
        """Wait for what runs, up to the monotonic time *until*."""
        self._thread.join(max(0.0, until - time.monotonic()))
        if self._thread.is_alive():
            _logger.warning("A timer function was cut off.")

    def _run(self) -> None:
        is_waiting = False
        while not self._stopping.is_set():
            if self._lease.acquire():
                is_waiting = False
                self._fire_while_held()
                self._lease.release()
                continue
            if not is_waiting:
                _logger.info("Another development host fires the timers of this storage account.")
                is_waiting = True
            self._stopping.wait(LEASE_SECONDS / 3)

    def _fire_while_held(self) -> None:
        losing = threading.Event()
        threads = [
            threading.Thread(
                target=timer.follow, args=(losing,), name=timer.function.name, daemon=True
            )
            for timer in self._timers
        ]
        for thread in threads:
            thread.start()
        while not self._stopping.wait(LEASE_SECONDS / 3):
            if not self._lease.renew():
                _logger.warning("The lease of the timers was lost.")
                break
        losing.set()
        for thread in threads:
            while thread.is_alive():
                # What still runs must not be run by another host beside it.
                thread.join(LEASE_SECONDS / 3)
                self._lease.renew()


def _sleep_until(moment: datetime, stopping: threading.Event) -> bool:
    while True:
        left = (moment - _now()).total_seconds()
        if stopping.wait(min(max(left, 0.0), _LONGEST_NAP)):
            return False
        if moment <= _now():
            return True


def _now() -> datetime:
    return datetime.now(UTC)
