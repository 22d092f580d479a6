"""What a soak has seen, and what of it must not be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from tests.soak.memory import is_flat

_MOST_SHOWN: Final = 40


class Seen(Struct, frozen=True):
    """Figures, and whatever was not as it should be."""

    issues: int
    links: int
    answered: int
    put_off: int
    """Questions that were answered to come again."""
    ticks: int
    calls: int
    """To the git host."""
    faults: Mapping[str, int]
    alarming: int
    """Lines of the log of WARNING or above."""
    healed_in: float
    """Seconds from the end of all work to the last right link."""
    memory: Sequence[float]
    """MiB, by window."""
    wrong: Sequence[str]
    unanswered: Sequence[str]

    def lines(self) -> list[str]:
        """Return what a person reads."""
        faults = ", ".join(f"{count} {kind}" for kind, count in self.faults.items())
        return [
            f"{self.issues} issues worked on, {self.links} links expected",
            f"{self.answered} questions answered, {self.put_off} put off",
            f"{self.ticks} ticks, {self.calls} calls to the git host",
            f"faults: {faults or 'none'}",
            f"lines of WARNING or above: {self.alarming}, without a fault: {len(self.unanswered)}",
            f"memory by window: {', '.join(f'{one:.1f}' for one in self.memory)} MiB",
            f"links right {self.healed_in:.0f} s after the end, wrong: {len(self.wrong)}",
            *(f"  {line}" for line in (*self.wrong, *self.unanswered)[:_MOST_SHOWN]),
        ]

    def failures(self) -> list[str]:
        """Return what must not be."""
        judged = {
            "FAILED: a link is not as it should be": bool(self.wrong),
            "FAILED: a line of the log answers to no fault": bool(self.unanswered),
            "FAILED: memory is not flat": not is_flat(self.memory),
        }
        return [text for text, is_so in judged.items() if is_so]
