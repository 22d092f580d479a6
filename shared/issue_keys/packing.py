"""Candidates as one short line of text, as they are stored, and back.

One candidate is one row: `["mk","PAY",142]`. Its first field is a code of one letter each for
source and form, then `!` when a closing word stood before it and `^` when it opens a line. What
can be told from the rest, or is empty, is not written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.json import Decoder, encode

from shared.issue_keys.candidates import Candidate, Form, Source

if TYPE_CHECKING:
    from collections.abc import Iterable

_SOURCES: Final = {
    Source.MESSAGE: "m",
    Source.BRANCH_NAME: "b",
    Source.TITLE: "t",
    Source.SOURCE_BRANCH: "s",
    Source.DESCRIPTION: "d",
    Source.WORK_ITEM: "w",
    Source.ISSUE_URL: "u",
    Source.TAG: "g",
    Source.INHERITED: "i",
    Source.MANUAL: "h",
}
_SOURCES_BY_LETTER = {letter: source for source, letter in _SOURCES.items()}


class _Row(Struct, array_like=True):
    code: str
    project: str
    number: int
    text: str = ""
    origin: str = ""


_DECODER = Decoder(list[_Row])


def pack(candidates: Iterable[Candidate]) -> str:
    """Return *candidates* as one line of text; none are `""`.

    Half of a surrogate pair, which no encoding has a place for, becomes U+FFFD.
    """
    rows = [_row(candidate) for candidate in candidates]
    if not rows:
        return ""
    try:
        return encode(rows).decode()
    except UnicodeEncodeError:
        whole = [[_made_whole(cell) for cell in row] for row in rows]
        return encode(whole).decode()


def unpack(packed: str) -> tuple[Candidate, ...]:
    """Return the candidates of a line that `pack` made; another text raises ValueError."""
    if not packed:
        return ()
    try:
        return tuple([_candidate(row) for row in _DECODER.decode(packed)])
    except (KeyError, IndexError) as error:
        raise ValueError(f"No packed candidates: {packed[:100]!a}") from error


def _row(candidate: Candidate) -> list[str | int]:
    """Return the cells of a candidate, without those at the end that say nothing."""
    code = _SOURCES[candidate.source] + candidate.form
    code += ("!" if candidate.closes else "") + ("^" if candidate.heads_line else "")
    row: list[str | int] = [code, candidate.project, candidate.number]
    text = candidate.text
    if text == _usual_text(candidate.form, candidate.project, candidate.number):
        text = ""
    if text or candidate.origin:
        row.append(text)
    if candidate.origin:
        row.append(candidate.origin)
    return row


def _candidate(row: _Row) -> Candidate:
    form = Form(row.code[1])
    text = row.text or _usual_text(form, row.project, row.number)
    source = _SOURCES_BY_LETTER[row.code[0]]
    marks = row.code[2:]
    return Candidate(
        form, row.project, row.number, text, source, row.origin, "!" in marks, "^" in marks
    )


def _usual_text(form: Form, project: str, number: int) -> str:
    """Return how a candidate of that form is most often written."""
    if form is Form.KEY:
        return f"{project}-{number}"
    if form is Form.ANY_CASE:
        return f"{project.lower()}-{number}"
    if form is Form.WORK_ITEM or form is Form.ATTACHED:
        return f"AB#{number}"
    return f"#{number}"


def _made_whole(cell: str | int) -> str | int:
    if isinstance(cell, int):
        return cell
    return cell.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
