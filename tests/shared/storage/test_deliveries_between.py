"""Deliveries of a span of time are read without those around it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.messages import Delivery
from shared.model import IntegrationId, WebhookId
from tests.making import DAY

if TYPE_CHECKING:
    from datetime import datetime

    from shared.interfaces.storage import Deliveries, Storage

pytestmark = pytest.mark.azurite

MIDNIGHT = DAY.replace(hour=0, minute=0, second=0, microsecond=0)


def keep(ledger: Deliveries, webhook: str, at: datetime) -> str:
    made = Delivery(
        webhook=WebhookId(webhook),
        id=ledger.id_of(f"e{at:%H%M%S%f}", at, b"", now=DAY),
        integration=IntegrationId("i"),
        received_at=DAY,
        body=b"{}",
    )
    assert ledger.insert(made)
    return made.id


def test_only_what_lies_between_is_told_newest_first(storage: Storage, unique: str) -> None:
    ledger, since = storage.deliveries, MIDNIGHT - timedelta(hours=1)
    until = MIDNIGHT + timedelta(hours=1)
    moment = timedelta(milliseconds=1)
    moments = [since - moment, since, MIDNIGHT - moment, MIDNIGHT, until - moment, until]
    _, *inside, _ = [keep(ledger, unique, at) for at in moments]

    found = ledger.between(unique, since=since, until=until, limit=10)

    assert [one.id for one in found] == inside[::-1]
    assert {one.body for one in found} == {b""}


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_are_read_than_wanted(storage: Storage, unique: str, limit: int) -> None:
    ledger = storage.deliveries
    kept = [keep(ledger, unique, MIDNIGHT + timedelta(minutes=n)) for n in range(-2, 2)]

    found = ledger.between(
        unique,
        since=MIDNIGHT - timedelta(hours=1),
        until=MIDNIGHT + timedelta(hours=1),
        limit=limit,
    )

    assert [one.id for one in found] == kept[::-1][:limit]
