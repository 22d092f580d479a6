"""The figures of an installation, each taken from a field of a line.

Whoever keeps the lines can work all of them out. Where OpenTelemetry is switched on, which the
Functions worker does before it loads the app, they are recorded there as well; it is never
imported from here. https://learn.microsoft.com/azure/azure-functions/opentelemetry-howto
"""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, Protocol, cast

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

_OPEN_TELEMETRY: Final = "opentelemetry.metrics"


class Measure(Struct, frozen=True):
    """A figure."""

    name: str
    kind: Literal["counter", "histogram"]
    line: str
    field: str
    """Whose values are added up or spread out; empty: the lines are counted."""
    unit: str
    by: tuple[str, ...] = ()
    """The fields that it can be divided by."""


_JOB: Final = ("queue", "reason", "outcome")
MEASURES: Final = (
    Measure("devlinks.deliveries", "counter", "delivery_kept", "", "1", ("type", "receipt")),
    Measure("devlinks.deliveries.refused", "counter", "delivery_refused", "", "1"),
    Measure("devlinks.latency", "histogram", "job_ended", "latency", "s", ("reason",)),
    Measure("devlinks.calls", "counter", "calls_made", "count", "1", ("route", "status")),
    Measure("devlinks.calls.duration", "counter", "calls_made", "seconds", "s", ("route",)),
    Measure("devlinks.throttle.waited", "counter", "job_ended", "waited", "s"),
    Measure("devlinks.throttle.put_off", "counter", "throttled", "seconds", "s"),
    Measure("devlinks.jobs", "counter", "job_ended", "", "1", _JOB),
    Measure("devlinks.jobs.duration", "histogram", "job_ended", "seconds", "s", _JOB),
    Measure("devlinks.links", "counter", "job_ended", "links", "1"),
    Measure("devlinks.tokens.renewed", "counter", "grant_renewed", "", "1"),
    Measure("devlinks.tokens.refused", "counter", "grant_refused", "", "1"),
    Measure("devlinks.poison", "counter", "message_given_up", "", "1", ("queue",)),
    Measure("devlinks.ticks", "counter", "ticked", "", "1"),
    Measure("devlinks.ticks.duration", "histogram", "ticked", "seconds", "s"),
)


class _Counter(Protocol):
    def add(self, amount: float, attributes: Mapping[str, str]) -> None: ...


class _Histogram(Protocol):
    def record(self, amount: float, attributes: Mapping[str, str]) -> None: ...


class _Meter(Protocol):
    def create_counter(self, name: str, unit: str) -> _Counter: ...

    def create_histogram(self, name: str, unit: str) -> _Histogram: ...


class _Metrics(Protocol):
    def get_meter(self, name: str) -> _Meter: ...


def is_wanted() -> bool:
    """Tell whether somebody has switched OpenTelemetry on."""
    return _OPEN_TELEMETRY in sys.modules


def record(line: str, fields: Mapping[str, object]) -> None:
    """Record what a line measures; a value that is not known counts for nothing."""
    for measure in _of(line):
        value = fields[measure.field] if measure.field else 1
        if isinstance(value, int | float):
            attributes = {name: str(fields[name]) for name in measure.by}
            _instrument(measure)(value, attributes)


@lru_cache(maxsize=256)
def _of(line: str) -> tuple[Measure, ...]:
    return tuple(measure for measure in MEASURES if measure.line == line)


class _Recorder(Protocol):
    def __call__(self, amount: float, attributes: Mapping[str, str], /) -> None: ...


@lru_cache(maxsize=len(MEASURES))
def _instrument(measure: Measure) -> _Recorder:
    metrics = cast("_Metrics", sys.modules[_OPEN_TELEMETRY])
    meter = metrics.get_meter("devlinks")
    if measure.kind == "counter":
        return meter.create_counter(measure.name, measure.unit).add
    return meter.create_histogram(measure.name, measure.unit).record
