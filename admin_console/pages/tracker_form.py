"""The form of a tracker: what is written in it for a tracker, and what change was typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from shared.errors import BadRequestError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import GrammarName, Tracker, TrackerKind
    from shared.web.visits import Visit

KINDS: Final[dict[TrackerKind, str]] = {
    "jira": "Jira",
    "azure_boards": "Azure Boards",
    "redmine": "Redmine",
    "trac": "Trac",
    "youtrack": "YouTrack",
    "other": "Another kind",
}
GRAMMARS: Final[dict[GrammarName, str]] = {
    "jira": "Keys with a project: PAY-142",
    "azure_boards": "Work items of Azure Boards: AB#17, and those attached in Azure DevOps",
    "number": "Plain numbers: #17",
}
GRAMMARS_OF: Final[dict[TrackerKind, tuple[GrammarName, ...]]] = {
    "jira": ("jira",),
    "azure_boards": ("azure_boards",),
    "redmine": ("number",),
    "trac": ("number",),
    "youtrack": ("jira",),
    "other": ("jira", "azure_boards"),
}
"""What a new tracker begins with."""
_APART: Final = re.compile(r"[\s,;]+")
_LONGEST_NUMBER: Final = 18
_ALIAS: Final = re.compile(r"(?P<old>\S+)\s*(?:=|->|→|\s)\s*(?P<new>\S+)")


class Typed(Struct, frozen=True):
    """What the form's fields say."""

    name: str
    kind: str
    url: str
    grammars: tuple[str, ...]
    projects: str
    description: bool
    tags: bool
    inherit: bool
    first_number: str
    last_number: str
    number_since: str
    """A day."""
    pattern: str
    origins: str
    aliases: str
    """Old and new, a pair on each line."""


def typed_of(tracker: Tracker) -> Typed:
    """Return the form as it is filled in for a tracker."""
    first, last = tracker.number_range or ("", "")
    return Typed(
        name=tracker.name,
        kind=tracker.kind,
        url=tracker.url,
        grammars=tracker.grammars,
        projects=" ".join(tracker.projects),
        description=tracker.sources.description,
        tags=tracker.sources.tags,
        inherit=tracker.sources.inherit,
        first_number=str(first),
        last_number=str(last),
        number_since=f"{tracker.number_since:%Y-%m-%d}" if tracker.number_since else "",
        pattern=tracker.pattern or "",
        origins="\n".join(tracker.origins),
        aliases="\n".join(f"{old} {new}" for old, new in tracker.aliases.items()),
    )


def typed_in(visit: Visit) -> Typed:
    """Return the form as somebody filled it in."""
    return Typed(
        name=visit.form("name"),
        kind=visit.form("kind"),
        url=visit.form("url"),
        grammars=tuple(visit.form_all("grammars")),
        projects=visit.form("projects"),
        description=visit.checked("description"),
        tags=visit.checked("tags"),
        inherit=visit.checked("inherit"),
        first_number=visit.form("first_number"),
        last_number=visit.form("last_number"),
        number_since=visit.form("number_since"),
        pattern=visit.form("pattern"),
        origins=visit.form("origins"),
        aliases=visit.form("aliases"),
    )


def patch_of(typed: Typed, known: Tracker) -> dict[str, Any]:
    """Return what was typed as a merge patch for a tracker; BadRequestError names the field."""
    aliases = _aliases(typed.aliases)
    gone = dict.fromkeys(known.aliases.keys() - aliases.keys())
    return {
        "name": typed.name,
        "kind": typed.kind,
        "url": typed.url,
        "grammars": list(typed.grammars),
        "projects": _words(typed.projects),
        "sources": {
            "description": typed.description,
            "tags": typed.tags,
            "inherit": typed.inherit,
        },
        "number_range": _number_range(typed.first_number, typed.last_number),
        "pattern": typed.pattern or None,
        "origins": _words(typed.origins),
        "aliases": {**gone, **aliases},
        **_number_since(typed.number_since, known),
    }


def _number_range(first: str, last: str) -> list[int] | None:
    if not first and not last:
        return None
    numbers = [
        int(text)
        for text in (first, last)
        if text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER
    ]
    if len(numbers) != len((first, last)):
        raise _wrong("number_range", "two numbers, or neither")
    return numbers


def _number_since(day: str, known: Tracker) -> dict[str, str | None]:
    """Return nothing for the day that is there already: its time of day is not shown."""
    if known.number_since is not None and day == f"{known.number_since:%Y-%m-%d}":
        return {}
    return {"number_since": f"{day}T00:00:00Z" if day else None}


def _aliases(text: str) -> dict[str, str]:
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        match = _ALIAS.fullmatch(line)
        if match is None:
            raise _wrong("aliases", f"{line[:60]!r} is not an old and a new one")
        found[match["old"]] = match["new"]
    return found


def _words(text: str) -> Sequence[str]:
    return [word for word in _APART.split(text) if word]


def _wrong(field: str, reason: str) -> BadRequestError:
    return BadRequestError("The tracker cannot be kept like this.", fields={field: reason})
