from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

import pytest

from shared.telemetry import measures
from shared.telemetry.lines import log_of
from shared.telemetry.measures import MEASURES
from tests.telling import lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_log = log_of(__name__)


class Metrics(ModuleType):
    """What the worker has loaded when OpenTelemetry is on, as far as it is used."""

    def __init__(self) -> None:
        super().__init__("opentelemetry.metrics")
        self.recorded: list[tuple[str, float, Mapping[str, str]]] = []
        self.made: list[tuple[str, str]] = []

    def get_meter(self, name: str) -> Metrics:
        assert name == "devlinks"
        return self

    def create_counter(self, name: str, unit: str) -> Instrument:
        self.made.append((name, unit))
        return Instrument(self, name)

    create_histogram = create_counter


class Instrument:
    """A counter, or a histogram."""

    def __init__(self, metrics: Metrics, name: str) -> None:
        self._metrics = metrics
        self._name = name

    def add(self, amount: float, attributes: Mapping[str, str]) -> None:
        self._metrics.recorded.append((self._name, amount, attributes))

    record = add


@pytest.fixture
def metrics(monkeypatch: pytest.MonkeyPatch) -> Iterator[Metrics]:
    known = Metrics()
    monkeypatch.setitem(sys.modules, "opentelemetry.metrics", known)
    measures._instrument.cache_clear()
    yield known
    measures._instrument.cache_clear()


def test_figures_are_recorded_where_open_telemetry_is_switched_on(metrics: Metrics) -> None:
    _log.info(
        "job_ended queue=%s reason=%s outcome=%s seconds=%.3f waited=%.3f links=%d latency=%s",
        "hooks", "hook", "done", 0.25, 1.5, 7, 2.5,
    )  # fmt: skip

    by = {"queue": "hooks", "reason": "hook", "outcome": "done"}
    assert metrics.recorded == [
        ("devlinks.latency", 2.5, {"reason": "hook"}),
        ("devlinks.throttle.waited", 1.5, {}),
        ("devlinks.jobs", 1, by),
        ("devlinks.jobs.duration", 0.25, by),
        ("devlinks.links", 7, {}),
    ]
    assert ("devlinks.jobs.duration", "s") in metrics.made


def test_what_is_not_known_counts_for_nothing(metrics: Metrics) -> None:
    _log.info(
        "job_ended queue=%s reason=%s outcome=%s seconds=%.3f waited=%.3f links=%d latency=%s",
        "hooks", "hook", "done", 0.25, 1.5, 7, None,
    )  # fmt: skip

    assert "devlinks.latency" not in {name for name, _, _ in metrics.recorded}


def test_instrument_is_made_once(metrics: Metrics) -> None:
    for _ in range(3):
        _log.info("grant_renewed integration=%s", "i1")

    assert metrics.made == [("devlinks.tokens.renewed", "1")]
    assert len(metrics.recorded) == 3


def test_without_open_telemetry_nothing_is_recorded_or_imported() -> None:
    _log.info("grant_renewed integration=%s", "i1")

    assert not measures.is_wanted()
    assert "opentelemetry" not in sys.modules


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_figure_is_taken_from_fields_that_its_line_has(measure: measures.Measure) -> None:
    written = [set(line.fields) for line in lines() if line.name == measure.line]

    assert written
    for fields in written:
        assert {*measure.by, *filter(None, [measure.field])} <= fields
