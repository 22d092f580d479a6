"""Measures in interleaved rounds, each with its floor, so that a noisy machine disturbs both."""

from __future__ import annotations

import gc
import statistics
import time
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS: Final = 7
_MOST_ROUNDS: Final = 15
_NOISY: Final = 1.3
"""A round whose floor is so many times the best one tells more of the machine than of us."""


class Round(Struct, frozen=True):
    """One round: what the floor took and what the product took, in the same unit."""

    floor: float
    product: float

    @property
    def ratio(self) -> float:
        """How many times the floor the product took."""
        return self.product / self.floor


class Ratio(Struct, frozen=True):
    """What the rounds that count came to."""

    median: float
    least: float
    most: float
    floor: float
    """The median; in seconds, unless the measurement says otherwise."""
    product: float
    rounds: int
    thrown_away: int


def measure(one_round: Callable[[], Round], *, rounds: int = ROUNDS) -> Ratio:
    """Return the ratio over *rounds* quiet rounds; where there is no quiet, over what there is."""
    done: list[Round] = []
    while len(_quiet(done)) < rounds and len(done) < _MOST_ROUNDS:
        gc.collect()
        done.append(one_round())
    return summarize(done)


def summarize(done: list[Round]) -> Ratio:
    """Return what some rounds came to, less the noisy ones."""
    quiet = _quiet(done)
    ratios = [each.ratio for each in quiet]
    return Ratio(
        median=statistics.median(ratios),
        least=min(ratios),
        most=max(ratios),
        floor=statistics.median(each.floor for each in quiet),
        product=statistics.median(each.product for each in quiet),
        rounds=len(quiet),
        thrown_away=len(done) - len(quiet),
    )


def median_time(work: Callable[[], object], *, times: int) -> float:
    """Return the median of the seconds that *work* takes."""
    taken = []
    for _ in range(times):
        since = time.perf_counter()
        work()
        taken.append(time.perf_counter() - since)
    return statistics.median(taken)


def _quiet(done: list[Round]) -> list[Round]:
    best = min((each.floor for each in done), default=0.0)
    return [each for each in done if each.floor <= _NOISY * best]
