"""Lets one identity have only so many calls under way in this process, whoever makes them.

Jobs run side by side, and each asks for several things at once: together they would be throttled
long before the budget is used up.
"""

from __future__ import annotations

import threading
from typing import Final
from weakref import WeakValueDictionary

MOST_AT_ONCE: Final = 15
"""What others found that Azure DevOps bears of one identity (`port-labs/ocean`)."""


class Turns(threading.BoundedSemaphore):
    """The turns of one identity: whoever calls holds one of them meanwhile."""


_known: WeakValueDictionary[tuple[str, str], Turns] = WeakValueDictionary()
_lock = threading.Lock()


def turns_of(server: str, authorization: str) -> Turns:
    """Return the turns that everybody shares who calls a server with the same credential."""
    with _lock:
        turns = _known.get((server, authorization))
        if turns is None:
            turns = _known[server, authorization] = Turns(MOST_AT_ONCE)
        return turns
