"""Times that HTTP answers tell in their headers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

USUAL_PAUSE: Final = timedelta(minutes=5)
"""For who is told to wait, and not how long."""
_LONGEST_PAUSE: Final = timedelta(hours=1)


def read_pause(headers: Mapping[str, str], *, now: datetime) -> timedelta | None:
    """Return how long `retry-after` asks to wait, at most an hour; None without one.

    What is neither seconds nor a date counts as the usual pause.
    https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        wait = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        moment = _date(text)
        if moment is None:
            return USUAL_PAUSE
        wait = moment - now
    return min(max(wait, timedelta()), _LONGEST_PAUSE)


def read_date(headers: Mapping[str, str]) -> datetime | None:
    """Return the other side's clock; None where it does not tell."""
    return _date(headers.get("date", ""))


def _date(text: str) -> datetime | None:
    try:
        told = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    # RFC 5322 lets the zone -0000 say UTC without a place, which Python reads as no zone.
    return told if told.tzinfo else told.replace(tzinfo=UTC)
