"""Reads a commit as git keeps it, whatever is wrong with it.

Histories hold commits without an author, without a date, in encodings that nobody knows: each is
read as far as it goes, for one such commit must not keep the others from being indexed.
"""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime
from hashlib import sha1
from typing import Final

from shared.model import EPOCH, Commit, CommitId

_PARENT: Final = b"parent "
_AUTHOR: Final = b"author "
_COMMITTER: Final = b"committer "
_ENCODING: Final = b"encoding "
_SECONDS: Final = re.compile(rb"> *(\d{1,12})(?![^ \n])")
_UTF_8: Final = frozenset({"utf-8", "utf8", "utf_8"})
_NO_CHARACTER_SET: Final = frozenset({"idna", "punycode", "raw-unicode-escape", "unicode-escape"})
"""Encodings of Python that no commit is in, and that take long or give something else."""


def commit_id(content: bytes) -> bytes:
    """Return a commit's SHA-1."""
    header = b"commit %d\x00" % len(content)
    return sha1(header + content, usedforsecurity=False).digest()


def read_commit(found: bytes, content: bytes) -> Commit:
    """Return the commit *content* with the id *found*; one without a date counts as of 1970.

    The date is the committer's, else the author's. The message comes without the line end at its
    end, as lists of commits tell it.
    """
    header, _, message = content.partition(b"\n\n")
    parents: list[CommitId] = []
    author = committer = b""
    encoding = ""
    for line in header.split(b"\n"):
        if line.startswith(_PARENT):
            parents.append(CommitId(line[7:].decode("ascii", "replace")))
        elif line.startswith(_AUTHOR) and not author:
            author = line
        elif line.startswith(_COMMITTER) and not committer:
            committer = line
        elif line.startswith(_ENCODING) and not encoding:
            encoding = line[9:].decode("ascii", "replace").strip().lower()
    return Commit(
        id=CommitId(found.hex()),
        message=_text(message.rstrip(b"\n"), encoding),
        author=_text(author[7:].partition(b"<")[0].strip(), encoding),
        committed_at=_date(committer) or _date(author) or EPOCH,
        parents=tuple(parents),
    )


def _date(line: bytes) -> datetime | None:
    """Return the date of an author's or a committer's line in UTC; its time zone changes nothing.

    None where there is none, as in git, or where it lies beyond the year 9999.
    """
    match = _SECONDS.search(line, line.rfind(b">"))
    if match is None:
        return None
    try:
        return datetime.fromtimestamp(int(match[1]), UTC)
    except (ValueError, OverflowError):
        return None


def _text(content: bytes, encoding: str) -> str:
    """Return *content* as text; what does not fit its encoding becomes `�`."""
    if not encoding or encoding in _UTF_8:
        return content.decode(errors="replace")
    try:
        name = codecs.lookup(encoding).name.replace("_", "-")
        if name in _NO_CHARACTER_SET:
            return content.decode(errors="replace")
        text = content.decode(encoding, errors="replace")
    # An unknown one, one that is not for text, a name that cannot be one.
    except (LookupError, ValueError):
        return content.decode(errors="replace")
    # UTF-7 and the like can hold half of a character, which could not be stored.
    return text.encode(errors="replace").decode()
