"""Figures over time as bars, drawn here: a page brings no script and no style of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 280
HEIGHT: Final = 96
_GAP: Final = 8
FLOOR: Final = 78
"""Where bars stand; below it are the names of the days."""
_CEILING: Final = 16
"""How high the highest bar reaches: above it stands its number."""


class Bar(Struct, frozen=True):
    """One figure, and where it is drawn."""

    label: str
    value: int
    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        """Where texts of it are centred."""
        return round(self.x + self.width / 2, 1)


class Chart(Struct, frozen=True):
    """Some figures of one kind."""

    title: str
    bars: tuple[Bar, ...]
    total: int
    """What the chart as a whole says."""


def chart(title: str, figures: Sequence[tuple[str, int]], *, total: int) -> Chart:
    """Return *figures*, each with its label, as bars of one measure; a zero has no height."""
    highest = max([value for _, value in figures], default=0) or 1
    width = (WIDTH + _GAP) / max(1, len(figures)) - _GAP
    bars = []
    for place, (label, value) in enumerate(figures):
        height = round((FLOOR - _CEILING) * value / highest, 1)
        x = round(place * (width + _GAP), 1)
        bars.append(Bar(label, value, x, round(FLOOR - height, 1), round(width, 1), height))
    return Chart(title, tuple(bars), total)
