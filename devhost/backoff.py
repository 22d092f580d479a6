"""Wait longer the longer there is nothing to do."""

from __future__ import annotations

import random
from datetime import timedelta

from devhost.host_json import SHORTEST_POLL


class Backoff:
    """The polling pauses of the host (`RandomizedExponentialBackoffStrategy`).

    The first pause is the shortest; each next one about doubles, a fifth more or less, up
    to *longest*.
    """

    def __init__(self, longest: timedelta) -> None:
        self._longest = longest
        self._pause = timedelta()
        self._exponent = 0

    def after(self, *, found: bool) -> timedelta:
        """Return the pause to make; *found*: there was something since the last pause."""
        if found:
            self._pause, self._exponent = SHORTEST_POLL, 1
        elif self._pause < self._longest:
            pause = SHORTEST_POLL
            if self._exponent:
                pause += SHORTEST_POLL * random.uniform(0.8, 1.2) * 2 ** (self._exponent - 1)
            self._pause = min(pause, self._longest)
            self._exponent += 1
        return self._pause
