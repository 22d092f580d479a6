"""How commands read what is typed, and write what others wrote."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest

from admin_console.commands.shell import as_json, moment, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-21", datetime(2026, 11, 21, tzinfo=UTC)),
        ("2026-11-21T10:00:00+01:00", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("2026-11-21T09:00:00Z", datetime(2026, 11, 21, 9, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_time_is_read_in_utc(text: str | None, expected: datetime | None) -> None:
    assert moment(text, "since") == expected


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    assert plain("a\x1b[2Jb\r\nc\u202ed") == "a?[2Jb??c?d"


@pytest.mark.parametrize("text", ["plain", "Größe", "\u202e\x9b31m", "🙂", "\x1b[2J"])
def test_json_is_ascii_and_reads_as_it_was(text: str) -> None:
    written = as_json({"title": text})

    assert written.isascii()
    assert "\x1b" not in written
    assert msgspec.json.decode(written) == {"title": text}
