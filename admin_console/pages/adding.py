"""Adding an integration: choose a way, type what it needs, have it tested, and go on to choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.audit import note
from admin_console.pages.pages import Page, go, show
from admin_console.pages.ways import (
    AZURE,
    find_way,
    lacks_sign_in,
    making_of,
    mistakes,
    read_connection,
    typed,
    ways_of,
)
from admin_console.pages.wording import GIT_HOSTS
from shared.configuration import Selection
from shared.errors import DevlinksError
from shared.integrations import connections
from shared.integrations.doctor import examine
from shared.interfaces.examining import TITLES
from shared.web.answers import status_of_error

if TYPE_CHECKING:
    from admin_console.pages.ways import Way
    from shared.configuration import Integration
    from shared.integrations.doctor import Examination
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit

_REFUSED: Final = 422


def show_adding(visit: Visit) -> Html:
    """Show the form of a way to connect (`?way=`), by default of the one that needs the least."""
    return _page(visit, find_way(visit.services, visit.query("way")))


def add(visit: Visit) -> Html | Redirect:
    """Test what was typed; what is good is kept, and nothing is indexed until somebody chooses."""
    services = visit.services
    way = find_way(services, visit.form("way"))
    try:
        given, wanted = read_connection(visit, way), _wanted(visit, way)
        examination = None
        if way.is_tested:
            examination = examine(services, way.git_host, wanted, given)
            if not examination.ok:
                return _page(visit, way, examination=examination, status=_REFUSED)
        made = connections.connect(services, way.git_host, wanted, given)
    except DevlinksError as error:
        return _page(visit, way, error=error, status=status_of_error(error))
    note(visit, "integration_added", made.id, detail=made.url)
    return _onward(way, made, examination)


def _onward(way: Way, made: Integration, examination: Examination | None) -> Redirect:
    here = f"/integrations/{made.id}"
    if way.kind in {"oauth", "ssh_key"}:
        return go(f"{here}/connection", done="added")
    if way.hooks_only:
        return go(f"{here}/webhook", done="added")
    is_limited = examination is not None and any(s.ok is False for s in examination.steps)
    done = "connected_limited" if is_limited else "connected"
    if made.repositories.mode == "all":
        return go(here, done=done)
    # What a connection without a named organization opens is chosen from first.
    below = "repositories/choose" if made.organizations else "organizations"
    return go(f"{here}/{below}", done=done)


def _wanted(visit: Visit, way: Way) -> connections.Changes:
    collection = visit.form("collection")
    # A repository by its address is chosen by that, and hooks tell of those that they are set for.
    is_chosen_later = way.git_host != "git" and not way.hooks_only
    return connections.Changes(
        name=visit.form("name"),
        url=visit.form("url"),
        organizations=(collection,) if collection else (),
        repositories=Selection("selected" if is_chosen_later else "all"),
        hooks_only=way.hooks_only,
    )


def _page(
    visit: Visit,
    way: Way,
    *,
    examination: Examination | None = None,
    error: DevlinksError | None = None,
    status: int = 200,
) -> Html:
    fields = typed(visit)
    token_pages, token_address = making_of(way, fields["url"])
    return show(
        visit,
        "adding.html",
        title="Add an integration",
        status=status,
        error=error,
        fields=mistakes(error) if error else {},
        way=way,
        ways=ways_of(visit.services, way.git_host),
        easiest={host: find_way(visit.services, f"{host}.").id for host in GIT_HOSTS},
        git_hosts=GIT_HOSTS,
        lacks_sign_in=lacks_sign_in(visit.services),
        typed={**fields, "url": fields["url"] or _beginning(way)},
        token_pages=token_pages,
        token_address=token_address,
        steps=examination.steps if examination else (),
        titles=TITLES,
    )


def _beginning(way: Way) -> str:
    return AZURE if way.kind == "oauth" else ""


PAGES: Final = (
    Page("GET", "integrations/new", show_adding, "admin"),
    Page("POST", "integrations/new", add, "admin"),
)
