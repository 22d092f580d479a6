"""Changes that forms make of an integration: of one thing, and confirmed where that is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.integrations.connections import Changes

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.web.visits import Visit

_LONGEST_COUNT: Final = 6


def changes_of(integration: Integration) -> Changes:
    """Return what would keep an integration as it is."""
    return Changes(**{name: getattr(integration, name) for name in Changes.__struct_fields__})


def confirmed_in(visit: Visit) -> int | None:
    """Return how many repositories somebody agreed to disconnect; None when that is not said."""
    text = visit.form("confirmed")
    is_count = text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT
    return int(text) if is_count else None
