"""How long an answer asks to wait, and what time it is there."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import (
    ThrottledError,
)
from shared.git_hosts.azure_devops.answers import (
    retry_after,
    told_at,
)
from shared.git_hosts.egress import Answer
from tests.shared.git_hosts.azure_devops.answering import (
    NOW,
    raised_by,
)


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("0", timedelta()),
        ("7", timedelta(seconds=7)),
        (" 7 ", timedelta(seconds=7)),
        ("1.5", timedelta(seconds=1.5)),
        ("-3", timedelta()),
        ("Sat, 21 Nov 2026 09:00:30 GMT", timedelta(seconds=30)),
        ("Sat, 21 Nov 2026 10:00:30 +0100", timedelta(seconds=30)),
        ("Sat, 21 Nov 2026 08:00:00 GMT", timedelta()),
        ("3600", timedelta(hours=1)),
        ("86400", timedelta(hours=1)),
        ("1e9", timedelta(hours=1)),
        ("Sat, 21 Nov 2037 09:00:00 GMT", timedelta(hours=1)),
        ("soon", timedelta(minutes=5)),
        ("nan", timedelta(minutes=5)),
        ("inf", timedelta(minutes=5)),
        ("9" * 400, timedelta(minutes=5)),
        ("Sat, 21 Nov 99999 09:00:00 GMT", timedelta(minutes=5)),
    ],
    ids=lambda value: str(value)[:40],
)  # fmt: skip
@pytest.mark.parametrize("status", [200, 429])
def test_asked_wait_is_read_in_every_form_and_an_hour_at_most(
    text: str, wait: timedelta, status: int
) -> None:
    assert retry_after(Answer(status, {"retry-after": text}, b""), now=NOW) == wait


@pytest.mark.parametrize("headers", [{}, {"retry-after": ""}, {"retry-after": "  "}])
def test_answer_without_the_header_asks_for_no_wait(headers: dict[str, str]) -> None:
    assert retry_after(Answer(200, headers, b""), now=NOW) is None


@given(st.text())
def test_asked_wait_is_never_negative_nor_more_than_an_hour(text: str) -> None:
    wait = retry_after(Answer(429, {"retry-after": text}, b""), now=NOW)

    assert wait is None or timedelta() <= wait <= timedelta(hours=1)


@pytest.mark.parametrize(
    ("headers", "retry_at"),
    [
        ({"retry-after": "20"}, NOW + timedelta(seconds=20)),
        ({"retry-after": "7200"}, NOW + timedelta(hours=1)),
        ({}, NOW + timedelta(minutes=5)),
    ],
)
def test_throttled_caller_learns_when_to_come_back(
    headers: dict[str, str], retry_at: datetime
) -> None:
    error = raised_by(Answer(429, headers, b""))

    assert isinstance(error, ThrottledError)
    assert error.retry_at == retry_at


@pytest.mark.parametrize(
    ("date", "told"),
    [
        ("Sat, 21 Nov 2026 08:59:00 GMT", NOW - timedelta(minutes=1)),
        ("Sat, 21 Nov 2026 09:59:00 +0100", NOW - timedelta(minutes=1)),
        ("Sat, 21 Nov 2026 08:59:00 -0000", NOW - timedelta(minutes=1)),
        ("yesterday", NOW),
        ("", NOW),
    ],
)
def test_service_s_clock_is_the_answer_s_date_where_that_can_be_read(
    date: str, told: datetime
) -> None:
    assert told_at(Answer(200, {"date": date}, b""), now=NOW) == told


def test_answer_without_a_date_is_told_now() -> None:
    assert told_at(Answer(200, {}, b""), now=NOW) == NOW
