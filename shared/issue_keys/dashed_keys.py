"""Keys with a dash, anywhere in a text: `PAY-142`, and what is like it but is none.

Every `-` before a digit is looked at, backwards for the word and forwards for what touches it.
What can be no key under any rules (identifiers, advisories, dates, versions) is left out here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from shared.issue_keys.boundaries import before, project_in, touches, word_before
from shared.issue_keys.candidates import LONGEST_TEXT, Candidate, Form, Source
from shared.issue_keys.keys import LONGEST_NUMBER
from shared.issue_keys.urls import address_before

if TYPE_CHECKING:
    from collections.abc import Iterator

SMALLEST_IN_ANY_CASE: Final = 100
"""Below it, lower case and a number are a version or a name: `maven-3`, `broker-1`."""
LONGEST_WORD: Final = 64
"""How far back a project and the words glued to it with `_` are read."""

_DASH_AND_NUMBER = re.compile(rf"-(?<=[A-Za-z0-9_]-)[0-9]{{1,{LONGEST_NUMBER}}}+(?![0-9])")
"""What begins with a literal is found fastest."""
_NEXT_ITEM = re.compile(r"[/,&+]([0-9]+)(?![0-9A-Za-z_]|[.-][0-9A-Za-z])")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_COMPACT_DATE = re.compile(r"(?:19|20)[0-9]{2}[01][0-9][0-3][0-9]")
_ISO_DATE = re.compile(r"(?:19|20)[0-9]{2}-[01][0-9]-[0-3][0-9](?![0-9])")
_HEX_DIGITS = "0123456789abcdefABCDEF"
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_UUID_LENGTH = 36
_SHORTEST_HEX_RUN = 4
_SHORTEST_HASH = 7
_ADVISORIES = frozenset({"CVE", "GHSA", "cve", "ghsa"})
_ADVISORY = re.compile(r"(?:GHSA|ghsa)-(?:[0-9a-z]{4}-){0,2}\Z")
"""What stands before the groups of `GHSA-c3w8-vx34-1234`: fifteen characters at most."""
_BROWSE = "/browse/"
_JOINTS = ("/", ",", "&", "+")
_SETS_OFF = frozenset(" \n\t([{-/:,;.#\"'")
"""The commonest of what does not touch a key."""


def find_dashed_keys(text: str, source: Source) -> Iterator[tuple[int, Candidate]]:
    """Yield what is written with a dash, each with where it begins."""
    for match in _DASH_AND_NUMBER.finditer(text):
        dash, end = match.span()
        start = _start(text, dash)
        if start < 0:
            continue
        written = text[start:dash]
        number = int(text[dash + 1 : end])
        form = _form(text, start, written, number, end)
        if form is None:
            continue
        project = written.upper()
        if form is Form.BROWSE_URL:
            yield _browse_url(text, start, end, project, number, source)
            continue
        closes, heads_line = before(text, start)
        key = text[start:end]
        yield start, Candidate(form, project, number, key, source, "", closes, heads_line)
        if text[end : end + 1] in _JOINTS:
            yield from _continued(text, start, end, project, end - dash - 1, source)


def _start(text: str, dash: int) -> int:
    """Return where the project before *dash* begins, or -1 when there is none."""
    start = word_before(text, dash, LONGEST_WORD)
    if start and text[start - 1] not in _SETS_OFF and touches(text[start - 1]):
        if dash - start < LONGEST_WORD:
            return -1
        start = text.find("_", start, dash) + 1 or dash
    offset = project_in(text[start:dash])
    return start + offset if offset >= 0 else -1


def _form(text: str, start: int, written: str, number: int, end: int) -> Form | None:
    """Return how the key between *start* and *end* is written; None for what is never a key."""
    preceding = text[start - 1 : start]
    if preceding == "/" and text.startswith(_BROWSE, max(0, start - len(_BROWSE))):
        return Form.BROWSE_URL if number else None
    is_upper = written.isupper()
    if number < (1 if is_upper else SMALLEST_IN_ANY_CASE):
        return None
    if _is_identifier(text, start, written, end):
        return None
    following = text[end : end + 1]
    if following.isalnum() and touches(following):
        return Form.TOUCHED
    if following == "." and text[end + 1 : end + 2].isdecimal():
        return None if _is_version(number) else Form.DOTTED
    return Form.KEY if is_upper else Form.ANY_CASE


def _is_version(number: int) -> bool:
    """Tell whether a number before a `.` and a digit begins a version: 11.0, 2024.1."""
    return number < SMALLEST_IN_ANY_CASE or _YEAR.fullmatch(str(number)) is not None


def _is_identifier(text: str, start: int, written: str, end: int) -> bool:
    """Tell whether this is part of a UUID, a hash, an advisory's id, a date or a page's anchor."""
    preceding, following = text[start - 1 : start], text[end : end + 1]
    return (
        written in _ADVISORIES
        or (not written.strip(_HEX_DIGITS) and _is_hash(text, start, written, end))
        or (preceding == "-" and _ADVISORY.search(text, max(0, start - 15), start) is not None)
        or (preceding == "#" and written.islower() and text[start - 2 : start - 1].isalnum())
        or (following == "-" and _ISO_DATE.match(text, end - 4) is not None)
        or (not written.isupper() and _COMPACT_DATE.fullmatch(text, end - 8, end) is not None)
    )


def _is_hash(text: str, start: int, written: str, end: int) -> bool:
    """Tell whether hexadecimal digits before a dash are a hash's or a UUID's."""
    if len(written) < _SHORTEST_HEX_RUN:
        return False
    if not written.isalpha() and (written.islower() or len(written) >= _SHORTEST_HASH):
        return True
    return _UUID.search(text, max(0, start - _UUID_LENGTH), end + _UUID_LENGTH) is not None


def _browse_url(
    text: str, start: int, end: int, project: str, number: int, source: Source
) -> tuple[int, Candidate]:
    """Return the candidate of a URL that ends with a key."""
    begin, origin = address_before(text, start - len(_BROWSE))
    url = text[begin:end][:LONGEST_TEXT]
    closes, _ = before(text, begin)
    return begin, Candidate(Form.BROWSE_URL, project, number, url, source, origin, closes)


def _continued(
    text: str, start: int, end: int, project: str, digits: int, source: Source
) -> Iterator[tuple[int, Candidate]]:
    """Yield the further items of `PAY-142/143`: numbers of about as many digits."""
    while item := _NEXT_ITEM.match(text, end):
        if abs(len(item[1]) - digits) > 1 or len(item[1]) > LONGEST_NUMBER:
            return
        end = item.end()
        written = text[start : min(end, start + LONGEST_TEXT)]
        if number := int(item[1]):
            yield item.start(1), Candidate(Form.CONTINUED, project, number, written, source)
