"""How an integration is authorised, until when, and connecting it again by any way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.audit import note
from admin_console.pages.changes import changes_of, confirmed_in
from admin_console.pages.pages import ROOT, Page, go, show
from admin_console.pages.ways import (
    find_way,
    lacks_sign_in,
    making_of,
    mistakes,
    read_connection,
    typed,
    ways_of,
)
from admin_console.pages.wording import CONNECTIONS
from shared.configuration import Connection
from shared.connections.opening import integration_of
from shared.errors import DevlinksError, WouldDisconnectError
from shared.integrations import connections
from shared.services import ONE_GROUP
from shared.web.answers import status_of_error

if TYPE_CHECKING:
    from admin_console.pages.ways import Way
    from shared.configuration import Integration
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit


def show_connection(visit: Visit) -> Html:
    """Show the connection, and the form of a way to replace it (`?way=`)."""
    return _page(visit, integration_of(visit.services, visit.path("integration_id")))


def reconnect(visit: Visit) -> Html | Redirect:
    """Replace the connection, and keep everything else."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    way = _way(visit, integration, visit.form("way"))
    try:
        connections.change(
            visit.services,
            integration.id,
            changes_of(integration),
            connection=read_connection(visit, way),
            is_replaced=True,
            confirmed=confirmed_in(visit),
        )
    except DevlinksError as error:
        return _page(visit, integration, error=error)
    note(visit, "connection_replaced", integration.id)
    return go(f"/integrations/{integration.id}/connection", done="reconnected")


def _way(visit: Visit, integration: Integration, way_id: str) -> Way:
    """Return the way that is asked for, by default that of now, of the integration's git host."""
    stored = _stored(visit, integration)
    host = integration.git_host
    wanted = way_id if way_id.startswith(f"{host}.") else f"{host}.{stored.kind}"
    return find_way(visit.services, wanted)


def _stored(visit: Visit, integration: Integration) -> Connection:
    record = visit.services.connections.get(ONE_GROUP, integration.id)
    return record.value if record else Connection("none")


def _page(visit: Visit, integration: Integration, *, error: DevlinksError | None = None) -> Html:
    way = _way(visit, integration, visit.form("way") or visit.query("way"))
    stored = _stored(visit, integration)
    left = stored.expires_at - visit.services.clock() if stored.expires_at else None
    token_pages, token_address = making_of(way, integration.url)
    grant = visit.services.grants.get(ONE_GROUP, integration.id)
    return show(
        visit,
        "connection.html",
        title=f"Connection of {integration.name}",
        status=status_of_error(error) if error else 200,
        error=error,
        disconnects=error.count if isinstance(error, WouldDisconnectError) else None,
        fields=mistakes(error) if error else {},
        integration=integration,
        connection=stored,
        kind=CONNECTIONS[stored.kind],
        days_left=None if left is None else max(0, left.days),
        grant=grant.value if grant else None,
        way=way,
        ways=[one for one in ways_of(visit.services, integration.git_host) if not one.hooks_only],
        lacks_sign_in=lacks_sign_in(visit.services),
        typed=typed(visit),
        token_pages=token_pages,
        token_address=token_address,
        back=_back(integration),
    )


def _back(integration: Integration) -> str:
    """Return where who has allowed access goes on: to choose, where nobody has chosen yet."""
    kept = integration.repositories
    here = f"{ROOT}/integrations/{integration.id}"
    return here if kept.mode == "all" or kept.selected else f"{here}/organizations"


_ONE: Final = "integrations/{integration_id}/connection"

PAGES: Final = (
    Page("GET", _ONE, show_connection, "admin"),
    Page("POST", _ONE, reconnect, "admin"),
)
