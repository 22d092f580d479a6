"""Read a request as Kestrel and the host do before a function sees it.

Paths and queries are decoded once; `%2F` stays as it is in a path. Values of a repeated name
are joined by a comma; a query parameter without a value is dropped.
"""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

_ESCAPES = re.compile(r"(?:%[0-9a-fA-F]{2})+")
_SLASH = re.compile(r"(%2[fF])")
_LONE_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")
_KEEP_ESCAPED = "devhost.keep_escaped"
_PATH_CHARACTERS = "!$&'()*+,-./:;=@_~%"


class UnreadableRequestError(ValueError):
    """The request line or a header is not of a form that Kestrel takes: a 400."""


def _keep_escaped(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    return "".join(f"%{byte:02X}" for byte in wrong), error.end


codecs.register_error(_KEEP_ESCAPED, _keep_escaped)


def read_headers(pairs: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """Return the headers by lower-case name, decoded as UTF-8.

    Raises UnreadableRequestError for a value that is no UTF-8.
    """
    headers: dict[str, str] = {}
    try:
        for name, value in pairs:
            _join(headers, name.decode("ascii").lower(), value.decode())
    except UnicodeDecodeError as error:
        raise UnreadableRequestError("a header is no UTF-8") from error
    return headers


def read_path(raw: str) -> str:
    """Return the decoded path without dot segments; bytes that are no UTF-8 stay escaped.

    Raises UnreadableRequestError for a NUL and for what should have been escaped.
    """
    if not raw.isascii():
        raise UnreadableRequestError("the path has a character that is not escaped")
    if "%" not in raw:
        return _without_dots(raw) if "/." in raw else raw
    path = "".join(
        part if _SLASH.fullmatch(part) else _ESCAPES.sub(_unescape, part)
        for part in _SLASH.split(raw)
    )
    if "\0" in path:
        raise UnreadableRequestError("the path has a NUL")
    return _without_dots(path)


def write_path(path: str) -> str:
    """Return the decoded *path* as it stands in the URL that a function sees."""
    return _LONE_PERCENT.sub("%25", quote(path, safe=_PATH_CHARACTERS))


def read_query(raw: str) -> dict[str, str]:
    """Return the parameters; names differ by more than letter case, the first spelling stays."""
    query: dict[str, str] = {}
    spelling: dict[str, str] = {}
    for part in raw.split("&"):
        if part:
            name, _, value = (text.replace("+", " ") for text in part.partition("="))
            name = unquote(name, errors=_KEEP_ESCAPED)
            value = unquote(value, errors=_KEEP_ESCAPED)
            _join(query, spelling.setdefault(name.lower(), name), value)
    return {name: value for name, value in query.items() if value}


def _join(values: dict[str, str], name: str, value: str) -> None:
    # `StringValues.ToString()`: a comma between those that are not empty.
    before = values.get(name)
    values[name] = f"{before},{value}" if before and value else before or value


def _unescape(match: re.Match[str]) -> str:
    return bytes.fromhex(match[0].replace("%", "")).decode(errors=_KEEP_ESCAPED)


def _without_dots(path: str) -> str:
    kept: list[str] = []
    *segments, last = path.split("/")
    for segment in segments:
        if segment == "..":
            if len(kept) > 1:
                kept.pop()
        elif segment != ".":
            kept.append(segment)
    if last == "..":
        kept = kept[:-1] if len(kept) > 1 else kept
        last = ""
    return "/".join([*kept, "" if last == "." else last])
