"""Tells in words why something that looks like an issue key is none by a tracker's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.issue_keys import AZURE_BOARDS, PLAIN_NUMBER, Form
from shared.issue_keys.stop_list import is_stopped

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.configuration import Tracker
    from shared.issue_keys import Candidate, Reading

_OF_WORK_ITEMS: Final = frozenset({Form.WORK_ITEM, Form.RELATED, Form.WORK_ITEM_URL, Form.ATTACHED})
_OF_NUMBERS: Final = frozenset({Form.NUMBER, Form.NUMBER_URL})


class Refused(Struct, frozen=True):
    """What looks like a key and is none."""

    text: str
    """As it is written."""
    why: str
    """The rest of a sentence that begins with the text."""


def refusals(
    candidates: Iterable[Candidate], tracker: Tracker, reading: Reading
) -> tuple[Refused, ...]:
    """Return what keeps *candidates* from being keys, each text and reason once."""
    found = (Refused(one.text, why_not(one, tracker, reading)) for one in candidates)
    return tuple(dict.fromkeys(found))


def why_not(candidate: Candidate, tracker: Tracker, reading: Reading) -> str:
    """Return the reason as the rest of a sentence: `it …`."""
    form, project = candidate.form, candidate.project
    is_own = form is Form.OWN_PATTERN
    if form in _OF_WORK_ITEMS or (is_own and project == AZURE_BOARDS):
        return _no_work_item(candidate, reading)
    if form in _OF_NUMBERS or (is_own and project == PLAIN_NUMBER):
        return _no_number(candidate, reading)
    if form not in reading.judges:
        return "is a key with a project, and the tracker has none"
    if form is Form.BROWSE_URL and reading.hosts:
        host = candidate.origin.partition("/")[0]
        if host not in reading.hosts:
            return "is an address of another tracker"
    return _no_project(candidate, tracker, reading)


def _no_work_item(candidate: Candidate, reading: Reading) -> str:
    if candidate.form not in reading.judges:
        return "is a work item, and work items are no issues of the tracker"
    return "belongs to another organization than the tracker's"


def _no_number(candidate: Candidate, reading: Reading) -> str:
    if candidate.form not in reading.judges:
        return "is a plain number, and these are no issues of the tracker"
    if candidate.form is Form.NUMBER_URL:
        return "is an address of another tracker"
    if reading.number_range is not None:
        smallest, largest = reading.number_range
        if not smallest <= candidate.number <= largest:
            return f"is not between {smallest:,} and {largest:,}"
    return "counts only in what was made since the day that plain numbers count from"


def _no_project(candidate: Candidate, tracker: Tracker, reading: Reading) -> str:
    project = candidate.project
    if tracker.projects:
        if project not in reading.listed:
            return f"is of {project}, which is not in the list of projects"
        return f"counts in this writing only where {project} is a repository's own project"
    if project in reading.misspelt:
        return f"looks like a slip of the pen: hardly anybody writes {project}"
    if is_stopped(project):
        return f"is the name of a standard or the like: {project}"
    is_padded = "-0" in candidate.text
    return (
        "begins with a zero, as error codes do"
        if is_padded
        else f"counts in this writing only where {project} is known to be a project"
    )
