"""Export and import: the configuration as a document, checked before anything of it is kept."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from admin_console.pages.pages import Page, show
from admin_console.transfer import read_document
from shared.errors import BadRequestError
from shared.transfer.importing import carry_out, preview
from shared.transfer.planning import plan

if TYPE_CHECKING:
    from shared.transfer.importing import Outcome
    from shared.transfer.planning import Plan
    from shared.web.pages import Html
    from shared.web.visits import Visit


def show_transfer(visit: Visit) -> Html:
    """Show how to get the configuration out, and the form to bring one in."""
    return _page(visit)


def check_document(visit: Visit) -> Html:
    """Show what an import would do; nothing is kept."""
    try:
        planned = _plan(visit)
    except BadRequestError as error:
        return _page(visit, error=error)
    return _page(visit, report=preview(planned))


def bring_in(visit: Visit) -> Html:
    """Import a document, and show what became of each part of it."""
    try:
        planned = _plan(visit)
    except BadRequestError as error:
        return _page(visit, error=error)
    outcome = carry_out(visit.services, planned, by=visit.caller.actor)
    return _page(visit, report=outcome, is_done=True)


def _plan(visit: Visit) -> Plan:
    document = visit.form("document")
    if not document:
        reason = "choose a file, or paste what it holds"
        raise BadRequestError("There is no document.", fields={"document": reason})
    return plan(visit.services, read_document(document.encode()))


def _page(
    visit: Visit,
    *,
    report: Outcome | None = None,
    is_done: bool = False,
    error: BadRequestError | None = None,
) -> Html:
    return show(
        visit,
        "transfer.html",
        title="Export and import",
        status=HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK,
        error=error,
        document="" if is_done else visit.form("document"),
        report=report,
        is_done=is_done,
    )


PAGES: Final = (
    Page("GET", "transfer", show_transfer, "admin"),
    Page("POST", "transfer/check", check_document, "admin"),
    Page("POST", "transfer", bring_in, "admin"),
)
