from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from shared.git_hosts.times import read_date, read_pause

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("told", "pause"),
    [
        ("30", timedelta(seconds=30)),
        (" 1.5 ", timedelta(seconds=1.5)),
        ("-5", timedelta()),
        ("0", timedelta()),
        ("86400", timedelta(hours=1)),
        ("1e400", timedelta(minutes=5)),
        ("nan", timedelta(minutes=5)),
        ("soon", timedelta(minutes=5)),
        ("Sat, 21 Nov 2026 09:02:00 GMT", timedelta(minutes=2)),
        ("Sat, 21 Nov 2026 09:02:00 -0000", timedelta(minutes=2)),
        ("Sat, 21 Nov 2026 08:00:00 GMT", timedelta()),
        ("", None),
    ],
)
def test_pause_is_what_was_told_within_an_hour(told: str, pause: timedelta | None) -> None:
    assert read_pause({"retry-after": told}, now=NOW) == pause


def test_nothing_told_is_no_pause() -> None:
    assert read_pause({}, now=NOW) is None


@pytest.mark.parametrize(
    ("headers", "date"),
    [
        ({"date": "Sat, 21 Nov 2026 09:00:00 GMT"}, NOW),
        ({"date": "Sat, 21 Nov 2026 09:00:00 -0000"}, NOW),
        ({"date": "yesterday"}, None),
        ({}, None),
    ],
)
def test_date_is_the_other_side_s_clock(headers: dict[str, str], date: datetime | None) -> None:
    assert read_date(headers) == date
