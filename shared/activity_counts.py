"""What is counted of an integration, hour by hour, to be drawn."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Hour(Struct, frozen=True):
    """What happened in one hour."""

    pushes: int = 0
    """Deliveries that told of a push."""
    deliveries: int = 0
    failed: int = 0
    """Deliveries that could not be processed, or not be read."""
    links: int = 0
    """How many links there were at its end."""


class Counted(Struct, frozen=True):
    """How far an integration's hours are counted."""

    until: datetime
    """Everything before is; a full hour."""
    links: int = 0
    """As they were last counted: with the repositories, about once an hour."""
