"""Where a browser may be led after a sign-in: to pages of the console, and nowhere else."""

from __future__ import annotations

import re
from typing import Final

CONSOLE: Final = "/api/console"
_PAGE: Final = re.compile(r"/api/console(?:/[A-Za-z0-9._~-]+)*(?:\?[A-Za-z0-9._~=&%+-]*)?")
"""Letters that no browser reads as anything but a path on this host; not `//`, `\\` or `..`."""


def return_path(wanted: str) -> str:
    """Return *wanted* when it is a page of the console, else the console itself."""
    is_page = _PAGE.fullmatch(wanted) is not None and "/.." not in wanted and "/./" not in wanted
    return wanted if is_page else CONSOLE
