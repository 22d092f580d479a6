"""What the product needs from storage and from a git host.

The adapters are written to these and nothing else; `bootstrap` is the only place that knows which
adapter stands behind which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime


class Clock(Protocol):
    """Tells the time in UTC."""

    def __call__(self) -> datetime:
        """Return now."""
