"""Trackers over HTTP."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct, field, structs, to_builtins

from admin_console.audit import note
from shared import trackers
from shared.configuration import GrammarName, Sources, Tracker, TrackerKind
from shared.errors import BadIssueKeyError, BadRequestError
from shared.issue_keys import parse_issue_key
from shared.services import ONE_GROUP
from shared.web.answers import Answer
from shared.web.calls import Moment, merged, write_cursor
from shared.web.routes import PAGED, Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.web.calls import Call

_CREATED: Final = 201
_NO_CONTENT: Final = 204


class SourcesBody(Sources, frozen=True, forbid_unknown_fields=True):
    """Which of the weaker sources of issue keys count."""


class TrackerBody(Struct, frozen=True, forbid_unknown_fields=True):
    """A tracker as an admin gives it."""

    name: str
    id: str = ""
    """Left out: one is made."""
    kind: TrackerKind = "other"
    url: str = ""
    grammars: tuple[GrammarName, ...] = ("jira", "azure_boards")
    projects: tuple[str, ...] = ()
    sources: SourcesBody = SourcesBody()
    number_range: tuple[int, int] | None = None
    number_since: Moment | None = None
    pattern: str | None = None
    """An admin's own regular expression (RE2) for keys, beside the grammars."""
    origins: tuple[str, ...] = ()
    aliases: dict[str, str] = field(default_factory=dict)


class TrackerAnswer(Struct, frozen=True):
    """A tracker."""

    id: str
    created_at: datetime
    name: str
    kind: TrackerKind
    url: str
    grammars: tuple[GrammarName, ...]
    projects: tuple[str, ...]
    sources: Sources
    number_range: tuple[int, int] | None
    number_since: datetime | None
    pattern: str | None
    origins: tuple[str, ...]
    aliases: dict[str, str]


class TrackersAnswer(Struct, frozen=True):
    """A page of trackers."""

    trackers: tuple[TrackerAnswer, ...]
    next: str | None


def list_trackers(call: Call) -> TrackersAnswer:
    """Return a page of trackers."""
    limit = call.limit()
    found = call.services.trackers.list(ONE_GROUP, after=call.cursor(), limit=limit + 1)
    following = write_cursor(found[limit - 1].key) if len(found) > limit else None
    return TrackersAnswer(tuple(_shown(r.value) for r in found[:limit]), following)


def create_tracker(call: Call) -> Answer:
    """Make a tracker."""
    body = call.body(TrackerBody)
    blank = trackers.new_tracker(
        call.services, body.name, tracker_id=body.id or f"t{uuid.uuid4().hex[:12]}"
    )
    made = trackers.create_tracker(call.services, _filled(blank, body))
    note(call, "tracker_added", None, detail=made.id)
    return Answer(_shown(made), _CREATED)


def get_tracker(call: Call) -> TrackerAnswer:
    """Return a tracker."""
    return _shown(trackers.tracker_record(call.services, call.path("tracker_id")).value)


def change_tracker(call: Call) -> TrackerAnswer:
    """Change a tracker by a merge patch."""
    known = trackers.tracker_record(call.services, call.path("tracker_id")).value
    changed = changed_tracker(known, call.body(dict[str, Any]))
    kept = trackers.change_tracker(call.services, changed)
    note(call, "tracker_changed", None, detail=kept.id)
    return _shown(kept)


def changed_tracker(known: Tracker, patch: Mapping[str, Any]) -> Tracker:
    """Return a tracker with a merge patch applied; BadRequestError names what cannot be."""
    current = to_builtins(_shown(known))
    del current["created_at"]
    body = merged(current, patch, TrackerBody)
    if body.id != known.id:
        raise BadRequestError("The tracker keeps its id.", fields={"id": "fixed"})
    changed = _filled(known, body)
    trackers.check_tracker(changed)
    return changed


def remove_tracker(call: Call) -> Answer:
    """Delete a tracker with its links."""
    trackers.remove_tracker(call.services, call.path("tracker_id"))
    note(call, "tracker_removed", None, detail=call.path("tracker_id"))
    return Answer(status=_NO_CONTENT)


def _filled(tracker: Tracker, body: TrackerBody) -> Tracker:
    return structs.replace(
        tracker,
        name=body.name.strip(),
        kind=body.kind,
        url=body.url.strip(),
        grammars=body.grammars,
        projects=tuple(dict.fromkeys(project.strip().upper() for project in body.projects)),
        sources=Sources(**structs.asdict(body.sources)),
        number_range=body.number_range,
        number_since=body.number_since,
        pattern=body.pattern or "",
        origins=body.origins,
        aliases=_normalised(body.aliases),
    )


def _normalised(aliases: Mapping[str, str]) -> dict[str, str]:
    """Return aliases with keys and projects as they are answered: `pay-007` as `PAY-7`."""
    return {_written(old): _written(new) for old, new in aliases.items()}


def _written(text: str) -> str:
    try:
        return str(parse_issue_key(text.strip()))
    except BadIssueKeyError:
        return text.strip().upper()


def _shown(tracker: Tracker) -> TrackerAnswer:
    return TrackerAnswer(
        id=tracker.id,
        created_at=tracker.created_at,
        name=tracker.name,
        kind=tracker.kind,
        url=tracker.url,
        grammars=tracker.grammars,
        projects=tracker.projects,
        sources=tracker.sources,
        number_range=tracker.number_range,
        number_since=tracker.number_since,
        pattern=tracker.pattern or None,
        origins=tracker.origins,
        aliases=tracker.aliases,
    )


_ONE = "trackers/{tracker_id}"

ROUTES: Final = (
    Route("GET", "trackers", list_trackers, "admin", "The trackers.",
          answer=TrackersAnswer, query=PAGED),
    Route("POST", "trackers", create_tracker, "admin", "Make a tracker.",
          body=TrackerBody, answer=TrackerAnswer, status=_CREATED),
    Route("GET", _ONE, get_tracker, "admin", "A tracker.", answer=TrackerAnswer),
    Route("PATCH", _ONE, change_tracker, "admin", "Change a tracker (RFC 7396).",
          patch=TrackerBody, answer=TrackerAnswer),
    Route("DELETE", _ONE, remove_tracker, "admin", "Delete a tracker with its links.",
          status=_NO_CONTENT),
)  # fmt: skip
