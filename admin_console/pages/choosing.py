"""Choosing which repositories an integration has: all or some, with a filter and a preview."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct, structs

from admin_console.audit import note
from admin_console.pages.changes import changes_of, confirmed_in
from admin_console.pages.pages import Page, go, show
from admin_console.pages.ways import mistakes
from admin_console.pages.wording import LEFT_OUT, advice_of
from shared.configuration import Selection
from shared.connections.opening import integration_of
from shared.discovery.filter_examples import FILTER_EXAMPLES
from shared.discovery.filtering import LONGEST
from shared.discovery.repository_names import names_of
from shared.discovery.selecting import Change, preview
from shared.errors import DevlinksError, WouldDisconnectError
from shared.integrations import connections
from shared.web.answers import status_of_error

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.discovery.selecting import Preview, Previewed
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit

_MOST_SHOWN: Final = 200
"""Of what is kept, and of what is dropped: the counts tell of all."""
_POSITION: Final = re.compile(r"at position (?P<place>[0-9]{1,6})")


class Row(Struct, frozen=True):
    """A repository that the git host lists, and what a selection makes of it."""

    id: str
    name: str
    path: str
    reason: str
    """Why it would be left out; empty: it would be indexed."""
    advice: str
    change: Change | None
    is_ticked: bool


class Outcome(Struct, frozen=True):
    """What a selection would do."""

    rows: tuple[Row, ...]
    failures: dict[str, str]

    @property
    def kept(self) -> list[Row]:
        """Those that would be indexed."""
        return [row for row in self.rows if not row.reason]

    @property
    def dropped(self) -> list[Row]:
        """Those that would be left out."""
        return [row for row in self.rows if row.reason]

    def changed(self, change: Change) -> int:
        """Return how many would be another than today, in one way."""
        return sum(row.change == change for row in self.rows)


def show_choosing(visit: Visit) -> Html:
    """Show what is selected now; where nothing ever was, all is proposed."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    return _page(visit, integration, _proposed(integration))


def preview_choice(visit: Visit) -> Html:
    """Show what a form would do; nothing is changed.

    That a filter is wrong is an answer like another here: a script asks while it is being typed.
    """
    integration = integration_of(visit.services, visit.path("integration_id"))
    told = _page(visit, integration, _read(visit))
    return structs.replace(told, status=HTTPStatus.OK)


def choose(visit: Visit) -> Html | Redirect:
    """Keep a selection; one that disconnects many repositories has to be confirmed."""
    integration = integration_of(visit.services, visit.path("integration_id"))
    selection = _read(visit)
    try:
        connections.change(
            visit.services,
            integration.id,
            structs.replace(changes_of(integration), repositories=selection),
            confirmed=confirmed_in(visit),
        )
    except DevlinksError as error:
        return _page(visit, integration, selection, error=error)
    note(visit, "integration_changed", integration.id, detail="repositories")
    return go(f"/integrations/{integration.id}", done="chosen")


def _proposed(integration: Integration) -> Selection:
    kept = integration.repositories
    return Selection() if kept == Selection("selected") else kept


def _read(visit: Visit) -> Selection:
    mode: Literal["all", "selected"] = "selected" if visit.form("mode") == "selected" else "all"
    ticked = tuple(one.strip().lower() for one in visit.form_all("repository"))
    return Selection(mode, visit.form("jmespath"), ticked)


def _page(
    visit: Visit,
    integration: Integration,
    selection: Selection,
    *,
    error: DevlinksError | None = None,
) -> Html:
    outcome, refusal = _outcome(visit, integration, selection)
    shown = error or refusal
    fields = mistakes(shown) if shown else {}
    return show(
        visit,
        "choosing.html",
        title="Choose repositories",
        status=status_of_error(shown) if shown else 200,
        error=None if isinstance(shown, WouldDisconnectError) else shown,
        disconnects=shown.count if isinstance(shown, WouldDisconnectError) else None,
        fields=fields,
        mistake_at=_place(fields.get("jmespath", ""), len(selection.jmespath)),
        integration=integration,
        selection=selection,
        outcome=outcome,
        most=_MOST_SHOWN,
        is_part=visit.form("part") == "outcome",
        is_first=integration.repositories == Selection("selected"),
        examples=FILTER_EXAMPLES,
        longest=LONGEST,
    )


def _place(mistake: str, length: int) -> int | None:
    """Return where in the filter a mistake is; None when it is about the whole of it."""
    found = _POSITION.search(mistake)
    return min(int(found["place"]), length) if found else None


def _outcome(
    visit: Visit, integration: Integration, selection: Selection
) -> tuple[Outcome, DevlinksError | None]:
    """Return what a selection would do; of one that cannot be judged, what all would do, and why.

    Nothing at all is told when the git host does not list its repositories now.
    """
    try:
        return _told(preview(visit.services, integration, selection), selection), None
    except DevlinksError as error:
        wrong = error
    if "jmespath" not in mistakes(wrong):
        return Outcome((), {}), wrong
    unfiltered = structs.replace(selection, jmespath="")
    return _told(preview(visit.services, integration, unfiltered), selection), wrong


def _told(found: Preview, selection: Selection) -> Outcome:
    names = names_of(row.repository for row in found.repositories)
    ticked = set(selection.selected)
    rows = (_row(row, names[row.repository.id], ticked) for row in found.repositories)
    return Outcome(tuple(rows), found.failures)


def _row(found: Previewed, name: str, ticked: set[str]) -> Row:
    repository, left_out = found.repository, found.left_out
    return Row(
        id=repository.id,
        name=name,
        path=f"{repository.organization} / {repository.project}",
        reason=LEFT_OUT[left_out] if left_out else "",
        advice=advice_of(left_out),
        change=found.change,
        is_ticked=repository.id in ticked,
    )


_ALL: Final = "integrations/{integration_id}/repositories/choose"

PAGES: Final = (
    Page("GET", _ALL, show_choosing, "admin"),
    Page("POST", f"{_ALL}/preview", preview_choice, "admin"),
    Page("POST", _ALL, choose, "admin"),
)
