"""Tells the log which alarms an integration has, for whoever is to be alerted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.integrations.status import status_of
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from shared.model import IntegrationId
    from shared.services import Services

_log = log_of(__name__)


def tell_alarms(services: Services, integration_id: IntegrationId) -> None:
    """Write a line for each alarm, as long as the integration is to work at all."""
    record = services.integrations.get(ONE_GROUP, integration_id)
    if record is None or record.value.is_removed or record.value.is_paused:
        return
    for alarm in status_of(services, record.value).alarms:
        _log.warning(
            "alarm_raised integration=%s code=%s since=%s",
            integration_id, alarm.code, alarm.since,
        )  # fmt: skip
