"""How requests leave: over sessions that follow no redirect and read no more than they should.

The addresses of the Services are the operator's own and fixed; those of servers that admins name
are called through an `Egress`, which looks at each before it connects.
"""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from msgspec import Struct

from shared.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import requests
    from urllib3 import BaseHTTPResponse

    from shared.git_hosts.dialling import Egress

_CONNECT_SECONDS = 10.0
_READ_SECONDS = 60.0
"""A listing of thousands of repositories comes in one answer, and takes its time."""
_WHOLE_SECONDS = 600.0
"""For an answer that comes drop by drop."""
_MOST_BYTES = 50_000_000
_CHUNK_BYTES = 65_536


class Patience(Struct, frozen=True):
    """For how many seconds a request is waited for."""

    connect: float
    read: float
    """Between any two parts of the answer."""
    whole: float


class CutOffError(UnavailableError):
    """It was reached, and did not answer, or not to the end."""

    def __init__(self, text: str, *, is_late: bool = False) -> None:
        super().__init__(text)
        self.is_late = is_late
        """Nothing came for as long as we wait; else the connection was closed."""


class OversizedError(UnavailableError):
    """It answered, with more than is read."""


class Answer(Struct, frozen=True):
    """An HTTP answer, read to its end."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class Stream:
    """An HTTP answer that is still being read."""

    def __init__(self, response: requests.Response, url: str, *, seconds: float) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        """Names in lower case."""
        self._raw: BaseHTTPResponse = response.raw
        self._url = url
        self._seconds = seconds  # for all of it

    def recv(self, most: int) -> bytes:
        """Return what there is, up to *most* bytes; nothing at the end. CutOffError."""
        from urllib3.exceptions import HTTPError, ReadTimeoutError  # noqa: PLC0415 — as below

        try:
            return self._raw.read1(most, decode_content=True)
        except HTTPError as error:
            text = f"{_host(self._url)} did not answer: {type(error).__name__}."
            raise CutOffError(text, is_late=isinstance(error, ReadTimeoutError)) from error

    def whole(self) -> bytes:
        """Return all of it; OversizedError when there is more than there should be."""
        parts: list[bytes] = []
        size = 0
        until = time.monotonic() + self._seconds
        while part := self.recv(_CHUNK_BYTES):
            size += len(part)
            if size > _MOST_BYTES:
                host = _host(self._url)
                raise OversizedError(f"{host} sent more than {_MOST_BYTES:,} bytes in one answer.")
            if time.monotonic() > until:
                text = f"{_host(self._url)} did not answer: it took too long."
                raise CutOffError(text, is_late=True)
            parts.append(part)
        return b"".join(parts)


class Sessions:
    """Sends requests, each thread over connections of its own that are kept open."""

    def __init__(self, egress: Egress | None = None) -> None:
        """Without *egress*, only addresses that the operator set may be asked for."""
        self._egress = egress
        self._of_thread = threading.local()

    def patience(self) -> Patience:
        """Return how long the next request is waited for; UnavailableError when not at all."""
        return Patience(_CONNECT_SECONDS, _READ_SECONDS, _WHOLE_SECONDS)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        params: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Return the answer whatever its status; UnavailableError when there is none.

        It is a CutOffError where the other side was reached.
        """
        with self.stream(method, url, headers=headers, params=params, body=body) as stream:
            return Answer(stream.status, stream.headers, stream.whole())

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> Iterator[Stream]:
        """Return the same answer as soon as it begins, to be read as it comes."""
        from requests import RequestException  # noqa: PLC0415 — slow to import

        patience = self.patience()
        try:
            response = self._session().request(
                method,
                url,
                headers=headers,
                params=params,
                data=body,
                timeout=(patience.connect, patience.read),
                # A redirect would carry our headers to wherever it points.
                allow_redirects=False,
                stream=True,
            )
        except RequestException as error:
            raise _unavailable(error, url) from error
        with response:
            yield Stream(response, url, seconds=patience.whole)

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = _new_session(self._egress)
        return session


def _new_session(egress: Egress | None) -> requests.Session:
    from http.cookiejar import DefaultCookiePolicy  # noqa: PLC0415 — slow to import

    import requests  # noqa: PLC0415 — slow to import

    from shared.git_hosts.pinning import PinnedAdapter  # noqa: PLC0415 — imports requests

    class NowhereElse(requests.Session):
        """Takes a redirect for an answer like others; else all of it is read, however long."""

        def get_redirect_target(self, resp: requests.Response) -> None:
            del resp

    session = NowhereElse()
    session.trust_env = False
    # A session of one identity must not be carried into the request of another.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        adapter = (
            requests.adapters.HTTPAdapter(pool_connections=2, pool_maxsize=2)
            if egress is None
            else PinnedAdapter(egress)
        )
        session.mount(scheme, adapter)
    return session


def _unavailable(error: requests.RequestException, url: str) -> UnavailableError:
    from requests.exceptions import ReadTimeout  # noqa: PLC0415 — as above
    from urllib3.exceptions import ProtocolError, ReadTimeoutError  # noqa: PLC0415 — as above

    text = f"{_host(url)} did not answer: {type(error).__name__}."
    # What `requests` calls a ConnectionError may be either: what it wraps tells.
    reason = error.args[0] if error.args else None
    is_late = isinstance(error, ReadTimeout) or isinstance(reason, ReadTimeoutError)
    if is_late or isinstance(reason, ProtocolError):
        return CutOffError(text, is_late=is_late)
    return UnavailableError(text)


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]
