"""The cookies that a browser sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import azure.functions as func


def cookies_of(request: func.HttpRequest) -> dict[str, str]:
    """Return cookies by name; of two with one name the first, which is that of the longest path.

    Blanks and tabs alone may stand around a pair: browsers protect the prefix `__Host-` of names
    that begin with it, and not of those that begin with another space, which other hosts may set.
    """
    found: dict[str, str] = {}
    for part in str(request.headers.get("cookie", "")).split(";"):
        name, _, value = part.strip(" \t").partition("=")
        found.setdefault(name, value)
    return found
