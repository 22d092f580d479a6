from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from devhost.sample_organization import moments


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 21, 9, 0, 0, 123456, UTC), "2026-11-21T09:00:00.123456Z"),
        (datetime(2026, 11, 21, 9, 0, 0, 120000, UTC), "2026-11-21T09:00:00.12Z"),
        (datetime(2026, 11, 21, 9, 0, 10, 0, UTC), "2026-11-21T09:00:10Z"),
        (
            datetime(2026, 11, 21, 9, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-21T07:00:00Z",
        ),
    ],
)
def test_moment_is_written_in_utc_without_trailing_zeros(moment: datetime, text: str) -> None:
    assert moments.written(moment) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1_700_000_000, "2023-11-14T22:13:20Z"),
        (-5, "1970-01-01T00:00:00Z"),
        (10**15, "9999-12-31T23:59:59Z"),
    ],
)
def test_timestamp_of_git_is_put_within_reach(seconds: int, text: str) -> None:
    assert moments.written_seconds(seconds) == text


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2014-01-15", datetime(2014, 1, 15, tzinfo=UTC)),
        ("2014-02-01T14:00", datetime(2014, 2, 1, 14, tzinfo=UTC)),
        ("2014-02-01T14:00:00Z", datetime(2014, 2, 1, 14, tzinfo=UTC)),
        ("2014-02-01T14:00:00+02:00", datetime(2014, 2, 1, 12, tzinfo=UTC)),
        ("6/14/2018 12:00:00 AM", datetime(2018, 6, 14, tzinfo=UTC)),
        ("6/14/2018", datetime(2018, 6, 14, tzinfo=UTC)),
    ],
)
def test_moment_is_read_in_the_forms_of_the_documentation(text: str, moment: datetime) -> None:
    assert moments.read(text) == moment


@pytest.mark.parametrize("text", ["", "yesterday", "2014-13-01", "31/12/2018"])
def test_what_is_no_date_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is no date"):
        moments.read(text)
