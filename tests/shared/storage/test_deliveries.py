"""The ledger of deliveries, on storage of both kinds."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.errors import BadRequestError
from shared.messages import Delivery
from shared.model import IntegrationId, WebhookId
from shared.storage.installation import MemoryStorage

if TYPE_CHECKING:
    from shared.interfaces.storage import Deliveries, Storage

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
EVENT = "56e81d32-b0e8-44e2-a92a-55eb7b6ccdce"


@pytest.fixture
def memory() -> MemoryStorage:
    return MemoryStorage()


@pytest.fixture
def ledger(storage: Storage) -> Deliveries:
    return storage.deliveries


def delivery(
    ledger: Deliveries,
    webhook: str,
    *,
    event_id: str = EVENT,
    created_at: datetime | None = NOW,
    received_at: datetime = NOW,
    body: bytes = b'{"eventType": "git.push"}',
    event_type: str = "git.push",
    size: int = 0,
) -> Delivery:
    return Delivery(
        webhook=WebhookId(webhook),
        id=ledger.id_of(event_id, created_at, body, now=NOW),
        integration=IntegrationId("i1"),
        received_at=received_at,
        event_type=event_type,
        body=body,
        size=size,
    )


def test_a_delivery_is_kept_with_its_body(ledger: Deliveries, unique: str) -> None:
    body = b'{"comment": "line\xe2\x80\xa8separator"}'
    one = delivery(ledger, unique, body=body)

    assert ledger.insert(one)

    assert ledger.get(unique, one.id) == one


def test_the_same_event_is_kept_once_however_often_it_comes(
    ledger: Deliveries, unique: str
) -> None:
    one = delivery(ledger, unique)
    again = delivery(ledger, unique, received_at=NOW + timedelta(minutes=3))

    assert ledger.insert(one)
    assert not ledger.insert(again)
    ledger.count_repeat(unique, again.id)

    [kept] = ledger.page(unique, now=NOW, limit=10)
    assert kept.repeats == 1
    assert kept.received_at == NOW


@pytest.mark.parametrize(
    ("size", "is_kept"), [(3_000_000, True), (400_000, True), (700_000, False)]
)
def test_a_body_that_fits_in_no_row_is_left_out(
    ledger: Deliveries, unique: str, size: int, is_kept: bool
) -> None:
    body = b" " * size if size > 1_000_000 else os.urandom(size)
    one = delivery(ledger, unique, body=body)

    ledger.insert(one)

    kept = ledger.get(unique, one.id)
    assert kept is not None
    assert kept.body == (body if is_kept else b"")


def test_what_became_of_a_delivery_is_told(ledger: Deliveries, unique: str) -> None:
    one = delivery(ledger, unique)
    ledger.insert(one)

    ledger.mark(unique, one.id, "ignored", detail="the push moved no branch — “tags”")

    kept = ledger.get(unique, one.id)
    assert kept is not None
    assert kept.state == "ignored"
    assert kept.detail.startswith("the push moved no branch")
    assert kept.body == one.body


def test_a_delivery_that_was_deleted_meanwhile_stays_deleted(
    ledger: Deliveries, unique: str
) -> None:
    one = delivery(ledger, unique)

    ledger.mark(unique, one.id, "done")
    ledger.count_repeat(unique, one.id)

    assert ledger.get(unique, one.id) is None


def test_deliveries_are_listed_newest_first_over_days_and_pages(
    ledger: Deliveries, unique: str
) -> None:
    moments = [NOW - timedelta(hours=9 * n) for n in range(8)]
    for n, moment in enumerate(moments):
        ledger.insert(delivery(ledger, unique, event_id=f"event-{n}", created_at=moment))

    seen: list[str] = []
    after = ""
    while page := ledger.page(unique, now=NOW, after=after, limit=3):
        seen += [d.id.rpartition(".")[2] for d in page]
        after = page[-1].id

    assert seen == [f"event-{n}" for n in range(8)]
    assert all(d.body == b"" for d in ledger.page(unique, now=NOW, limit=10))


def test_deliveries_of_one_state_are_listed(ledger: Deliveries, unique: str) -> None:
    for n in range(3):
        ledger.insert(delivery(ledger, unique, event_id=f"event-{n}"))
    second = delivery(ledger, unique, event_id="event-1")
    ledger.mark(unique, second.id, "failed", detail="signed_out")

    assert [d.id for d in ledger.page(unique, now=NOW, limit=10, state="failed")] == [second.id]


def test_deliveries_of_one_type_and_state_are_listed_over_pages(
    ledger: Deliveries, unique: str
) -> None:
    for n in range(9):
        one = delivery(
            ledger,
            unique,
            event_id=f"event-{n}",
            created_at=NOW - timedelta(hours=5 * n),
            event_type="git.push" if n % 3 else "git.repo.created",
        )
        ledger.insert(one)
        ledger.mark(unique, one.id, "failed" if n % 2 else "done")

    def found(after: str = "") -> list[Delivery]:
        page = ledger.page(
            unique, now=NOW, after=after, limit=2, state="failed", event_type="git.push"
        )
        return page + found(page[-1].id) if page else []

    of_a_type = ledger.page(unique, now=NOW, limit=10, event_type="git.repo.created")
    assert [d.id.rpartition(".")[2] for d in found()] == ["event-1", "event-5", "event-7"]
    assert [d.id.rpartition(".")[2] for d in of_a_type] == ["event-0", "event-3", "event-6"]


def test_size_and_date_of_a_delivery_are_told_without_its_body(
    ledger: Deliveries, unique: str
) -> None:
    one = delivery(ledger, unique, created_at=NOW + timedelta(milliseconds=123), size=5_000_000)
    ledger.insert(one)

    [listed] = ledger.page(unique, now=NOW, limit=10)

    assert (listed.size, listed.body) == (5_000_000, b"")
    assert ledger.created_at(listed.id) == NOW + timedelta(milliseconds=123)


def test_bodies_are_kept_compressed(memory: MemoryStorage, unique: str) -> None:
    one = delivery(memory.deliveries, unique, body=b'{"comment": "again and again"}' * 10_000)

    memory.deliveries.insert(one)

    [rows] = memory.tables.tables.values()
    [(_, stored)] = rows.values()
    assert len(stored) < len(one.body) / 20


@pytest.mark.parametrize(
    "odd", ["x", "20260309", "20269999.0000000000000.a", "20260309.1.a", "../state.0.0", "' or 1.0"]
)
def test_an_id_that_was_never_given_out_is_nobodys(
    ledger: Deliveries, unique: str, odd: str
) -> None:
    with pytest.raises(BadRequestError):
        ledger.page(unique, now=NOW, after=odd, limit=10)
    assert ledger.get(unique, odd) is None


def test_what_was_never_finished_is_found(ledger: Deliveries, unique: str) -> None:
    old, recent, done = (
        delivery(ledger, unique, event_id=f"event-{n}", created_at=at, received_at=at)
        for n, at in enumerate(
            [NOW - timedelta(hours=5), NOW - timedelta(minutes=5), NOW - timedelta(minutes=6)]
        )
    )
    just_now = delivery(ledger, unique, event_id="event-9")
    for one in (old, recent, done, just_now):
        ledger.insert(one)
    ledger.mark(unique, done.id, "done")

    found = ledger.unfinished(
        unique, since=NOW - timedelta(hours=1), until=NOW - timedelta(minutes=1)
    )

    assert [d.id for d in found] == [recent.id]


def test_what_is_older_than_a_week_is_deleted(ledger: Deliveries, unique: str) -> None:
    old = delivery(ledger, unique, event_id="old", created_at=NOW - timedelta(days=6))
    new = delivery(ledger, unique, event_id="new")
    for one in (old, new):
        ledger.insert(one)

    ledger.expire(now=NOW + timedelta(days=2))

    assert ledger.get(unique, old.id) is None
    assert ledger.get(unique, new.id) is not None


@pytest.mark.parametrize(
    ("event_id", "created_at"),
    [
        ("", NOW),
        (EVENT, None),
        (EVENT, NOW - timedelta(days=400)),
        (EVENT, NOW + timedelta(days=400)),
        ("a/b\\c#d?e\u0000\u2028", NOW),
        ("x" * 5000, NOW),
        ("../..", None),
    ],
)
def test_an_event_with_an_odd_id_or_date_is_kept_and_recognised(
    ledger: Deliveries, unique: str, event_id: str, created_at: datetime | None
) -> None:
    one = delivery(ledger, unique, event_id=event_id, created_at=created_at)
    again = delivery(ledger, unique, event_id=event_id, created_at=created_at)

    assert ledger.insert(one)
    assert not ledger.insert(again)

    assert [d.id for d in ledger.page(unique, now=NOW, limit=5)] == [one.id]


def test_events_without_ids_are_known_by_their_content(ledger: Deliveries, unique: str) -> None:
    one = delivery(ledger, unique, event_id="", body=b"one")
    two = delivery(ledger, unique, event_id="", body=b"two")

    assert ledger.insert(one)
    assert ledger.insert(two)


def test_webhooks_do_not_see_each_others_deliveries(ledger: Deliveries, unique: str) -> None:
    one = delivery(ledger, unique)

    ledger.insert(one)

    assert ledger.page(f"{unique}x", now=NOW, limit=10) == []
    assert ledger.get(f"{unique}x", one.id) is None
