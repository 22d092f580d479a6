"""The history of deliveries: every notification of the last seven days, with what was said."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import msgspec

from devhost.sample_organization import moments

from .subscriptions import Subscription

if TYPE_CHECKING:
    from devhost.sample_organization.clock import Clock
    from devhost.sample_organization.exchange import Json


_REMEMBERED = timedelta(days=7)

NotificationStatus = Literal["queued", "processing", "requestInProgress", "completed"]
NotificationResult = Literal["pending", "succeeded", "failed", "filtered"]


class Notification(msgspec.Struct, frozen=True):
    """One event on its way to one subscription."""

    id: int
    """Counts up within the subscription."""
    subscription: Subscription
    """As it was when the event was raised."""
    event_id: str
    event: dict[str, object]
    """The body that is sent."""
    created_at: datetime
    modified_at: datetime
    status: NotificationStatus = "queued"
    result: NotificationResult = "pending"
    attempts: int = 0
    request: str = ""
    response: str = ""
    error: str = ""
    seconds: float = 0.0
    """How long the receiver took to answer the last time."""


class Notifications:
    """The notifications of one organization."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[str, dict[int, Notification]] = defaultdict(dict)
        self._last: Counter[str] = Counter()

    def next_id(self, subscription_id: str) -> int:
        """Return the number of a subscription's next notification; each call gives another."""
        with self._lock:
            self._last[subscription_id] += 1
            return self._last[subscription_id]

    def put(self, notification: Notification) -> None:
        """Keep a new notification, or a new state of one."""
        with self._lock:
            self._kept[notification.subscription.id][notification.id] = notification

    def find(self, subscription_id: str, number: int) -> Notification | None:
        """Return one notification."""
        return self._kept.get(subscription_id, {}).get(number)

    def of(self, subscription_id: str) -> list[Notification]:
        """Return a subscription's notifications that are remembered, newest first."""
        since = self._clock.now() - _REMEMBERED
        with self._lock:
            kept = tuple(self._kept.get(subscription_id, {}).values())
        return [one for one in reversed(kept) if one.created_at >= since]

    def all(self) -> list[Notification]:
        """Return every notification that is remembered, newest first."""
        with self._lock:
            subscriptions = tuple(self._kept)
        found = [one for identifier in subscriptions for one in self.of(identifier)]
        return sorted(found, key=lambda one: one.created_at, reverse=True)


def shape(notification: Notification, *, details: bool) -> Json:
    """Return a notification as the API writes it, with what was sent and said if *details*."""
    subscription = notification.subscription
    written: Json = {
        "id": notification.id,
        "subscriptionId": subscription.id,
        "subscriberId": subscription.modified_by.id,
        "eventId": notification.event_id,
        "status": notification.status,
        "result": notification.result,
        "createdDate": moments.written(notification.created_at),
        "modifiedDate": moments.written(notification.modified_at),
    }
    if details:
        written["details"] = _details(notification)
    return written


def _details(notification: Notification) -> Json:
    subscription = notification.subscription
    moment = moments.written(notification.modified_at)
    return {
        "eventType": subscription.event_type,
        "event": _event(notification.event),
        "publisherId": "tfs",
        "consumerId": "webHooks",
        "consumerActionId": "httpRequest",
        "publisherInputs": subscription.publisher_inputs,
        "consumerInputs": masked(subscription.consumer_inputs),
        "request": notification.request,
        "response": notification.response,
        "errorMessage": notification.error,
        "errorDetail": notification.error,
        "queuedDate": moments.written(notification.created_at),
        "dequeuedDate": moment,
        "processedDate": moment,
        "completedDate": moment,
        "requestDuration": notification.seconds,
        "requestAttempts": notification.attempts,
    }


def _event(body: dict[str, object]) -> Json:
    """Return the body without what names the delivery: the API's Event has no such fields."""
    return {k: v for k, v in body.items() if k not in {"subscriptionId", "notificationId"}}


MASK = "********"


def masked(consumer_inputs: dict[str, str]) -> dict[str, str]:
    """Return consumer inputs as they are read back: the password is not shown."""
    if "basicAuthPassword" not in consumer_inputs:
        return consumer_inputs
    return consumer_inputs | {"basicAuthPassword": MASK}
