"""How values are written for people, and where the files of a page lie."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

STATIC: Final = Path(__file__).parents[2] / "admin_console" / "static"
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def plain(text: object) -> str:
    """Return somebody else's text without what a reader cannot see, or that turns others around."""
    return "".join(
        c if unicodedata.category(c) not in _HIDDEN else "\N{REPLACEMENT CHARACTER}"
        for c in str(text)
    )


def moment(at: datetime | None) -> str:
    """Return a time as people write it, in UTC."""
    return "never" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def machine(at: datetime) -> str:
    """Return a time as programs write it (RFC 3339)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def number(value: int) -> str:
    """Return a number with its thousands apart."""
    return f"{value:,}"


def web(url: str) -> str:
    """Return an address that may be a link; an empty text for any other scheme."""
    return url if urlsplit(url).scheme in {"http", "https"} else ""


@lru_cache(maxsize=64)
def static(name: str) -> str:
    """Return the address of a file of ours, which changes with the file."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/api/console/static/{name}?v={digest}"


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "plain": plain,
    "moment": moment,
    "machine": machine,
    "number": number,
    "web": web,
}
