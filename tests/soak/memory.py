"""How much memory a process holds over time, and whether that stays the same."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WINDOWS: Final = 8
FLAT_WITHIN: Final = 0.05
"""Of the middle of all windows."""
_KIB: Final = 1024
_MIB: Final = 1024 * 1024


def resident_bytes(process: int) -> int:
    """Return what a process holds in memory now, as Linux tells it."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * _KIB
    raise AssertionError("the process has ended")


def windows(samples: Sequence[int]) -> list[float]:
    """Return the median of each of a few windows over samples, in MiB, oldest first."""
    size = max(len(samples) // WINDOWS, 1)
    cut = [samples[start : start + size] for start in range(0, size * WINDOWS, size)]
    return [statistics.median(part) / _MIB for part in cut if part]


def is_flat(medians: Sequence[float]) -> bool:
    """Whether no window lies further from the middle of all than is allowed."""
    middle = statistics.median(medians)
    return all(abs(one - middle) <= FLAT_WITHIN * middle for one in medians)
