"""The list of integrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from admin_console.pages.overviews import overviews
from admin_console.pages.pages import Page, show
from admin_console.pages.wording import CONNECTIONS, GIT_HOSTS
from shared.web.calls import write_cursor

if TYPE_CHECKING:
    from shared.web.pages import Html
    from shared.web.visits import Visit


def show_integrations(visit: Visit) -> Html:
    """Show a page of integrations."""
    found = overviews(visit.services, after=visit.cursor())
    return show(
        visit,
        "integrations.html",
        title="Integrations",
        overviews=found.rows,
        next=None if found.next is None else write_cursor(found.next),
        git_hosts=GIT_HOSTS,
        connections=CONNECTIONS,
    )


PAGES: Final = (Page("GET", "integrations", show_integrations, "viewer"),)
