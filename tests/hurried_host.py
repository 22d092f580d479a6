"""A development host whose messages come back soon after it was killed.

`python -m tests.hurried_host` takes what `python -m devhost` takes. The real one hides a message
for ten minutes, as Azure does, and nobody wants to wait for that in a test.
"""

from __future__ import annotations

import functools
import sys
from datetime import timedelta
from typing import Final

from devhost import __main__, host, queues

_HIDDEN_FOR: Final = timedelta(seconds=45)

if __name__ == "__main__":
    hurried = functools.partial(queues.QueueListener, invisible_for=_HIDDEN_FOR)
    host.QueueListener = hurried  # type: ignore[assignment,attr-defined]
    sys.exit(__main__.main())
