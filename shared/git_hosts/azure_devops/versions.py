"""Which api-version a server is asked with: the newest that it serves and that we speak.

It is found by asking: a server refuses a version that is too new and says which it has. That is
kept for the process, and tried anew after a day, since servers are upgraded.
https://learn.microsoft.com/rest/api/azure/devops/#api-and-tfs-version-mapping
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.errors import RefusedError

if TYPE_CHECKING:
    from shared.git_hosts.azure_devops.answers import VersionRefusedError
    from shared.interfaces import Clock

SPOKEN: Final = ("7.1", "7.0", "6.0", "5.1", "5.0", "4.1", "4.0", "3.2", "3.1", "3.0")
"""Released versions, the newest first."""
_BELIEVED_FOR: Final = timedelta(days=1)
_PRODUCTS: Final = (
    ((7, 1), "Azure DevOps Server 2022.1 or later"),
    ((7, 0), "Azure DevOps Server 2022"),
    ((6, 0), "Azure DevOps Server 2020"),
    ((5, 0), "Azure DevOps Server 2019"),
    ((4, 0), "Team Foundation Server 2018"),
    ((3, 0), "Team Foundation Server 2017"),
)


class TooOldError(RefusedError):
    """The server serves no version that we speak, or is none of Azure DevOps."""


class _Found(Struct, frozen=True):
    version: str
    at: datetime
    is_served: bool = False
    """The server has answered to it; else it is the next to be tried."""


class Versions:
    """The versions of all servers that the process has to do with. Usable from several threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._found: dict[str, _Found] = {}

    def of(self, server: str) -> str:
        """Return what to ask a server with; of one that was never asked, the newest."""
        with self._lock:
            return self._known(server).version

    def is_served(self, server: str, version: str) -> bool:
        """Whether a server has answered to *version*, of anything."""
        with self._lock:
            known = self._known(server)
            return known.is_served and known.version == version

    def note_served(self, server: str, version: str) -> None:
        """Take in that a server has answered to *version*."""
        with self._lock:
            known = self._known(server)
            if known.version == version and not known.is_served:
                self._found[server] = replace(known, is_served=True)

    def step_down(self, server: str, asked: str, refused: VersionRefusedError) -> None:
        """Ask a server with an older version from now on, after it refused *asked*.

        TooOldError when it serves none that we speak.
        """
        newest = read_version(refused.newest) or read_version(asked)
        older = [
            version
            for version in SPOKEN
            if read_version(version) < read_version(asked) and read_version(version) <= newest
        ]
        if not older:
            raise TooOldError(
                f"The server is too old, or is no Azure DevOps: {refused}",
                next_step="Upgrade it to Team Foundation Server 2017 or later, or let the "
                "integration live on service hooks alone.",
            ) from refused
        with self._lock:
            # Another thread may have come further down meanwhile.
            if read_version(self._known(server).version) >= read_version(asked):
                self._found[server] = _Found(older[0], self._clock())

    def _known(self, server: str) -> _Found:
        """Return what is known of a server; that of yesterday is forgotten."""
        known = self._found.get(server)
        now = self._clock()
        if known is None or now - known.at > _BELIEVED_FOR:
            return _Found(SPOKEN[0], now)
        return known


def product_of(version: str) -> str:
    """Return how the server's product is called that serves nothing newer than *version*."""
    number = read_version(version)
    return next((name for oldest, name in _PRODUCTS if number >= oldest), "Team Foundation Server")


def read_version(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, which compare as they should; none of an empty one."""
    return tuple(int(part) for part in version.split(".") if part)
