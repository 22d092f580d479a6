"""The ledger of an integration: what its webhook received, and what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from admin_console.audit import note
from admin_console.deliveries import list_deliveries, replay_delivery, told
from admin_console.pages.pages import Page, go, show
from shared.connections.opening import integration_of
from shared.hooks.refilling import refill
from shared.hooks.replaying import replay
from shared.hooks.subscriptions import wanted_types

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.messages import DeliveryState
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit

_DAYS: Final = frozenset({"1", "3"})
STATES: Final[dict[DeliveryState, str]] = {
    "accepted": "waits to be processed",
    "done": "processed",
    "ignored": "had no effect",
    "unreadable": "could not be read",
    "failed": "failed",
}
"""What became of a delivery, in words."""


def show_deliveries(visit: Visit) -> Html:
    """Show a page of the ledger, the newest first, of a state and a type if these are asked for."""
    integration = _integration(visit)
    chosen = {"state": visit.query("state"), "event_type": visit.query("event_type")}
    return show(
        visit,
        "deliveries.html",
        title="Deliveries",
        integration=integration,
        found=list_deliveries(visit),
        states=STATES,
        types=wanted_types(integration),
        chosen=chosen,
        is_filtered=any(chosen.values()),
        filtered=urlencode({name: value for name, value in chosen.items() if value}),
    )


def replay_one(visit: Visit) -> Redirect:
    """Process a delivery again."""
    replay_delivery(visit)
    return _back(_integration(visit), "replayed")


def replay_failed(visit: Visit) -> Redirect:
    """Process everything again that failed."""
    integration = _integration(visit)
    job = replay(visit.services, integration, state="failed")
    note(visit, "deliveries_replayed", integration.id, detail=told(job))
    return _back(integration, "replayed")


def refill_lost(visit: Visit) -> Redirect:
    """Fetch what the git host could not deliver, in some days or as far as its history goes."""
    integration, days = _integration(visit), visit.form("days")
    since = visit.services.clock() - timedelta(days=int(days)) if days in _DAYS else None
    job = refill(visit.services, integration, since=since)
    note(visit, "deliveries_refilled", integration.id, detail=told(job))
    return _back(integration, "refilled")


def _back(integration: Integration, done: str) -> Redirect:
    return go(f"/integrations/{integration.id}/deliveries", done=done)


def _integration(visit: Visit) -> Integration:
    return integration_of(visit.services, visit.path("integration_id"))


_ALL: Final = "integrations/{integration_id}/deliveries"

PAGES: Final = (
    Page("GET", _ALL, show_deliveries, "operator"),
    Page("POST", f"{_ALL}/replay", replay_failed, "operator"),
    Page("POST", f"{_ALL}/refill", refill_lost, "operator"),
    Page("POST", f"{_ALL}/{{delivery_id}}/replay", replay_one, "operator"),
)
