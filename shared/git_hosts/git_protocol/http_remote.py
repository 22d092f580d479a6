"""A repository over HTTP: git's "smart" protocol, one call to be greeted and one for each request.

https://git-scm.com/docs/http-protocol
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Final, Protocol
from urllib.parse import urlsplit

from shared.errors import UnavailableError
from shared.git_hosts.git_protocol.http_answers import check
from shared.git_hosts.git_protocol.remote import Incoming
from shared.git_hosts.times import read_date

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from datetime import datetime

    from shared.git_hosts.egress import Stream
    from shared.interfaces import Clock

_GREETING: Final = "application/x-git-upload-pack-advertisement"
_RESULT: Final = "application/x-git-upload-pack-result"
_REQUEST: Final = "application/x-git-upload-pack-request"
_HEADERS: Final = {
    # Some servers treat only what looks like git as git.
    "User-Agent": "git/2.0 (Devlinks)",
    "Git-Protocol": "version=2",
    # A pack is packed already, and what unpacks to a thousand times its size is not asked for.
    "Accept-Encoding": "identity",
    "Pragma": "no-cache",
}
_LEFT: Final = 1024


class Streaming(Protocol):
    """What sends requests; see `Sessions`."""

    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> AbstractContextManager[Stream]:
        """Return an answer as soon as it begins; an error of its own for one that is not good."""


class HttpRemote:
    """See Remote. *url* is the one to clone from, without a user name."""

    def __init__(
        self,
        url: str,
        *,
        sessions: Streaming,
        clock: Clock,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        parts = urlsplit(url)
        self.name = f"{parts.netloc.rpartition('@')[2]}{parts.path}"
        self._url = url.rstrip("/")
        self._sessions = sessions
        self.clock = clock
        self._headers = {**_HEADERS, **(headers or {})}

    @contextmanager
    def talk(self, *, until: float) -> Iterator[_Talk]:
        """See Remote.talk."""
        with ExitStack() as open_streams:
            yield _Talk(self, open_streams, until)

    def open(self, request: bytes | None) -> AbstractContextManager[Stream]:
        """Ask for the greeting, or with a *request*."""
        if request is None:
            return self._sessions.stream(
                "GET",
                f"{self._url}/info/refs",
                headers={**self._headers, "Accept": "*/*"},
                params={"service": "git-upload-pack"},
            )
        return self._sessions.stream(
            "POST",
            f"{self._url}/git-upload-pack",
            headers={**self._headers, "Content-Type": _REQUEST, "Accept": _RESULT},
            body=request,
        )


class _Talk:
    """See Conversation."""

    def __init__(self, remote: HttpRemote, open_streams: ExitStack, until: float) -> None:
        self.told_at: datetime | None = None
        self._remote = remote
        self._open = open_streams
        self._until = until
        self._stream: Stream | None = None

    def greeting(self, *, most: int) -> Incoming:
        """See Conversation.greeting."""
        return self._answer(None, _GREETING, most)

    def ask(self, request: bytes, *, most: int) -> Incoming:
        """See Conversation.ask."""
        return self._answer(request, _RESULT, most)

    def _answer(self, request: bytes | None, expected: str, most: int) -> Incoming:
        self._end()
        stream = self._open.enter_context(self._remote.open(request))
        self._stream = stream
        check(stream, expected, name=self._remote.name, clock=self._remote.clock)
        self.told_at = self.told_at or read_date(stream.headers)
        return Incoming(stream.recv, name=self._remote.name, most=most, until=self._until)

    def _end(self) -> None:
        """Read an answer's very end, so that its connection can be used again."""
        if self._stream is not None:
            with suppress(UnavailableError):
                self._stream.recv(_LEFT)
        self._open.close()
