"""Where many integrations stand, told without looking at every repository of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from shared.configuration import Connection
from shared.integrations.status import Seen, state_from
from shared.progress import DiscoveryRecord, Summary
from shared.scheduling.budgets import identity_of, in_force
from shared.scheduling.summaries import keep_summary, needs_a_look
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.configuration import Integration
    from shared.integrations.status import IntegrationState
    from shared.interfaces.storage import Records
    from shared.services import Services

T = TypeVar("T")

MOST_LOOKED_AT: Final = 5
"""Of the integrations of a list: so many are looked at as a whole, the others told as known."""


def states_of(
    services: Services,
    integrations: Sequence[Integration],
    connections: Mapping[str, Connection],
) -> list[IntegrationState]:
    """Return where integrations stand that are in order of id, with few reads however many.

    A few are looked at as a whole, those of which the least is known; the state of others may be
    some minutes old. *connections* are theirs, by integration.
    """
    if not integrations:
        return []
    discoveries = of_integrations(services.discoveries, integrations)
    summaries = of_integrations(services.summaries, integrations)
    budgets = {record.key: record.value for record in services.budgets.list(ONE_GROUP)}
    now = services.clock()
    blank = Connection("pat", "")
    unsure = [i for i in integrations if i.id in discoveries]
    unsure = [i for i in unsure if i.id not in summaries or needs_a_look(summaries[i.id], now)]
    unsure.sort(key=lambda i: (i.id in summaries, summaries[i.id].at if i.id in summaries else now))
    for integration in unsure[:MOST_LOOKED_AT]:
        seen = Seen.of(services, integration)
        summaries[integration.id] = keep_summary(services, integration.id, seen.work)
    return [
        state_from(
            integration,
            summaries.get(integration.id, Summary(("new",), now)),
            discoveries.get(integration.id, DiscoveryRecord()),
            connections.get(integration.id, blank),
            in_force(
                budgets.get(identity_of(services, integration, connections.get(integration.id))),
                now,
            ),
        )
        for integration in integrations
    ]


def of_integrations(records: Records[T], integrations: Sequence[Integration]) -> dict[str, T]:
    """Return what is kept of integrations that are in order of id: one range of one group."""
    if not integrations:
        return {}
    first, last = integrations[0].id, integrations[-1].id
    # The one before the first is left out, and may be any that sorts before it.
    found = records.list(ONE_GROUP, after=first[:-1], before=f"{last}~")
    return {record.key: record.value for record in found}
