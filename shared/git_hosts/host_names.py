"""Names of hosts as admins write them, brought to the one form that is looked up and compared."""

from __future__ import annotations

import re
from typing import Final

_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?"
_HOST: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})*|[0-9a-f:.]*:[0-9a-f:.]*")


def read_host_name(text: str) -> str:
    """Return a name in ASCII and lower case, an IPv6 address as it is; ValueError for neither."""
    host = text if text.isascii() else text.encode("idna").decode()
    host = host.lower().removesuffix(".")
    if not _HOST.fullmatch(host):
        raise ValueError(text)
    return host
