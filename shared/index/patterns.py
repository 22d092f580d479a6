"""An admin's own pattern for issue keys, in an engine that never goes back over a text.

RE2 has neither look-around nor back-references, and needs time that grows with the text alone.
What one search may cost is bounded by the size of the pattern, and all of a text are added up: a
pattern that looks through the rest of a long line after each match finds less, and costs no more.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from shared.errors import BadIssueKeyError
from shared.issue_keys import (
    Candidate,
    Finder,
    Form,
    IssueKey,
    Source,
    id_of_pattern,
    parse_issue_key,
)
from shared.issue_keys.boundaries import before

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LONGEST_PATTERN: Final = 500
LONGEST_SEARCHED: Final = 100_000
"""Of a text, so many characters are looked through."""
_LARGEST_PROGRAM: Final = 2000
"""Instructions that RE2 makes of a pattern: of `[A-Z]+-[0-9]+` nine, of `\\pL+` some 1,200."""
_MOST_STEPS: Final = 400_000_000
"""Characters times instructions, each search counted to the end of its line: about a second."""
_MEMORY: Final = 1 << 18
"""For one pattern; RE2's wrapper keeps the last 128."""
_KEPT: Final = 64
_LONGEST_WRITTEN: Final = 100
_DIGIT: Final = re.compile("[0-9]")
_NAMES: Final = frozenset({"project", "number"})
_HINTS: Final = {
    "invalid perl operator": "; it cannot look ahead or behind, nor keep what it has matched",
    "invalid escape sequence": "; it cannot go back to a group, and has no such class",
}


class _Match(Protocol):
    def group(self, group: int | str = 0, /) -> str | None: ...
    def start(self) -> int: ...
    def end(self) -> int: ...


class _Engine(Protocol):
    groups: int
    groupindex: Mapping[str, int]
    programsize: int

    def finditer(self, text: str, /) -> Iterator[_Match]: ...
    def search(self, text: str, /) -> _Match | None: ...


class PatternError(ValueError):
    """Why a pattern cannot be used, in words for an admin."""


def wrong_with_pattern(pattern: str) -> str:
    """Return why a pattern cannot be used, naming the part and its position; `""`: it can be."""
    try:
        finder_of(pattern)
    except PatternError as error:
        return str(error)
    return ""


@lru_cache(maxsize=_KEPT)
def finder_of(pattern: str) -> Finder:
    """Return what finds the keys that a pattern describes; PatternError when it cannot be used.

    Its groups `project` and `number` make the key, `number` alone a plain one (`#17`). Without
    these its only group, or all that it matches, is the key as somebody would type it: `PAY-142`,
    `AB#17`, `#17`, in any case. What it matches that is no key is passed over. A key lies within a
    line: `^` and `$` are the ends of one.
    """
    engine = _compiled(pattern)
    size, origin = engine.programsize, id_of_pattern(pattern)

    def find_own(text: str, source: Source) -> Iterator[tuple[int, Candidate]]:
        searched = _searchable(text)
        left = _MOST_STEPS
        for begin, line in _lines(searched):
            matches = engine.finditer(line)
            while left > 0 and (match := next(matches, None)) is not None:
                left -= size * (len(line) - match.end())
                key = _key_of(engine, match)
                if key is not None:
                    start = begin + match.start()
                    yield start, _candidate(searched, start, key, _written(engine, match), source)

    def _candidate(text: str, start: int, key: IssueKey, written: str, source: Source) -> Candidate:
        form, shown = Form.OWN_PATTERN, written[:_LONGEST_WRITTEN]
        closes, heads = before(text, start)
        return Candidate(form, key.project, key.number, shown, source, origin, closes, heads)

    return find_own


def _compiled(pattern: str) -> _Engine:
    import re2  # type: ignore[import-untyped]  # noqa: PLC0415 — few trackers have a pattern

    if len(pattern) > LONGEST_PATTERN:
        raise PatternError(f"it is longer than {LONGEST_PATTERN} characters")
    options = re2.Options()
    options.max_mem = _MEMORY
    options.log_errors = False
    try:
        engine: _Engine = re2.compile(pattern, options)
    except UnicodeEncodeError as error:
        raise PatternError("it holds half of a character") from error
    except re2.error as error:
        raise PatternError(_explained(error.args[0].decode(), pattern)) from error
    _check(engine)
    return engine


def _check(engine: _Engine) -> None:
    named = set(engine.groupindex)
    if engine.programsize > _LARGEST_PROGRAM:
        raise PatternError("it is too large: repeat less, or name fewer characters")
    if engine.search("") is not None:
        raise PatternError("it matches an empty text")
    if named & _NAMES:
        if "number" not in named:
            raise PatternError("beside the group project it needs a group number")
        if engine.groups != len(named) or named - _NAMES:
            raise PatternError("beside the groups project and number it may have no other")
    elif engine.groups > 1:
        raise PatternError(
            "it has several groups: name two of them project and number, as in "
            "(?P<number>[0-9]+), and write (?:…) for the others"
        )


def _explained(told: str, pattern: str) -> str:
    """Return what RE2 said of a pattern, with the place of the part that it names."""
    reason, _, part = told.partition(": ")
    position = pattern.find(part) if part and part != pattern else -1
    place = f" at position {position}" if position >= 0 else ""
    named = f" '{part}'" if part else ""
    return f"{reason}{named}{place}{_HINTS.get(reason, '')}"


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines of a text that may hold a key, each with where it begins."""
    begin = 0
    for line in text.split("\n"):
        if _DIGIT.search(line):
            yield begin, line
        begin += len(line) + 1


def _searchable(text: str) -> str:
    """Return as much of a text as is looked through, character by character where it was."""
    text = text[:LONGEST_SEARCHED]
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode()
    return text


def _written(engine: _Engine, match: _Match) -> str:
    is_one_group = engine.groups == 1 and not _NAMES.intersection(engine.groupindex)
    return match.group(int(is_one_group)) or ""


def _key_of(engine: _Engine, match: _Match) -> IssueKey | None:
    if "number" in engine.groupindex:
        project = match.group("project") if "project" in engine.groupindex else ""
        number = match.group("number") or ""
        typed = f"{project}-{number}" if project else f"#{number}"
    else:
        typed = _written(engine, match)
    try:
        return parse_issue_key(typed)
    except BadIssueKeyError:
        return None
