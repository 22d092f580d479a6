"""The doctor: looks at a kept connection step by step, and says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.pages.pages import Page, show
from shared.connections.opening import integration_of
from shared.errors import DevlinksError
from shared.integrations.doctor import examine_stored
from shared.interfaces.examining import TITLES
from shared.web.answers import status_of_error

if TYPE_CHECKING:
    from shared.integrations.doctor import Examination
    from shared.web.pages import Html
    from shared.web.visits import Visit


def show_doctor(visit: Visit) -> Html:
    """Show what the doctor would look at."""
    return _page(visit)


def run_doctor(visit: Visit) -> Html:
    """Look at the connection now; nothing is changed by that."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    try:
        return _page(visit, examination=examine_stored(visit.services, integration))
    except DevlinksError as error:
        return _page(visit, error=error)


def _page(
    visit: Visit, *, examination: Examination | None = None, error: DevlinksError | None = None
) -> Html:
    integration = integration_of(visit.services, visit.path("integration_id"))
    return show(
        visit,
        "doctor.html",
        title=f"Doctor of {integration.name}",
        status=status_of_error(error) if error else 200,
        error=error,
        integration=integration,
        examination=examination,
        titles=TITLES,
    )


_ONE: Final = "integrations/{integration_id}/doctor"

PAGES: Final = (
    Page("GET", _ONE, show_doctor, "admin"),
    Page("POST", _ONE, run_doctor, "admin"),
)
