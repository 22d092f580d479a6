"""What is indexed of an integration, for whom, and how it hears of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from admin_console.audit import note
from admin_console.pages.changes import changes_of
from admin_console.pages.pages import Page, go, show
from admin_console.pages.ways import OPENS_MANY, mistakes
from admin_console.pages.wording import WRITES
from shared.configuration import IndexSwitches
from shared.connections.opening import integration_of
from shared.errors import BadRequestError, DevlinksError
from shared.integrations import connections
from shared.model import TrackerId
from shared.services import ONE_GROUP
from shared.web.answers import status_of_error

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.integrations.connections import Changes
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit

_LONGEST_NUMBER: Final = 6


def show_settings(visit: Visit) -> Html:
    """Show how an integration is set up."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    return _page(visit, integration, changes_of(integration))


def save_settings(visit: Visit) -> Html | Redirect:
    """Keep what was changed; what is wrong is shown with all that was typed."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    wanted = _read(visit, integration)
    try:
        if wanted.pull_request_window_days < 1:
            fields = {"pull_request_window_days": "a whole number of days"}
            raise BadRequestError("The number of days cannot be read.", fields=fields)
        connections.change(visit.services, integration.id, wanted)
    except DevlinksError as error:
        return _page(visit, integration, wanted, error=error)
    note(visit, "integration_changed", integration.id, detail="settings")
    return go(f"/integrations/{integration.id}/settings", done="saved")


def _read(visit: Visit, known: Integration) -> Changes:
    writes = visit.form("writes")
    return replace(
        changes_of(known),
        name=visit.form("name"),
        trackers=tuple(TrackerId(one) for one in visit.form_all("tracker")),
        index=IndexSwitches(
            commits=visit.checked("commits"),
            branches=visit.checked("branches"),
            pull_requests=visit.checked("pull_requests"),
            work_items=visit.checked("work_items"),
        ),
        pull_request_window_days=_number(visit.form("pull_request_window_days")),
        webhooks=visit.checked("webhooks"),
        hooks_only=visit.checked("hooks_only"),
        writes=next((one for one in WRITES if one == writes), known.writes),
    )


def _number(text: str) -> int:
    """Return a number; 0, which no field accepts, for what is none."""
    is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
    return int(text) if is_number else 0


def _page(
    visit: Visit, integration: Integration, wanted: Changes, *, error: DevlinksError | None = None
) -> Html:
    connection = visit.services.connections.get(ONE_GROUP, integration.id)
    return show(
        visit,
        "settings.html",
        title=f"Settings of {integration.name}",
        status=status_of_error(error) if error else 200,
        error=error,
        fields=mistakes(error) if error else {},
        integration=integration,
        wanted=wanted,
        opens_many=connection is not None and connection.value.kind in OPENS_MANY,
        offers=visit.services.git_hosts[integration.git_host].offers,
        trackers=[record.value for record in visit.services.trackers.list(ONE_GROUP)],
        writes=WRITES,
        window=wanted.pull_request_window_days or visit.form("pull_request_window_days"),
    )


_ONE: Final = "integrations/{integration_id}/settings"

PAGES: Final = (
    Page("GET", _ONE, show_settings, "admin"),
    Page("POST", _ONE, save_settings, "admin"),
)
