"""Find every candidate for an issue key in a text, before any rules are known."""

from __future__ import annotations

import re
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.issue_keys.candidates import Candidate, Form, Found, Source
from shared.issue_keys.grammars import GRAMMARS

if TYPE_CHECKING:
    from shared.issue_keys.candidates import Finder

MOST_CANDIDATES: Final = 2_000
"""Of one grammar in one text."""

_DIGIT = re.compile("[0-9]")
_NOTHING = Found(())
_FINDERS = tuple(finder for grammar in GRAMMARS.values() for finder in grammar.finders)
_START = itemgetter(0)
_Identity = tuple[Form, str, int]


def find(text: str, *, source: Source = Source.MESSAGE, pattern: Finder | None = None) -> Found:
    """Return the candidates of a text, in order of first appearance, each once.

    *pattern* finds what an admin's own pattern describes, beside everything else; its engine is
    the caller's. Of the others, a place belongs to the first who finds something there. The time
    is linear in the length of the text.
    """
    if not _DIGIT.search(text):
        return _NOTHING
    seen: dict[_Identity, Candidate] = {}
    starts: list[int] = []
    taken: set[int] = set()
    is_cut = is_mixed = False
    for finder in (pattern, *_FINDERS) if pattern else _FINDERS:
        limit = len(seen) + MOST_CANDIDATES
        for start, candidate in finder(text, source):
            if finder is not pattern:
                if start in taken:
                    continue
                taken.add(start)
            identity = (candidate.form, candidate.project, candidate.number)
            if identity in seen:
                seen[identity] = _both(seen[identity], candidate)
            elif len(seen) == limit:
                is_cut = True
                break
            else:
                is_mixed = is_mixed or (bool(starts) and start < starts[-1])
                seen[identity] = candidate
                starts.append(start)
    if not is_mixed:
        return Found(tuple(seen.values()), is_cut)
    in_order = sorted(zip(starts, seen.values(), strict=True), key=_START)
    return Found(tuple([candidate for _, candidate in in_order]), is_cut)


def _both(first: Candidate, again: Candidate) -> Candidate:
    """Return the candidate for a key that is written twice in the same form."""
    closes = first.closes or again.closes
    heads_line = first.heads_line or again.heads_line
    if closes == first.closes and heads_line == first.heads_line:
        return first
    return replace(first, closes=closes, heads_line=heads_line)
