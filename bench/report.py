"""Says what was measured: a table for people, and a file for comparing it with another day's."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal

import msgspec
from msgspec import Struct

from bench.recorded import ROOT
from bench.rounds import Ratio

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

RESULTS: Final = ROOT / "bench" / "results"
_UNITS: Final = {"ms": 1e3, "MB": 1e-6}
_BUSY: Final = 0.5
"""Load for each core, from which on figures deserve a second look."""


class Line(Struct, frozen=True):
    """One of the ratios, and what it should be."""

    name: str
    text: str
    ratio: Ratio
    goal: float
    unit: Literal["ms", "MB"] = "ms"
    """What the floor is shown in; it is kept in seconds, or in bytes."""
    queries: int | None = None
    most_queries: int | None = None

    @property
    def is_good(self) -> bool:
        """Whether the goal is met."""
        few = self.queries is None or self.most_queries is None or self.queries <= self.most_queries
        return self.ratio.median <= self.goal and few


class Report(Struct, frozen=True):
    """Everything about one run."""

    at: datetime
    workload: str
    python: str
    processors: int
    load_before: float
    """Processes that wanted a processor in the minute before, on average."""
    load_after: float
    lines: tuple[Line, ...]


def machine_load() -> float:
    """Return how many processes wanted a processor in the last minute, on average."""
    return round(os.getloadavg()[0], 2)


def report(workload: str, lines: Sequence[Line], *, load_before: float) -> Report:
    """Return the report on a run that has just ended."""
    return Report(
        at=datetime.now(UTC).replace(microsecond=0),
        workload=workload,
        python=platform.python_version(),
        processors=os.cpu_count() or 1,
        load_before=load_before,
        load_after=machine_load(),
        lines=tuple(lines),
    )


def table(found: Report) -> str:
    """Return a report as a table."""
    rows: list[tuple[str, ...]] = [
        ("", "what", "median", "least", "most", "goal", "", "floor", "rounds")
    ]
    rows += [_row(line) for line in found.lines]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines += ["", f"On {found.workload}; Python {found.python}, {found.processors} processors."]
    if found.load_before > _BUSY * found.processors:
        lines.append(f"Something else was running: the load was {found.load_before} at the start.")
    return "\n".join(lines)


def keep(found: Report, folder: Path = RESULTS) -> Path:
    """Write a report into *folder*, and return where; a later one of the same day replaces it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{found.at:%Y-%m-%d}.json"
    path.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=2) + b"\n")
    return path


def _row(line: Line) -> tuple[str, ...]:
    ratio = line.ratio
    goal = f"≤ {line.goal:g}"
    median = f"{ratio.median:.2f}"
    if line.queries is not None:
        median += f", {line.queries} queries"
        goal += f", ≤ {line.most_queries}"
    rounds = f"{ratio.rounds} of {ratio.rounds + ratio.thrown_away}"
    return (
        line.name,
        line.text,
        median,
        f"{ratio.least:.2f}",
        f"{ratio.most:.2f}",
        goal,
        "ok" if line.is_good else "missed",
        f"{ratio.floor * _UNITS[line.unit]:.2f} {line.unit}",
        rounds,
    )
