"""Boundaries: what may touch a key, and what stands before it.

Only ASCII letters and digits make a key, but the text around it is anyone's: `é` belongs to a
word as much as `e` does, while Chinese or Japanese text has no blanks to set a key off with.
"""

from __future__ import annotations

import re
import string
from typing import Final

WORD: Final = frozenset(string.ascii_letters + string.digits + "_")

_WRITTEN_WITHOUT_BLANKS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
    "\uff66-\uffdc\U00020000-\U0003ffff]"
)
_OPENERS = " \t\r>*#\"'`([{<-+\u2022\u2013\u2014"
_CLOSING_WORDS = frozenset(
    {
        *("close", "closes", "closed", "closing"),
        *("fix", "fixes", "fixed", "fixing"),
        *("resolve", "resolves", "resolved", "resolving"),
        *("implement", "implements", "implemented", "implementing"),
    }
)
_LINE_ENDS = ("", "\n")
_FARTHEST = 24


def touches(character: str) -> bool:
    """Tell whether *character*, beside a key, makes it part of a word; `""` does not."""
    if character.isascii():
        return character.isalnum()
    return character.isalnum() and not _WRITTEN_WITHOUT_BLANKS.match(character)


def word_before(text: str, end: int, longest: int) -> int:
    """Return where the word of ASCII letters, digits and `_` that ends at *end* begins.

    It looks at *longest* characters at most, which keeps the time for a text linear.
    """
    start = end
    floor = max(0, end - longest)
    while start > floor and text[start - 1] in WORD:
        start -= 1
    return start


def project_in(word: str) -> int:
    """Return where in an ASCII *word* the project that ends it begins; -1 when there is none.

    A project begins with a letter and is written in one case: `FEATURE_PAY` is one whole, of
    `8x_PAY` and of `doc_PAY` it is the `PAY`.
    """
    if "_" not in word:
        return 0 if word[:1].isalpha() else -1
    pieces = word.split("_")
    first = len(pieces)
    is_upper = pieces[-1].isupper()
    while (
        first and pieces[first - 1][:1].isalpha() and (pieces[first - 1].isupper() or not is_upper)
    ):
        first -= 1
    if first == len(pieces):
        return -1
    return sum(len(piece) + 1 for piece in pieces[:first])


def before(text: str, start: int) -> tuple[bool, bool]:
    """Tell whether a closing word stands before *start*, and whether nothing does in its line.

    A closing word says that the issue is done with it; brackets, quotes and bullets are nothing.
    """
    if start == 0:
        return False, True
    preceding = text[max(0, start - _FARTHEST) : start].rstrip(_OPENERS)
    if preceding[-1:] in _LINE_ENDS:
        return False, True
    if preceding[-1] == ":":
        preceding = preceding.rstrip(": ")
    word = preceding[preceding.rfind(" ") + 1 :].rpartition("\n")[2]
    return word.lstrip(_OPENERS).lower() in _CLOSING_WORDS, False
