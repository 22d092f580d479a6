"""Figures over time as bars."""

from __future__ import annotations

from admin_console.pages.charts import FLOOR, WIDTH, chart


def test_the_highest_figure_has_the_highest_bar_and_none_leaves_the_picture() -> None:
    drawn = chart("Pushes", [("Mon", 0), ("Tue", 5), ("Wed", 10)], total=15)

    heights = [bar.height for bar in drawn.bars]
    assert heights[0] == 0
    assert heights[1] * 2 == heights[2]
    assert all(bar.y + bar.height == FLOOR for bar in drawn.bars)
    assert all(bar.x >= 0 and bar.x + bar.width <= WIDTH + 0.1 for bar in drawn.bars)


def test_nothing_at_all_is_drawn_without_bars() -> None:
    assert [bar.height for bar in chart("Links", [("Mon", 0), ("Tue", 0)], total=0).bars] == [0, 0]
    assert chart("Links", [], total=0).bars == ()
