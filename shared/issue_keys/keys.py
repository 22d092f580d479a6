"""Issue keys: what a tracker calls an issue, and how a caller may type one."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

from shared.errors import BadIssueKeyError

AZURE_BOARDS: Final = "AB"
"""The project of every work item: `AB#17`. A Jira project of that name shares it."""
PLAIN_NUMBER: Final = "#"
"""The project of every plain number: `#17`."""
LONGEST_NUMBER: Final = 10
LONGEST_PROJECT: Final = 50

_TYPED = re.compile(
    rf"(?P<project>[A-Za-z](?:[A-Za-z0-9_]{{0,{LONGEST_PROJECT - 2}}}[A-Za-z0-9])?)-"
    rf"(?P<of_project>[0-9]{{1,{LONGEST_NUMBER}}})"
    rf"|(?P<work_item>[Aa][Bb])?#(?P<plain>[0-9]{{1,{LONGEST_NUMBER}}})"
)


class IssueKey(Struct, frozen=True, order=True, gc=False):
    """One issue of a tracker."""

    project: str
    """In upper case; `AB` for a work item of Azure Boards, `#` for a plain number."""
    number: int

    def __str__(self) -> str:
        if self.project == AZURE_BOARDS:
            return f"AB#{self.number}"
        if self.project == PLAIN_NUMBER:
            return f"#{self.number}"
        return f"{self.project}-{self.number}"


def parse_issue_key(text: str) -> IssueKey:
    """Return the key that a caller typed: `pay-007` is `PAY-7`, `ab#17` is `AB#17`.

    Anything else raises BadIssueKeyError: blanks around it, letters and digits beyond ASCII
    (full-width, look-alikes), number 0, more than ten digits, a project over fifty characters.
    """
    typed = _TYPED.fullmatch(text)
    number = int(typed["of_project"] or typed["plain"]) if typed else 0
    if typed is None or number == 0:
        raise BadIssueKeyError(f"{text[:60]!a} is not an issue key.")
    if typed["project"]:
        return IssueKey(typed["project"].upper(), number)
    return IssueKey(AZURE_BOARDS if typed["work_item"] else PLAIN_NUMBER, number)
