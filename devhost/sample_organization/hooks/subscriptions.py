"""Service hook subscriptions, as values and as a store."""

from __future__ import annotations

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Literal

import msgspec

from devhost.sample_organization.model import Person

if TYPE_CHECKING:
    from collections.abc import Callable

SubscriptionStatus = Literal[
    "enabled", "onProbation", "disabledByUser", "disabledBySystem", "disabledByInactiveIdentity"
]


class Subscription(msgspec.Struct, frozen=True):
    """A wish to be told of one type of event."""

    id: str
    event_type: str
    resource_version: str
    publisher_inputs: dict[str, str]
    """The filters; an empty string is no filter."""
    consumer_inputs: dict[str, str]
    """The address and how to send; the password is here in clear."""
    created_by: Person
    created_at: datetime
    modified_by: Person
    modified_at: datetime
    status: SubscriptionStatus = "enabled"
    probation_retries: int = 0
    last_probation_retry_at: datetime | None = None
    next_try_at: datetime | None = None
    """On probation: nothing is sent before."""


class Subscriptions:
    """The subscriptions of one organization; identical ones may be there twice."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._kept: dict[str, Subscription] = {}

    def all(self) -> list[Subscription]:
        """Return every subscription, oldest first."""
        with self._lock:
            return list(self._kept.values())

    def find(self, identifier: str) -> Subscription | None:
        """Return the subscription of that id."""
        return self._kept.get(identifier.lower())

    def put(self, subscription: Subscription) -> None:
        """Keep a new subscription, or a new state of one."""
        with self._lock:
            self._kept[subscription.id] = subscription

    def change(self, identifier: str, change: Callable[[Subscription], Subscription]) -> None:
        """Replace a subscription by what *change* makes of it; one that is gone stays gone."""
        with self._lock:
            found = self._kept.get(identifier)
            if found is not None:
                self._kept[identifier] = change(found)

    def remove(self, identifier: str) -> bool:
        """Forget a subscription; return whether there was one."""
        with self._lock:
            return self._kept.pop(identifier.lower(), None) is not None
