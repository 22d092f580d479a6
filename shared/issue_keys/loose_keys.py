"""Keys without their dash, where people write them so: heads of lines and names of branches.

`PAY_142`, `PAY142`, `PAY 142`, `[PAY- 142]`. Elsewhere such words mean something else (`JAVA 2`,
`UTF8`), and even here only a listed or learned project makes them keys. A line that tells of a
merge holds the name of a branch.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.issue_keys.boundaries import before, project_in, touches
from shared.issue_keys.candidates import BRANCH_SOURCES, LONGEST_TEXT, Candidate, Form, Source
from shared.issue_keys.dashed_keys import LONGEST_WORD, SMALLEST_IN_ANY_CASE
from shared.issue_keys.keys import LONGEST_NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_BRANCH_LINE = 500
_LONGEST_BRANCH_WORD = 300
_NUMBER = rf"(?P<number>[0-9]{{1,{LONGEST_NUMBER}}})(?![0-9A-Za-z_]|\.[0-9])"
_HEAD = (
    r"(?:(?P<merge>Merge |Merged (?:in|branch) |Closes #[0-9]+ from )"
    r"|[ \t>*\"'`(\[{#+\u2022-]{0,12}+(?:Revert \"[(\[]?)?"
    r"(?P<word>[A-Za-z][A-Za-z_]*+(?P<more>[0-9][A-Za-z0-9_]*+)?)"
    rf"(?:(?!-[0-9])(?: ?[:-] ?| ){_NUMBER}|(?(more)|(?!))))"
)
_FIRST_HEAD = re.compile(_HEAD)
_LATER_HEAD = re.compile(r"\n" + _HEAD)
_LOOSE_WORD = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z0-9_]*?[A-Za-z]_?[0-9][A-Za-z0-9_]*+")


def find_loose_keys(text: str, source: Source) -> Iterator[tuple[int, Candidate]]:
    """Yield what is written without a dash, each with where it begins."""
    if source in BRANCH_SOURCES:
        yield from _in_branch(text, 0, len(text), source)
        return
    head = _FIRST_HEAD.match(text)
    if head:
        yield from _at_head(text, head, source)
    for head in _LATER_HEAD.finditer(text):
        yield from _at_head(text, head, source)


def _at_head(text: str, head: re.Match[str], source: Source) -> Iterator[tuple[int, Candidate]]:
    """Yield what a line's head holds."""
    if head["merge"]:
        yield from _in_branch_line(text, head.end(), source)
        return
    start, end = head.span("word")
    if head["number"] is None:
        yield from _in_word(text, start, end, source)
        return
    offset = project_in(text[start:end])
    if offset < 0 or end - start - offset > LONGEST_WORD:
        return
    start += offset
    project, number = text[start:end], int(head["number"])
    if _is_likely(project, number):
        spaced = _candidate(text, Form.SPACED, start, head.end(), project.upper(), number, source)
        yield start, spaced


def _in_branch_line(text: str, start: int, source: Source) -> Iterator[tuple[int, Candidate]]:
    """Yield what a line that tells of a merge holds."""
    farthest = start + _LONGEST_BRANCH_LINE
    end = text.find("\n", start, farthest)
    yield from _in_branch(text, start, end if end >= 0 else farthest, source)


def _in_branch(text: str, start: int, end: int, source: Source) -> Iterator[tuple[int, Candidate]]:
    """Yield what the name of a branch holds, or a line with one in it."""
    for word in _LOOSE_WORD.finditer(text, start, end):
        yield from _in_word(text, word.start(), word.end(), source)


def _in_word(text: str, start: int, end: int, source: Source) -> Iterator[tuple[int, Candidate]]:
    """Yield what is glued together, or joined by `_`, in the word between *start* and *end*."""
    end = min(end, start + _LONGEST_BRANCH_WORD)
    stop = start
    for piece in text[start:end].split("_"):
        stop += len(piece)
        digits = len(piece) - len(piece.rstrip("0123456789"))
        if 0 < digits <= LONGEST_NUMBER:
            project_end = stop - digits - (digits == len(piece))
            candidate = _joined(text, start, max(start, project_end), stop, source)
            if candidate:
                yield stop - len(candidate.text), candidate
        stop += 1


def _joined(text: str, start: int, project_end: int, end: int, source: Source) -> Candidate | None:
    """Return the candidate whose project ends at *project_end* and whose number at *end*."""
    start = max(start, project_end - LONGEST_WORD)
    words = text[start:project_end]
    offset = project_in(words)
    is_glued = text[project_end] != "_"
    if offset < 0 or (is_glued and text[project_end] == "0"):
        # `JBAS014101` is the code of a log message.
        return None
    number = int(text[project_end:end].lstrip("_"))
    following, after = text[end : end + 1], text[end + 1 : end + 2]
    if touches(following) or (following == "." and after.isdecimal()):
        return None
    if following in ("-", "_") and after.isdecimal() and number < SMALLEST_IN_ANY_CASE:
        # `AS7-1121` has a dash; `JAVA_2_8` is a version.
        return None
    project = words[offset:]
    if not _is_likely(project, number):
        return None
    form = Form.GLUED if is_glued else Form.SPACED
    begin = start + offset
    return _candidate(text, form, begin, end, project.upper(), number, source)


def _is_likely(project: str, number: int) -> bool:
    """Tell whether a number can be an issue's, given how the project before it is written."""
    return number >= (1 if project.isupper() else SMALLEST_IN_ANY_CASE)


def _candidate(
    text: str, form: Form, start: int, end: int, project: str, number: int, source: Source
) -> Candidate:
    return Candidate(
        form, project, number, text[start:end][:LONGEST_TEXT], source, "", before(text, start)[0]
    )
