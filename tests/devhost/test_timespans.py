from __future__ import annotations

from datetime import timedelta

import pytest

from devhost.timespans import parse_timespan


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("00:00:02", timedelta(seconds=2)),
        ("00:05", timedelta(minutes=5)),
        ("23:59:59", timedelta(hours=23, minutes=59, seconds=59)),
        ("1.02:03:04", timedelta(days=1, hours=2, minutes=3, seconds=4)),
        ("00:00:00.5", timedelta(milliseconds=500)),
        ("00:00:00.1234567", timedelta(microseconds=123456)),
        (" 00:00:30 ", timedelta(seconds=30)),
    ],
)
def test_time_span_of_dotnet_is_read(text: str, span: timedelta) -> None:
    assert parse_timespan(text) == span


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "24:00:00",
        "00:60:00",
        "00:00:60",
        "-00:00:01",
        "1:2:3:4",
        "soon",
        "\u0660\u0660:\u0660\u0661",
    ],
)
def test_what_is_no_time_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no time span"):
        parse_timespan(text)
