"""What becomes of a subscription when a receiver does not answer well.

The classes and the waits are those of Azure DevOps' page "Troubleshoot service hooks".
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from .subscriptions import Subscription

_GONE = 410
_TRANSIENT = frozenset({408, 502, 503, 504})

TRANSIENT_WAITS = tuple(timedelta(seconds=s) for s in (1, 2, 4, 8, 16, 32, 60, 60))
"""Before each further try of the same notification."""

PROBATION_WAITS = tuple(timedelta(minutes=m) for m in (20, 40, 80, 160, 320, 640, 900))
"""Before each further try of a subscription on probation; after the last it is disabled."""


class Outcome(Enum):
    """How a delivery ended."""

    DELIVERED = "delivered"
    TERMINAL = "terminal"
    TRANSIENT = "transient"
    ENDURING = "enduring"


def outcome_of(status: int | None) -> Outcome:
    """Return the class of an HTTP status; None is no answer, which is taken for a time-out."""
    if status is None or status in _TRANSIENT:
        return Outcome.TRANSIENT
    if status == _GONE:
        return Outcome.TERMINAL
    return Outcome.DELIVERED if status // 100 == 2 else Outcome.ENDURING  # noqa: PLR2004


def wait_before_retry(attempts: int) -> timedelta | None:
    """Return how long to wait after so many transient failures; None: it has become enduring."""
    return TRANSIENT_WAITS[attempts - 1] if attempts <= len(TRANSIENT_WAITS) else None


def takes_events(subscription: Subscription, now: datetime) -> bool:
    """Return whether an event that is raised now is sent; what is not sent is lost.

    On probation only the first event after each wait is: that is the next try.
    """
    if subscription.status == "onProbation":
        return subscription.next_try_at is not None and now >= subscription.next_try_at
    return subscription.status == "enabled"


def after(subscription: Subscription, outcome: Outcome, now: datetime) -> Subscription:
    """Return the subscription as it is after a delivery has ended."""
    if outcome is Outcome.TERMINAL:
        return msgspec.structs.replace(subscription, status="disabledBySystem", next_try_at=None)
    if outcome is Outcome.DELIVERED:
        if subscription.status != "onProbation":
            return subscription
        return msgspec.structs.replace(
            subscription, status="enabled", probation_retries=0, next_try_at=None
        )
    return _failed(subscription, now)


def _failed(subscription: Subscription, now: datetime) -> Subscription:
    if subscription.status == "enabled":
        return msgspec.structs.replace(
            subscription, status="onProbation", next_try_at=now + PROBATION_WAITS[0]
        )
    if subscription.status != "onProbation":
        return subscription
    retries = subscription.probation_retries + 1
    if retries >= len(PROBATION_WAITS):
        return msgspec.structs.replace(
            subscription,
            status="disabledBySystem",
            probation_retries=retries,
            last_probation_retry_at=now,
            next_try_at=None,
        )
    return msgspec.structs.replace(
        subscription,
        probation_retries=retries,
        last_probation_retry_at=now,
        next_try_at=now + PROBATION_WAITS[retries],
    )
