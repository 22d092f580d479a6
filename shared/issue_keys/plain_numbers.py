"""Plain numbers: `#17`, as Redmine, Trac and most git hosts write it.

The commonest `#17` is a pull request, so what is plainly one is left out here, and the rest
counts only in trackers that ask for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.issue_keys.boundaries import before, touches
from shared.issue_keys.candidates import LONGEST_TEXT, Candidate, Form, Source
from shared.issue_keys.keys import PLAIN_NUMBER, IssueKey
from shared.issue_keys.urls import address_before, is_within

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from shared.issue_keys.reading import Reading

_NUMBER = re.compile(
    r"#(?<![0-9A-Za-z_/&#]#)"  # not `o/r#12`, `&#39;`, `##12`; a literal in front is found fastest
    r"(?<!PR #)(?<!MR #)(?<!PR: #)(?<!ull [Rr]equest #)(?<!erge [Rr]equest #)"
    r"([1-9][0-9]{0,9})"
    r"(?![0-9A-Za-z]|\.[0-9]| from [^\s/]{1,80}/)"  # not `#12ab`, `#1.2`, `#12 from me/fix`
)
_NUMBER_URL = re.compile(r"/(?:issues|ticket)/([1-9][0-9]{0,9})(?![0-9A-Za-z])")
_FARTHEST = 24
_COLOUR = re.compile(r"(?:colou?r|background|fill|stroke|border)[a-z-]*[\"']?[:= \"']+\Z")
_COLOUR_LENGTHS = (3, 6, 8)


def find_plain_numbers(text: str, source: Source) -> Iterator[tuple[int, Candidate]]:
    """Yield the plain numbers of a text, each with where it begins."""
    for match in _NUMBER.finditer(text):
        start, end = match.span()
        if not _is_something_else(text, start, end):
            closes, _ = before(text, start)
            number = int(match[1])
            yield start, Candidate(Form.NUMBER, PLAIN_NUMBER, number, match[0], source, "", closes)
    if "://" in text:
        yield from _addressed(text, source)


def judge_plain_number(
    candidate: Candidate, reading: Reading, at: datetime | None
) -> IssueKey | None:
    """Return the issue that a candidate names in this repository, or None."""
    if candidate.form is Form.NUMBER_URL:
        is_own = reading.address and is_within(candidate.origin, reading.address)
        return IssueKey(PLAIN_NUMBER, candidate.number) if is_own else None
    if reading.number_range:
        smallest, largest = reading.number_range
        if not smallest <= candidate.number <= largest:
            return None
    if reading.number_since and (at is None or at < reading.number_since):
        return None
    return IssueKey(PLAIN_NUMBER, candidate.number)


def _is_something_else(text: str, start: int, end: int) -> bool:
    """Tell whether a word in another script touches it, or it is a colour."""
    if not text.isascii() and (touches(text[start - 1 : start]) or touches(text[end : end + 1])):
        return True
    if end - start - 1 not in _COLOUR_LENGTHS:
        return False
    return _COLOUR.search(text, max(0, start - _FARTHEST), start) is not None


def _addressed(text: str, source: Source) -> Iterator[tuple[int, Candidate]]:
    for match in _NUMBER_URL.finditer(text):
        begin, origin = address_before(text, match.start())
        if origin:
            written = text[begin : match.end()][:LONGEST_TEXT]
            number = int(match[1])
            yield begin, Candidate(Form.NUMBER_URL, PLAIN_NUMBER, number, written, source, origin)
