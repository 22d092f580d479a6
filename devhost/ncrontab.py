"""Work out when a timer is due, from a six-field NCRONTAB expression or a time span.

The grammar is that of the NCrontab library, which Microsoft's host uses: seconds first, names
by any prefix (`jan`, `Mo`), Sunday is 0 and there is no 7. Other than in classic cron, day of
month and day of week must **both** match. Times are UTC.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Protocol

import msgspec

from devhost.timespans import parse_timespan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_LONGEST_GAP_IN_DAYS = 366 * 41
"""February 29 on one given weekday comes at most 40 years apart (over 2100)."""


class Schedule(Protocol):
    """When a timer is due."""

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first due time after *moment*, itself excluded; None if there is none."""


class Field(msgspec.Struct, frozen=True):
    """One of the six places of an expression."""

    name: str
    lowest: int
    highest: int
    names: tuple[str, ...] = ()


FIELDS = (
    Field("second", 0, 59),
    Field("minute", 0, 59),
    Field("hour", 0, 23),
    Field("day", 1, 31),
    Field(
        "month", 1, 12,
        (
            "january", "february", "march", "april", "may", "june",
            "july", "august", "september", "october", "november", "december",
        ),
    ),
    Field(
        "day of week", 0, 6,
        ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"),
    ),
)  # fmt: skip


class Cron(msgspec.Struct, frozen=True):
    """An NCRONTAB expression; the values of each field in ascending order."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    """Sunday is 0."""

    def next_after(self, moment: datetime) -> datetime | None:
        """Return the first due time after *moment*, in its time zone."""
        start = moment.replace(microsecond=0) + timedelta(seconds=1)
        earliest = start.time()
        for ahead in range(_LONGEST_GAP_IN_DAYS):
            day = start.date() + timedelta(days=ahead)
            if (
                day.month in self.months
                and day.day in self.days
                and day.isoweekday() % 7 in self.weekdays
                and (at := self._first_time(earliest)) is not None
            ):
                return datetime.combine(day, at, tzinfo=moment.tzinfo)
            earliest = time.min
        return None

    def _first_time(self, earliest: time) -> time | None:
        for hour in self.hours:
            if hour > earliest.hour:
                return time(hour, self.minutes[0], self.seconds[0])
            if hour == earliest.hour:
                for minute in self.minutes:
                    if minute > earliest.minute:
                        return time(hour, minute, self.seconds[0])
                    if minute == earliest.minute:
                        for second in self.seconds:
                            if second >= earliest.second:
                                return time(hour, minute, second)
        return None


class Every(msgspec.Struct, frozen=True):
    """A constant distance between two runs."""

    period: timedelta

    def next_after(self, moment: datetime) -> datetime:
        """Return *moment* plus the period."""
        return moment + self.period


def parse_schedule(text: str) -> Cron | Every:
    """Return the schedule that *text* gives, as the host tries it: NCRONTAB, then `hh:mm:ss`.

    Five fields are taken as well and mean second 0. Raises ValueError.
    """
    fields = text.split()
    if len(fields) == 1:
        period = parse_timespan(text)
        if not period:
            raise ValueError(f"{text!r} is no distance in time")
        return Every(period)
    if len(fields) == len(FIELDS) - 1:
        fields = ["0", *fields]
    if len(fields) != len(FIELDS):
        raise ValueError(f"{text!r} has not six fields (second, minute, hour, day, month, weekday)")
    return Cron(*(_values(part, field) for part, field in zip(fields, FIELDS, strict=True)))


def occurrences(schedule: Schedule, *, after: datetime, until: datetime) -> Iterator[datetime]:
    """Yield every due time after *after* and before *until*."""
    due = schedule.next_after(after)
    while due is not None and due < until:
        yield due
        due = schedule.next_after(due)


def _values(text: str, field: Field) -> tuple[int, ...]:
    values: set[int] = set()
    for part in text.split(","):
        values.update(_range(part, field))
    return tuple(sorted(values))


def _range(text: str, field: Field) -> Sequence[int]:
    span, slash, step = text.partition("/")
    every = _number(step, text) if slash else 1
    if span == "*":
        first, last = field.lowest, field.highest
    elif "-" in span:
        # A range the wrong way round is turned, not refused.
        first, last = sorted(_value(end, field) for end in span.split("-", 1))
    else:
        first = _value(span, field)
        last = field.highest if slash else first
    return range(first, last + 1, max(every, 1))


def _value(text: str, field: Field) -> int:
    if text[:1].isdigit():
        value = _number(text, text)
        if not field.lowest <= value <= field.highest:
            raise ValueError(
                f"{value} is no {field.name}: it lies outside {field.lowest}-{field.highest}"
            )
        return value
    for value, name in enumerate(field.names, start=field.lowest):
        if text and name.startswith(text.lower()):
            return value
    raise ValueError(f"{text!r} is no {field.name}")


def _number(text: str, shown: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{shown!r} is no number")
    return int(text)
