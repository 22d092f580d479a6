from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from devhost.sample_organization.hooks.retries import (
    PROBATION_WAITS,
    TRANSIENT_WAITS,
    Outcome,
    after,
    outcome_of,
    takes_events,
    wait_before_retry,
)
from devhost.sample_organization.hooks.subscriptions import Subscription, SubscriptionStatus
from devhost.sample_organization.model import Person

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SOMEBODY = Person("1", "Backend developer", "backend.developer@example.com")


def subscription(status: SubscriptionStatus = "enabled") -> Subscription:
    return Subscription("1", "git.push", "1.0", {}, {}, SOMEBODY, NOW, SOMEBODY, NOW, status)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.DELIVERED),
        (202, Outcome.DELIVERED),
        (204, Outcome.DELIVERED),
        (410, Outcome.TERMINAL),
        (408, Outcome.TRANSIENT),
        (502, Outcome.TRANSIENT),
        (503, Outcome.TRANSIENT),
        (504, Outcome.TRANSIENT),
        (None, Outcome.TRANSIENT),
        (302, Outcome.ENDURING),
        (400, Outcome.ENDURING),
        (401, Outcome.ENDURING),
        (404, Outcome.ENDURING),
        (413, Outcome.ENDURING),
        (429, Outcome.ENDURING),
        (500, Outcome.ENDURING),
    ],
)
def test_class_of_an_answer(status: int | None, outcome: Outcome) -> None:
    assert outcome_of(status) is outcome


def test_waits_are_the_documented_ones() -> None:
    assert sum(TRANSIENT_WAITS, timedelta()) == timedelta(seconds=183)
    assert len(TRANSIENT_WAITS) == 8
    assert PROBATION_WAITS[0] == timedelta(minutes=20)
    assert len(PROBATION_WAITS) == 7
    assert timedelta(hours=35) < sum(PROBATION_WAITS, timedelta()) < timedelta(hours=37)


def test_ninth_transient_failure_is_not_tried_again() -> None:
    waits = [wait_before_retry(attempts) for attempts in range(1, 10)]

    assert waits == [*TRANSIENT_WAITS, None]


def test_seven_failed_tries_on_probation_disable() -> None:
    one, now = subscription(), NOW
    statuses = []

    for _ in range(8):
        one = after(one, Outcome.ENDURING, now)
        statuses.append(one.status)
        now = one.next_try_at or now

    assert statuses == ["onProbation"] * 7 + ["disabledBySystem"]
    assert one.probation_retries == 7
    assert now - NOW == sum(PROBATION_WAITS, timedelta())


def test_one_success_ends_probation() -> None:
    one = after(after(subscription(), Outcome.ENDURING, NOW), Outcome.DELIVERED, NOW)

    assert (one.status, one.probation_retries, one.next_try_at) == ("enabled", 0, None)


def test_gone_disables_at_once_whatever_the_state() -> None:
    for before in (subscription(), after(subscription(), Outcome.ENDURING, NOW)):
        assert after(before, Outcome.TERMINAL, NOW).status == "disabledBySystem"


def test_disabled_one_is_not_brought_back_by_a_late_result() -> None:
    for outcome in (Outcome.DELIVERED, Outcome.ENDURING):
        assert after(subscription("disabledByUser"), outcome, NOW).status == "disabledByUser"


def test_events_are_taken_when_enabled_and_after_the_wait_of_a_probation() -> None:
    probation = after(subscription(), Outcome.ENDURING, NOW)

    assert takes_events(subscription(), NOW)
    assert not takes_events(subscription("disabledBySystem"), NOW)
    assert not takes_events(probation, NOW + timedelta(minutes=19))
    assert takes_events(probation, NOW + timedelta(minutes=20))
