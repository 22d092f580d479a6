"""Integrations as they stand in a list: where each is, and what is wrong.

A few are looked at as a whole, those first that somebody should look at; of the others the state
alone is told, which costs the same however many repositories they have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.pages.wording import STATE_WORDS, STATES, duration, shown_alarms
from shared.configuration import Connection, Integration
from shared.integrations import connections
from shared.integrations.overview import MOST_LOOKED_AT, of_integrations, states_of
from shared.integrations.status import IntegrationState, Status, status_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from admin_console.pages.wording import ShownAlarm
    from shared.services import Services

MOST_LISTED: Final = 50
_URGENT: Final[tuple[IntegrationState, ...]] = (
    "needs_reconnect", "failed", "degraded", "throttled", "indexing", "new",
    "hooks_only", "idle", "paused",
)  # fmt: skip


class Overview(Struct, frozen=True):
    """An integration in a list."""

    integration: Integration
    connection: Connection
    state: IntegrationState
    status: Status | None
    """None: it was not looked at as a whole."""

    @property
    def word(self) -> str:
        """Its state, as people say it."""
        return STATE_WORDS[self.state]

    @property
    def sentence(self) -> str:
        """Where it stands, in words."""
        return STATES[self.state]

    @property
    def eta(self) -> str:
        """How long the rest takes; empty when that is not known."""
        return duration(self.status.progress.eta_seconds) if self.status else ""

    @property
    def alarms(self) -> list[ShownAlarm]:
        """What is wrong; nothing is known of what was not looked at."""
        return shown_alarms(self.status.alarms) if self.status else []


class Overviews(Struct, frozen=True):
    """A page of integrations in order of id, and the id that the next one begins behind."""

    rows: list[Overview]
    next: str | None

    @property
    def is_whole(self) -> bool:
        """Whether these are all, and each was looked at as a whole."""
        return self.next is None and all(row.status is not None for row in self.rows)


def overviews(services: Services, *, after: str = "") -> Overviews:
    """Return the integrations behind the id *after*."""
    found = connections.list_integrations(services, after=after, limit=MOST_LISTED + 1)
    listed = [record.value for record in found[:MOST_LISTED]]
    following = listed[-1].id if len(found) > MOST_LISTED else None
    known = of_integrations(services.connections, listed)
    states = states_of(services, listed, known)
    looked_at = _looked_at(services, listed, states)
    rows = []
    for integration, state in zip(listed, states, strict=True):
        status = looked_at.get(integration.id)
        connection = known.get(integration.id, Connection("none"))
        rows.append(Overview(integration, connection, status.state if status else state, status))
    return Overviews(rows, following)


def _looked_at(
    services: Services, listed: Sequence[Integration], states: Sequence[IntegrationState]
) -> dict[str, Status]:
    pairs = sorted(zip(listed, states, strict=True), key=lambda pair: _URGENT.index(pair[1]))
    return {i.id: status_of(services, i) for i, _ in pairs[:MOST_LOOKED_AT]}
