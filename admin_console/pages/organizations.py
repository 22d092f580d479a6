"""Choosing the organizations of an integration, once it is known which its connection opens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from admin_console.audit import note
from admin_console.pages.changes import changes_of, confirmed_in
from admin_console.pages.pages import Page, go, show
from shared.connections.opening import integration_of
from shared.errors import BadRequestError, DevlinksError
from shared.integrations import connections
from shared.integrations.choosing import organizations_to_choose
from shared.web.answers import status_of_error

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit


def show_organizations(visit: Visit) -> Html:
    """Show which organizations the connection opens."""
    return _page(visit, integration_of(visit.services, visit.path("integration_id")))


def choose_organizations(visit: Visit) -> Html | Redirect:
    """Keep some organizations, or all that the connection opens now and later."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    ticked = tuple(visit.form_all("organization"))
    is_all = visit.form("which") == "all"
    try:
        if not is_all and not ticked:
            raise BadRequestError("No organization is ticked.", next_step="Tick one, or take all.")
        wanted = replace(
            changes_of(integration),
            url=_above(integration),
            organizations=() if is_all else ticked,
        )
        connections.change(
            visit.services,
            integration.id,
            wanted,
            confirmed=confirmed_in(visit),
        )
    except DevlinksError as error:
        return _page(visit, integration, error=error)
    note(visit, "integration_changed", integration.id, detail="organizations")
    return go(f"/integrations/{integration.id}/repositories/choose", done="saved")


def _above(integration: Integration) -> str:
    """Return the git host's address without an organization, which would have to be among them."""
    above, _, last = integration.url.rpartition("/")
    named = {name.lower() for name in integration.organizations}
    return above if last.lower() in named else integration.url


def _page(visit: Visit, integration: Integration, *, error: DevlinksError | None = None) -> Html:
    found: tuple[str, ...] = ()
    try:
        found = organizations_to_choose(visit.services, integration)
    except DevlinksError as refusal:
        error = error or refusal
    return show(
        visit,
        "organizations.html",
        title="Choose organizations",
        status=status_of_error(error) if error else 200,
        error=error,
        disconnects=getattr(error, "count", None),
        integration=integration,
        found=found,
        ticked=visit.form_all("organization") or integration.organizations,
        is_all=visit.form("which") == "all" or not integration.organizations,
    )


_ONE: Final = "integrations/{integration_id}/organizations"

PAGES: Final = (
    Page("GET", _ONE, show_organizations, "admin"),
    Page("POST", _ONE, choose_organizations, "admin"),
)
