"""The grammar of Jira and YouTrack: a project, a dash, a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.issue_keys.candidates import Candidate, Form
from shared.issue_keys.keys import IssueKey
from shared.issue_keys.stop_list import is_stopped

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet
    from datetime import datetime

    from shared.issue_keys.reading import Reading

_VARIANTS = frozenset({Form.TOUCHED, Form.DOTTED, Form.SPACED, Form.GLUED, Form.CONTINUED})


def judge_key(candidate: Candidate, reading: Reading, _at: datetime | None) -> IssueKey | None:
    """Return the issue that a candidate names in this repository, or None."""
    form, project = candidate.form, candidate.project
    if form is Form.BROWSE_URL and not _is_own_page(candidate.origin, reading):
        return None
    if form is Form.GLUED:
        return _unglued(candidate, reading)
    if reading.takes_unlisted and _is_padded(candidate):
        return None
    project = _known(project, _projects_for(candidate, reading))
    if project:
        return IssueKey(project, candidate.number)
    key = IssueKey(candidate.project, candidate.number)
    if key in reading.renamed_keys:
        return key
    return key if reading.takes_unlisted and _may_be_unlisted(candidate, reading) else None


def _projects_for(candidate: Candidate, reading: Reading) -> AbstractSet[str]:
    """Return the projects that count when they are written so."""
    form = candidate.form
    if form is Form.KEY or form is Form.BROWSE_URL:
        return reading.listed
    if form is Form.ANY_CASE:
        return reading.own
    if reading.takes_unlisted and form in _VARIANTS:
        return reading.loose
    return reading.listed if candidate.text.startswith(candidate.project) else reading.own


def _known(project: str, known: AbstractSet[str]) -> str:
    """Return the known project that *project* ends with (`FEATURE_PAY`: `PAY`), or `""`."""
    while project not in known:
        _, underscore, project = project.partition("_")
        if not underscore:
            return ""
    return project


def _is_padded(candidate: Candidate) -> bool:
    """Tell whether the number begins with a zero, as codes of errors do: `ORA-08177`."""
    return "-0" in candidate.text and candidate.form is not Form.BROWSE_URL


def _may_be_unlisted(candidate: Candidate, reading: Reading) -> bool:
    """Tell whether nothing speaks against a project that nobody listed."""
    if candidate.form is not Form.KEY and candidate.form is not Form.BROWSE_URL:
        return False
    project = candidate.project
    return project not in reading.misspelt and not is_stopped(project)


def _is_own_page(origin: str, reading: Reading) -> bool:
    """Tell whether a `browse` URL is of this tracker, as far as is known."""
    return not reading.hosts or origin.partition("/")[0] in reading.hosts


def _unglued(candidate: Candidate, reading: Reading) -> IssueKey | None:
    """Return the issue of `PAY142`, or of `AS7142` where `AS7` is known and `AS` is not."""
    known = _projects_for(candidate, reading)
    project, digits = candidate.project, str(candidate.number)
    for taken in range(len(digits)):
        found = _known(project + digits[:taken], known)
        if found and digits[taken] != "0":
            return IssueKey(found, int(digits[taken:]))
    return None
