"""Read time spans as .NET writes them: `hh:mm:ss`."""

from __future__ import annotations

import re
from datetime import timedelta

_FORM = re.compile(
    r"(?:(?P<days>\d{1,8})\.)?(?P<hours>\d{1,2}):(?P<minutes>\d{1,2})"
    r"(?::(?P<seconds>\d{1,2})(?:\.(?P<fraction>\d{1,7}))?)?",
    re.ASCII,
)


def parse_timespan(text: str) -> timedelta:
    """Return the span that *text* gives as `[d.]hh:mm[:ss[.fffffff]]`.

    A bare number, which .NET takes for days, and hours past 23, which it takes for days
    as well, are mistakes here. Raises ValueError.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no time span (hh:mm:ss)")
    hours, minutes, seconds = (int(match[part] or 0) for part in ("hours", "minutes", "seconds"))
    if hours > 23 or minutes > 59 or seconds > 59:  # noqa: PLR2004 — a clock's own numbers
        raise ValueError(f"{text!r} is no time span (hh:mm:ss)")
    return timedelta(
        days=int(match["days"] or 0),
        hours=hours,
        minutes=minutes,
        seconds=seconds,
        microseconds=int((match["fraction"] or "0").ljust(6, "0")[:6]),
    )
