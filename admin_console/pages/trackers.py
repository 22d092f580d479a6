"""Trackers: what shows issues, and decides what an issue key is."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from admin_console.audit import note
from admin_console.pages.pages import Page, go, show
from admin_console.pages.tracker_form import (
    GRAMMARS,
    GRAMMARS_OF,
    KINDS,
    patch_of,
    typed_in,
    typed_of,
)
from admin_console.trackers import changed_tracker
from shared import trackers
from shared.configuration import DEFAULT_TRACKER
from shared.errors import BadRequestError, ConflictError
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from admin_console.pages.tracker_form import Typed
    from shared.configuration import Tracker
    from shared.errors import DevlinksError
    from shared.web.pages import Html, Redirect
    from shared.web.visits import Visit


def list_trackers(visit: Visit) -> Html:
    """Show all trackers, and the form of a new one."""
    return _list(visit)


def add_tracker(visit: Visit) -> Html | Redirect:
    """Make a tracker, which begins with what suits its kind."""
    name, kind = visit.form("name"), visit.form("kind")
    grammars = next((names for known, names in GRAMMARS_OF.items() if known == kind), ())
    try:
        blank = trackers.new_tracker(visit.services, name, tracker_id=f"t{uuid.uuid4().hex[:12]}")
        wanted = changed_tracker(blank, {"kind": kind, "grammars": list(grammars)})
        made = trackers.create_tracker(visit.services, wanted)
    except BadRequestError as error:
        return _list(visit, error=error)
    note(visit, "tracker_added", None, detail=made.id)
    return go(f"/trackers/{made.id}", done="tracker_added")


def show_tracker(visit: Visit) -> Html:
    """Show a tracker and the form that changes it."""
    return tracker_page(visit, tracker_of(visit))


def change_tracker(visit: Visit) -> Html | Redirect:
    """Keep what was typed; what is stored is judged anew where that matters."""
    known, typed = tracker_of(visit), typed_in(visit)
    try:
        changed = changed_tracker(known, patch_of(typed, known))
        kept = trackers.change_tracker(visit.services, changed)
    except BadRequestError as error:
        return tracker_page(visit, known, typed=typed, error=error)
    note(visit, "tracker_changed", None, detail=kept.id)
    return go(f"/trackers/{kept.id}", done="saved")


def remove_tracker(visit: Visit) -> Html | Redirect:
    """Delete a tracker with its links and its tokens."""
    known = tracker_of(visit)
    try:
        trackers.remove_tracker(visit.services, known.id)
    except ConflictError as error:
        return tracker_page(visit, known, error=error)
    note(visit, "tracker_removed", None, detail=known.id)
    return go("/trackers", done="tracker_removed")


def tracker_of(visit: Visit) -> Tracker:
    """Return the tracker that the path names."""
    return trackers.tracker_record(visit.services, visit.path("tracker_id")).value


def tracker_page(
    visit: Visit,
    tracker: Tracker,
    *,
    typed: Typed | None = None,
    error: DevlinksError | None = None,
    **more: Any,
) -> Html:
    """Return a tracker's page with the form as it was typed; *more* is for its template."""
    mistakes = error.fields if isinstance(error, BadRequestError) else {}
    status = HTTPStatus.OK
    if error is not None:
        is_conflict = isinstance(error, ConflictError)
        status = HTTPStatus.CONFLICT if is_conflict else HTTPStatus.BAD_REQUEST
    values = {"preview": None, "tried": (), "texts": visit.form("texts"), **more}
    return show(
        visit,
        "tracker.html",
        title=tracker.name,
        status=status,
        error=error,
        # The first part of a path is a field of the form: `sources.tags`, `number_range[0]`.
        fields={name.partition(".")[0].partition("[")[0]: why for name, why in mistakes.items()},
        tracker=tracker,
        typed=typed or typed_of(tracker),
        kinds=KINDS,
        grammars=GRAMMARS,
        is_default=tracker.id == DEFAULT_TRACKER,
        **values,
    )


def _list(visit: Visit, *, error: BadRequestError | None = None) -> Html:
    found = [record.value for record in visit.services.trackers.list(ONE_GROUP)]
    integrations = [record.value for record in visit.services.integrations.list(ONE_GROUP)]
    fed_by = {
        tracker.id: [i for i in integrations if tracker.id in i.trackers and not i.is_removed]
        for tracker in found
    }
    return show(
        visit,
        "trackers.html",
        title="Trackers",
        status=HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK,
        error=error,
        fields=error.fields if error else {},
        trackers=found,
        fed_by=fed_by,
        kinds=KINDS,
        grammars=GRAMMARS,
        typed_name=visit.form("name"),
        typed_kind=visit.form("kind") or "jira",
    )


PAGES: Final = (
    Page("GET", "trackers", list_trackers, "admin"),
    Page("POST", "trackers", add_tracker, "admin"),
    Page("GET", "trackers/{tracker_id}", show_tracker, "admin"),
    Page("POST", "trackers/{tracker_id}", change_tracker, "admin"),
    Page("POST", "trackers/{tracker_id}/remove", remove_tracker, "admin"),
)
