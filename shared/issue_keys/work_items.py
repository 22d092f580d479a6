"""Work items of Azure Boards: `AB#17`, `Related work items: #12, #17`, and their URLs.

In Azure Repos a completed pull request ends its message with the list of its work items, so the
list alone is nearly all there is to find.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.issue_keys.boundaries import before, touches
from shared.issue_keys.candidates import LONGEST_TEXT, Candidate, Form, Source
from shared.issue_keys.keys import AZURE_BOARDS, IssueKey
from shared.issue_keys.urls import address_before, is_within, organization_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.issue_keys.reading import Reading


_WORK_ITEM = re.compile(r"AB#(?<![0-9A-Za-z_]AB#) ?([1-9][0-9]{0,9})(?![0-9A-Za-z])")
_RELATED = re.compile(r"elated work items?:[ \t]*+((?:#[0-9]+[ \t]*+,?[ \t]*+)++)")
_LISTED = re.compile(r"#([1-9][0-9]{0,9})(?![0-9])")
_WORK_ITEM_URL = re.compile(r"/_workitems/edit/([1-9][0-9]{0,9})(?![0-9A-Za-z])")


def find_work_items(text: str, source: Source) -> Iterator[tuple[int, Candidate]]:
    """Yield the work items that a text names, each with where it begins."""
    if "AB#" in text:
        yield from _marked(text, source)
    if "elated work item" in text:
        for listing in _RELATED.finditer(text):
            for item in _LISTED.finditer(text, listing.start(1), listing.end(1)):
                number = int(item[1])
                yield item.start(), Candidate(Form.RELATED, AZURE_BOARDS, number, item[0], source)
    if "://" in text:
        yield from _addressed(text, source)


def judge_work_item(
    candidate: Candidate, reading: Reading, _at: datetime | None
) -> IssueKey | None:
    """Return the work item that a candidate names, or None if it is another organization's."""
    key = IssueKey(AZURE_BOARDS, candidate.number)
    if not reading.boards:
        return key
    if candidate.origin:
        return key if is_within(organization_of(candidate.origin), reading.boards) else None
    # Of a Server, an organization is known by its collection's name alone.
    is_own = reading.organization in ("", reading.boards.rpartition("/")[2])
    return key if is_own else None


def attached_work_item(number: int) -> Candidate:
    """Return the candidate for a work item that Azure DevOps says is attached to a pull request."""
    return Candidate(Form.ATTACHED, AZURE_BOARDS, number, f"AB#{number}", Source.WORK_ITEM)


def _marked(text: str, source: Source) -> Iterator[tuple[int, Candidate]]:
    for match in _WORK_ITEM.finditer(text):
        start = match.start()
        if touches(text[start - 1 : start]):
            continue
        number = int(match[1])
        closes, _ = before(text, start)
        yield start, Candidate(Form.WORK_ITEM, AZURE_BOARDS, number, match[0], source, "", closes)


def _addressed(text: str, source: Source) -> Iterator[tuple[int, Candidate]]:
    for match in _WORK_ITEM_URL.finditer(text):
        begin, origin = address_before(text, match.start())
        url = text[begin : match.end()][:LONGEST_TEXT]
        number = int(match[1])
        closes, _ = before(text, begin)
        yield (
            begin,
            Candidate(Form.WORK_ITEM_URL, AZURE_BOARDS, number, url, source, origin, closes),
        )
