"""What happens to an integration, and how much there is of it, over HTTP."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.activity import KEPT, HourRow, activity_of
from shared.connections.opening import integration_of
from shared.integrations.usage import Usage, usage_of
from shared.web.routes import Parameter, Route

if TYPE_CHECKING:
    from shared.web.calls import Call

_DAYS: Final = 7


class ActivityAnswer(Struct, frozen=True):
    """What happened to an integration, hour by hour."""

    since: datetime
    hours: tuple[HourRow, ...]
    """All hours from then to now, the oldest first."""
    usage: Usage


def get_integration_activity(call: Call) -> ActivityAnswer:
    """Return what happened to an integration in the last days, and what it holds."""
    services = call.services
    integration = integration_of(services, call.path("integration_id"))
    days = call.number("days", default=_DAYS, most=KEPT.days)
    since = services.clock() - timedelta(days=days)
    hours = activity_of(services, [integration], since=since)
    return ActivityAnswer(hours[0].at, tuple(hours), usage_of(services, integration))


_DAYS_BACK: Final = Parameter(
    "days",
    "How far back.",
    {"type": "integer", "minimum": 1, "maximum": KEPT.days, "default": _DAYS},
)

ROUTES: Final = (
    Route("GET", "integrations/{integration_id}/activity", get_integration_activity, "admin",
          "What happened to it, hour by hour, and what it holds.",
          answer=ActivityAnswer, query=(_DAYS_BACK,), is_for_operators=True),
)  # fmt: skip
