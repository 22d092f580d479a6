"""What a tracker's rules do: try them on texts, see what a change would do, look for projects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from admin_console.pages.pages import Page, show
from admin_console.pages.tracker_form import patch_of, typed_in
from admin_console.pages.trackers import tracker_of, tracker_page
from admin_console.rule_changes import list_prefixes
from admin_console.trackers import changed_tracker
from admin_console.why_not import Refused, refusals
from shared.errors import BadRequestError
from shared.index.rule_changes import preview
from shared.index.targets import reading_of_all
from shared.issue_keys.stop_list import is_stopped

if TYPE_CHECKING:
    from shared.configuration import Tracker
    from shared.index.rule_changes import Preview
    from shared.issue_keys import Reading
    from shared.web.pages import Html
    from shared.web.visits import Visit

_MOST_TEXTS: Final = 100
_MOST_CHARACTERS: Final = 20_000


class TriedKey(Struct, frozen=True):
    """An issue key in a text."""

    issue_key: str
    text: str
    """As it is written there."""
    closes: bool


class Tried(Struct, frozen=True):
    """What rules make of a text."""

    text: str
    keys: tuple[TriedKey, ...]
    refused: tuple[Refused, ...]
    is_cut: bool


class ProjectChange(Struct, frozen=True):
    """How many links of a project's issues would come and go."""

    project: str
    added: int
    removed: int


def try_rules(visit: Visit) -> Html:
    """Show which keys the rules as they are typed find in texts, one on each line."""
    known, typed = tracker_of(visit), typed_in(visit)
    lines = [line.strip() for line in visit.form("texts").splitlines()]
    texts = [line[:_MOST_CHARACTERS] for line in lines if line][:_MOST_TEXTS]
    try:
        changed = changed_tracker(known, patch_of(typed, known))
    except BadRequestError as error:
        return tracker_page(visit, known, typed=typed, error=error)
    reading = reading_of_all(visit.services, changed)
    tried = tuple(_tried(text, changed, reading) for text in texts)
    return tracker_page(visit, known, typed=typed, tried=tried)


def preview_rules(visit: Visit) -> Html:
    """Show what the rules as they are typed would do to links; nothing is changed."""
    known, typed = tracker_of(visit), typed_in(visit)
    try:
        changed = changed_tracker(known, patch_of(typed, known))
    except BadRequestError as error:
        return tracker_page(visit, known, typed=typed, error=error)
    found = preview(visit.services, known, changed)
    return tracker_page(
        visit,
        known,
        typed=typed,
        preview=found,
        changes=_changes(found),
    )


def show_prefixes(visit: Visit) -> Html:
    """Show what is written like a project's key in what is indexed, the most used first."""
    tracker, found = tracker_of(visit), list_prefixes(visit)
    return show(
        visit,
        "prefixes.html",
        title=f"Projects that {tracker.name} sees",
        tracker=tracker,
        found=found,
        stopped={row.prefix for row in found.prefixes if is_stopped(row.prefix)},
    )


def _tried(text: str, tracker: Tracker, reading: Reading) -> Tried:
    outcome = reading.read(text)
    keys = tuple(
        TriedKey(str(key), evidence.text, evidence.closes)
        for key, found in outcome.keys.items()
        for evidence in found
    )
    accepted = {key.text for key in keys}
    others = (one for one in outcome.not_accepted if one.text not in accepted)
    return Tried(text, keys, refusals(others, tracker, reading), outcome.is_cut)


def _changes(found: Preview) -> tuple[ProjectChange, ...]:
    """Return what changes of each project, those with the most changes first."""
    return tuple(
        ProjectChange(project, found.added[project], found.removed[project])
        for project, _ in (found.added + found.removed).most_common()
    )


PAGES: Final = (
    Page("POST", "trackers/{tracker_id}/try", try_rules, "admin"),
    Page("POST", "trackers/{tracker_id}/preview", preview_rules, "admin"),
    Page("GET", "trackers/{tracker_id}/prefixes", show_prefixes, "admin"),
)
