"""Check the API version that a request names, as the service does."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from .behaviour import numbers
from .refusals import (
    bad_argument,
    version_is_preview,
    version_missing,
    version_out_of_range,
)

if TYPE_CHECKING:
    from .behaviour import Behaviour
    from .exchange import Query

_VERSION = re.compile(r"(\d{1,2})(?:\.(\d{1,2}))?(-preview(?:\.\d+)?)?\Z")
_IN_ACCEPT = re.compile(r"api-version\s*=\s*([^;,\s]+)")


def check_version(
    query: Query,
    headers: dict[str, str],
    *,
    method: str,
    preview_only: bool,
    behaviour: Behaviour,
) -> None:
    """Refuse a version that is missing from a write, unreadable, too new, or not released."""
    text = query.text("api-version")
    if text is None:
        found = _IN_ACCEPT.search(headers.get("accept", ""))
        text = found[1] if found else None
    if text is None:
        if method != "GET":
            raise version_missing(method)
        return
    parts = _VERSION.match(text)
    if parts is None:
        raise bad_argument(f"The api-version {text!r} is not valid.")
    number = (int(parts[1]), int(parts[2] or 0))
    plain = f"{number[0]}.{number[1]}"
    if number > numbers(behaviour.newest_api_version):
        raise version_out_of_range(plain, behaviour.newest_api_version)
    unreleased = number >= numbers(behaviour.preview_from)
    if (preview_only or unreleased) and parts[3] is None:
        raise version_is_preview(plain)
