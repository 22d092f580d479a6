"""Moments as Azure DevOps writes and reads them."""

from __future__ import annotations

import time
from datetime import UTC, datetime

_LAST_SECOND = 253_402_300_799
"""The end of the year 9999: git allows any number, JSON readers do not."""

_READ_AS = ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y")
"""The American forms that the documentation's examples use, besides ISO 8601."""


def written(moment: datetime) -> str:
    """Return *moment* as the service writes its own: a fraction without trailing zeros, and Z."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
    return f"{text}Z"


def written_seconds(seconds: int) -> str:
    """Return a git timestamp, in whole seconds, in UTC; an impossible one is put within reach."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(min(max(seconds, 0), _LAST_SECOND)))


def read(text: str) -> datetime:
    """Return the moment that a caller wrote, UTC where no zone is given; ValueError if none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = _read_american(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _read_american(text: str) -> datetime:
    for form in _READ_AS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(f"{text!r} is no date")
