"""Deliver notifications, in threads of their own, and try again as the service does.

A try is due at a moment of the clock, so a test lets an hour of retries pass in no time. The
order of deliveries is not promised.
"""

from __future__ import annotations

import heapq
import threading
from typing import TYPE_CHECKING

import msgspec

from .retries import Outcome, after, outcome_of, wait_before_retry
from .sending import Sender, Sent

if TYPE_CHECKING:
    from datetime import datetime

    from devhost.sample_organization.clock import Clock

    from .notifications import Notification, Notifications
    from .subscriptions import Subscriptions


class Deliveries:
    """The deliveries that are due, and the threads that make them."""

    def __init__(
        self,
        clock: Clock,
        subscriptions: Subscriptions,
        notifications: Notifications,
        *,
        threads: int = 4,
    ) -> None:
        self._clock = clock
        self._subscriptions = subscriptions
        self._notifications = notifications
        self._sender = Sender()
        self._changed = threading.Condition()
        self._due: list[tuple[datetime, int, str, int]] = []
        """A heap of (moment, order of arrival, subscription, notification)."""
        self._arrivals = 0
        self._under_way = 0
        self._stopped = False
        self._threads = [
            threading.Thread(target=self._work, name=f"deliveries-{number}", daemon=True)
            for number in range(threads)
        ]
        clock.on_advance(self._wake)

    def start(self) -> None:
        """Begin to deliver."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Stop after the tries that are under way; what is still due stays undelivered."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._sender.close()

    def add(self, notification: Notification) -> None:
        """Deliver *notification* as soon as a thread is free."""
        self._notifications.put(notification)
        self._plan(notification, self._clock.now())

    def wait_until_idle(self, *, seconds: float = 10.0) -> None:
        """Return once nothing is due now; TimeoutError after so many seconds of real time."""
        with self._changed:
            if not self._changed.wait_for(self._is_idle, timeout=seconds):
                raise TimeoutError("Deliveries are still under way.")

    def let_pass(self, until: datetime) -> None:
        """Move the clock to *until*, stopping at every try on the way until it is made."""
        while True:
            self.wait_until_idle()
            with self._changed:
                moment = self._due[0][0] if self._due else None
            if moment is None or moment > until:
                break
            self._clock.advance_to(moment)
        self._clock.advance_to(until)

    def _is_idle(self) -> bool:
        return not self._under_way and not (self._due and self._due[0][0] <= self._clock.now())

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _plan(self, notification: Notification, moment: datetime) -> None:
        with self._changed:
            self._arrivals += 1
            entry = (moment, self._arrivals, notification.subscription.id, notification.id)
            heapq.heappush(self._due, entry)
            self._changed.notify_all()

    def _work(self) -> None:
        while (taken := self._take()) is not None:
            try:
                self._try(taken)
            finally:
                with self._changed:
                    self._under_way -= 1
                    self._changed.notify_all()

    def _take(self) -> Notification | None:
        """Wait for a try that is due and return it; None when stopped."""
        with self._changed:
            while not self._stopped:
                now = self._clock.now()
                if self._due and self._due[0][0] <= now:
                    _, _, subscription_id, number = heapq.heappop(self._due)
                    found = self._notifications.find(subscription_id, number)
                    if found is not None:
                        self._under_way += 1
                        return found
                    continue
                self._changed.wait(self._seconds_to_wait(now))
        return None

    def _seconds_to_wait(self, now: datetime) -> float | None:
        if not self._due or not self._clock.running:
            return None
        return max((self._due[0][0] - now).total_seconds(), 0.0)

    def _try(self, notification: Notification) -> None:
        if notification.attempts and self._subscriptions.find(notification.subscription.id) is None:
            return  # Deleted between two tries: nobody wants it any more.
        sent = self._sender.send(notification)
        now = self._clock.now()
        outcome = outcome_of(sent.status)
        attempts = notification.attempts + 1
        wait = wait_before_retry(attempts) if outcome is Outcome.TRANSIENT else None
        tried = _with_result(notification, sent, now=now, outcome=outcome, again=wait is not None)
        self._notifications.put(tried)
        if wait is not None:
            self._plan(tried, now + wait)
            return
        if outcome is Outcome.TRANSIENT:
            outcome = Outcome.ENDURING
        self._subscriptions.change(tried.subscription.id, lambda one: after(one, outcome, now))


def _with_result(
    notification: Notification, sent: Sent, *, now: datetime, outcome: Outcome, again: bool
) -> Notification:
    result = "succeeded" if outcome is Outcome.DELIVERED else "failed"
    return msgspec.structs.replace(
        notification,
        status="queued" if again else "completed",
        result="pending" if again else result,
        attempts=notification.attempts + 1,
        modified_at=now,
        request=sent.request,
        response=sent.response,
        error=sent.error,
        seconds=sent.seconds,
    )
