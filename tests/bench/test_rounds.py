"""Ratios come of quiet rounds only."""

from __future__ import annotations

import pytest

from bench.rounds import Round, measure, summarize


def test_a_ratio_is_the_median_of_the_rounds() -> None:
    found = summarize([Round(1.0, 2.0), Round(1.1, 1.65), Round(1.0, 1.8)])

    assert found.median == pytest.approx(1.8)
    assert (found.least, found.most) == pytest.approx((1.5, 2.0))
    assert (found.rounds, found.thrown_away) == (3, 0)


def test_a_round_with_a_slow_floor_is_thrown_away() -> None:
    found = summarize([Round(1.0, 2.0), Round(1.31, 1.31), Round(1.3, 2.6)])

    assert (found.rounds, found.thrown_away) == (2, 1)
    assert found.least == pytest.approx(2.0)


def test_noisy_rounds_are_made_up_for() -> None:
    floors = iter([1.0, 2.0, 1.0, 2.0, 1.0])

    found = measure(lambda: Round(next(floors), 3.0), rounds=3)

    assert (found.rounds, found.thrown_away) == (3, 2)


def test_without_any_quiet_it_comes_to_an_end() -> None:
    floors = iter([1.0] + [9.0] * 100)

    found = measure(lambda: Round(next(floors), 3.0), rounds=3)

    assert found.rounds == 1
    assert found.thrown_away < 20
