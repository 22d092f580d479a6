from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import islice

import pytest

from devhost.ncrontab import Every, occurrences, parse_schedule

NOW = datetime(2026, 11, 21, 9, 30, 15, 250_000, tzinfo=UTC)  # a Saturday


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "due"),
    [
        ("* * * * * *", "2026-11-21T09:30:16"),
        ("0 */5 * * * *", "2026-11-21T09:35:00"),
        ("*/5 * * * *", "2026-11-21T09:35:00"),
        ("15 30 9 * * *", "2026-11-22T09:30:15"),
        ("16 30 9 * * *", "2026-11-21T09:30:16"),
        ("0 0 9-17 * * *", "2026-11-21T10:00:00"),
        ("0 0 17-9/4 * * *", "2026-11-21T13:00:00"),
        ("30 9/20 * * * *", "2026-11-21T09:49:30"),
        ("0 0 0 1 1 *", "2027-01-01T00:00:00"),
        ("0 30 9 * Jan Mon", "2027-01-04T09:30:00"),
        ("0 30 9 * dec,MARCH we-fri", "2026-12-02T09:30:00"),
        ("0 0 0 * * 0", "2026-11-22T00:00:00"),
        ("0 0 0 29 2 *", "2028-02-29T00:00:00"),
        ("0 0 0 31 * *", "2026-12-31T00:00:00"),
        ("0 0 0 29 2 0", "2032-02-29T00:00:00"),
    ],
)
def test_next_due_time_after_a_moment(expression: str, due: str) -> None:
    assert parse_schedule(expression).next_after(NOW) == at(due)


def test_day_of_month_and_day_of_week_must_both_match() -> None:
    friday_the_13th = parse_schedule("0 0 0 13 * FRI")

    due = islice(occurrences(friday_the_13th, after=NOW, until=at("2029-01-01")), 3)

    assert list(due) == [at("2027-08-13"), at("2028-10-13")]


def test_due_time_itself_is_not_its_own_next() -> None:
    every_minute = parse_schedule("0 * * * * *")

    assert every_minute.next_after(at("2026-11-21T09:30:00")) == at("2026-11-21T09:31:00")


def test_a_day_that_never_comes_is_never_due() -> None:
    assert parse_schedule("0 0 0 30 2 *").next_after(NOW) is None


def test_time_span_is_a_constant_distance() -> None:
    assert parse_schedule("00:10:00") == Every(timedelta(minutes=10))
    assert parse_schedule("00:10:00").next_after(NOW) == NOW + timedelta(minutes=10)


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "* * * *",
        "* * * * * * *",
        "60 * * * * *",
        "* * 24 * * *",
        "* * * 0 * *",
        "* * * 32 * *",
        "* * * * 13 *",
        "* * * * * 7",
        "* * * * * noday",
        "* * * Jan * *",
        "*/x * * * * *",
        "1, * * * * *",
        "00:00:00",
        "every day",
    ],
)
def test_expression_that_the_host_would_refuse_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"no |not "):
        parse_schedule(expression)


@pytest.mark.parametrize("seed", range(20))
def test_next_due_time_is_the_first_that_matches_second_by_second(seed: int) -> None:
    expression = (
        f"{seed * 7 % 60}/{seed + 3} {seed * 11 % 60}-{59} {seed % 24},{(seed + 1) % 24} * * *"
    )
    schedule = parse_schedule(expression)
    matching = {
        "second": set(range(seed * 7 % 60, 60, seed + 3)),
        "minute": set(range(seed * 11 % 60, 60)),
        "hour": {seed % 24, (seed + 1) % 24},
    }

    due = schedule.next_after(NOW)

    moment = NOW.replace(microsecond=0) + timedelta(seconds=1)
    while any(getattr(moment, part) not in values for part, values in matching.items()):
        moment += timedelta(seconds=1)
    assert due == moment
