"""How requests leave: over sessions that follow no redirect and read no more than they should."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from msgspec import Struct

from shared.errors import UnavailableError

if TYPE_CHECKING:
    import requests

_CONNECT_SECONDS = 10
_READ_SECONDS = 60
"""A listing of thousands of repositories comes in one answer, and takes its time."""
_MOST_BYTES = 50_000_000
_CHUNK_BYTES = 65_536


class Answer(Struct, frozen=True):
    """An HTTP answer, read to its end."""

    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class Sessions:
    """Sends requests, each thread over connections of its own that are kept open."""

    def __init__(self) -> None:
        self._of_thread = threading.local()

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: dict[str, str],
        params: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Answer:
        """Return the answer whatever its status; UnavailableError when there is none."""
        from requests import RequestException  # noqa: PLC0415 — slow to import

        try:
            with self._session().request(
                method,
                url,
                headers=headers,
                params=params,
                data=body,
                timeout=(_CONNECT_SECONDS, _READ_SECONDS),
                # A redirect would carry our headers to wherever it points.
                allow_redirects=False,
                stream=True,
            ) as response:
                named = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, named, _read(response))
        except RequestException as error:
            reason = type(error).__name__
            raise UnavailableError(f"{_host(url)} did not answer: {reason}.") from error

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._of_thread, "session", None)
        if session is None:
            session = self._of_thread.session = _new_session()
        return session


def _new_session() -> requests.Session:
    from http.cookiejar import DefaultCookiePolicy  # noqa: PLC0415 — slow to import

    import requests  # noqa: PLC0415 — slow to import

    session = requests.Session()
    session.trust_env = False
    # A session of one identity must not be carried into the request of another.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        adapter = requests.adapters.HTTPAdapter(pool_connections=2, pool_maxsize=2)
        session.mount(scheme, adapter)
    return session


def _read(response: requests.Response) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_content(_CHUNK_BYTES):
        size += len(part)
        if size > _MOST_BYTES:
            host = _host(response.url)
            raise UnavailableError(f"{host} sent more than {_MOST_BYTES:,} bytes in one answer.")
        parts.append(part)
    return b"".join(parts)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]
