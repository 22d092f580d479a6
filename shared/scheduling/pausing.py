"""Pause an integration, and resume it without anything lost that happened meanwhile.

While it is paused its git host is not called and its jobs end at once. Deliveries are accepted and
kept: they are looked at when it is resumed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from shared.connections.opening import integration_of
from shared.errors import ChangedError, UnknownThingError
from shared.messages import Job
from shared.scheduling.runs import end_run, start_run
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.services import Services

_log = log_of(__name__)


def pause(services: Services, integration_id: str) -> Integration:
    """Pause an integration; one that is paused stays so. UnknownThingError when there is none."""
    return _set(services, integration_id, is_paused=True)


def resume(services: Services, integration_id: str) -> Integration:
    """Resume an integration and have it catch up; nothing happens to one that is not paused."""
    if not integration_of(services, integration_id).is_paused:
        return integration_of(services, integration_id)
    integration = _set(services, integration_id, is_paused=False)
    # Discovery comes with a look at the whole ledger: what was delivered meanwhile is enqueued.
    asked = Job(integration.id, "discover", asked_at=services.clock())
    services.storage.jobs.put("reindex", asked)
    if not integration.hooks_only:
        # The jobs of a run that was going on have ended without doing anything.
        end_run(services, integration.id)
        start_run(services, integration)
    return integration


def _set(services: Services, integration_id: str, *, is_paused: bool) -> Integration:
    while True:
        record = services.integrations.get(ONE_GROUP, integration_id)
        if record is None or record.value.is_removed:
            raise UnknownThingError("There is no such integration.")
        changed = replace(record.value, is_paused=is_paused)
        try:
            if changed != record.value:
                services.integrations.replace(record, changed)
        except ChangedError:
            continue
        services.known_integrations.forget(ONE_GROUP, integration_id)
        _log.info("integration_paused integration=%s is_paused=%s", integration_id, is_paused)
        return changed
