"""The audit, on storage of both kinds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

import pytest

from shared.audit_entries import Actor, AuditEntry
from shared.errors import BadRequestError
from shared.model import IntegrationId

if TYPE_CHECKING:
    from shared.interfaces.storage import Storage

DAY = timedelta(days=1)
_years = count(2010, 3)


@pytest.fixture
def now() -> datetime:
    """Return a time in years that no other test uses, as all share the tables of a month."""
    return datetime(next(_years), 3, 9, 12, tzinfo=UTC)


def entry(at: datetime, detail: str = "") -> AuditEntry:
    by = Actor("token", "t1", "Console — “staging”")
    return AuditEntry(at, by, "deliveries_replayed", IntegrationId("i1"), detail)


def test_what_was_done_is_told_newest_first_over_months_and_pages(
    storage: Storage, now: datetime
) -> None:
    moments = [now - 13 * n * DAY for n in range(8)]
    for moment in moments:
        storage.audit.add(entry(moment))

    seen: list[AuditEntry] = []
    after = ""
    while page := storage.audit.page(now=now, after=after, limit=3):
        seen += [stored.entry for stored in page]
        after = page[-1].position

    assert seen == [entry(moment) for moment in moments]


def test_two_things_at_one_moment_are_both_kept(storage: Storage, now: datetime) -> None:
    for detail in ("one", "two"):
        storage.audit.add(entry(now, detail))

    found = storage.audit.page(now=now, limit=10)

    assert {stored.entry.detail for stored in found} == {"one", "two"}


def test_what_is_told_once_is_told_once_an_hour(storage: Storage, now: datetime) -> None:
    for minutes in (1, 59, 60):
        storage.audit.add(entry(now + timedelta(minutes=minutes)), once="foreign.i1")
    storage.audit.add(entry(now), once="foreign.i2")

    found = storage.audit.page(now=now + DAY, limit=10)

    told = sorted(stored.entry.at - now for stored in found)
    assert told == [timedelta(), timedelta(minutes=1), timedelta(minutes=60)]


def test_what_is_older_than_a_year_is_deleted(storage: Storage, now: datetime) -> None:
    for days in (0, 360, 400):
        storage.audit.add(entry(now - days * DAY))

    storage.audit.expire(now=now)

    found = storage.audit.page(now=now - 390 * DAY, limit=10)
    kept = storage.audit.page(now=now, limit=10)
    assert found == []
    assert [stored.entry.at for stored in kept] == [now, now - 360 * DAY]


@pytest.mark.parametrize("position", ["x", "202613.1.a", "202603", "202603.' or 1.a", "0.0.0"])
def test_a_position_that_was_never_given_out_is_refused(storage: Storage, position: str) -> None:
    with pytest.raises(BadRequestError):
        storage.audit.page(now=datetime(2026, 3, 9, tzinfo=UTC), after=position, limit=10)
