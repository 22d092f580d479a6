"""A report shows every ratio beside its goal, and can be read back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
import pytest

from bench.report import Line, Report, keep, table
from bench.rounds import Ratio

if TYPE_CHECKING:
    from pathlib import Path


def ratio(median: float) -> Ratio:
    return Ratio(median, median - 0.1, median + 0.1, 0.001, 0.001 * median, 7, 2)


def report(*lines: Line, load: float = 0.1) -> Report:
    at = datetime(2026, 11, 21, 9, tzinfo=UTC)
    return Report(at, "10,000 commits, generated", "3.11.7", 2, load, load, lines)


@pytest.mark.parametrize(
    ("line", "is_good"),
    [
        (Line("R1", "page", ratio(2.2), 2.2), True),
        (Line("R1", "page", ratio(2.21), 2.2), False),
        (Line("R5", "board", ratio(1.2), 1.4, queries=8, most_queries=8), True),
        (Line("R5", "board", ratio(1.2), 1.4, queries=9, most_queries=8), False),
    ],
)
def test_a_goal_is_met_by_ratio_and_number_of_queries(line: Line, is_good: bool) -> None:
    assert line.is_good is is_good
    assert ("missed" in table(report(line))) is not is_good


def test_a_line_tells_median_range_goal_floor_and_rounds() -> None:
    shown = table(report(Line("R5", "board", ratio(1.2), 1.4, queries=8, most_queries=8)))

    [row] = [line for line in shown.splitlines() if line.startswith("R5")]
    for cell in ("1.20, 8 queries", "1.10 ", "1.30 ", "≤ 1.4, ≤ 8", "1.00 ms", "7 of 9"):
        assert cell in row


def test_a_busy_machine_is_told() -> None:
    assert "load was 1.7" in table(report(load=1.7))
    assert "load" not in table(report(load=0.4))


def test_a_report_is_kept_under_its_day(tmp_path: Path) -> None:
    found = report(Line("R1", "page", ratio(2.0), 2.2))

    path = keep(found, tmp_path / "results")

    assert path.name == "2026-11-21.json"
    assert msgspec.json.decode(path.read_bytes(), type=Report) == found
