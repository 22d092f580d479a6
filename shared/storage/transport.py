"""Carries requests of an azure-core pipeline over urllib3.

azure-core's own transport goes through requests, which takes twice the processor time of urllib3
for each request and gives storage nothing that it needs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Self

import certifi
import urllib3
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest, HttpResponse
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TIMEOUT: Final = urllib3.Timeout(connect=5, read=15)
_REFUSED: Final = 400
_BEHIND_SCHEME: Final = len("https://")


class PooledTransport(HttpTransport[HttpRequest, HttpResponse]):
    """Keeps up to *connections* to each host open and follows no redirect; for any thread."""

    def __init__(self, *, connections: int) -> None:
        self._manager = urllib3.PoolManager(maxsize=connections, ca_certs=certifi.where())
        self._pools: dict[str, urllib3.HTTPConnectionPool] = {}

    def send(self, request: HttpRequest, **options: Any) -> HttpResponse:
        """Return the answer, read to its end.

        ServiceRequestError: nothing was sent. ServiceResponseError: something may have been done.
        """
        del options  # of a single request; ours are the same for all
        url = request.url
        host = url[: url.index("/", _BEHIND_SCHEME)]
        try:
            answer = self._pool(host).urlopen(
                request.method,
                url[len(host) :],
                body=request.content,
                headers=dict(request.headers),
                redirect=False,
                retries=False,
                timeout=_TIMEOUT,
            )
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise ServiceRequestError(error, error=error) from error
        except HTTPError as error:
            raise ServiceResponseError(error, error=error) from error
        return _ReadResponse(request, answer)

    def open(self) -> None:
        """Open nothing: connections are opened by the first requests."""

    def close(self) -> None:
        """Close every connection."""
        self._manager.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _pool(self, host: str) -> urllib3.HTTPConnectionPool:
        pool = self._pools.get(host)
        if pool is None:
            # Asking the manager each time would parse the address each time.
            pool = self._pools[host] = self._manager.connection_from_url(host)
        return pool


class _ReadResponse(HttpResponse):
    """A response whose body is in memory."""

    def __init__(self, request: HttpRequest, answer: urllib3.BaseHTTPResponse) -> None:
        self._request = request
        self._answer = answer
        self._encoding: str | None = None

    @property
    def request(self) -> HttpRequest:
        return self._request

    @property
    def status_code(self) -> int:
        return self._answer.status

    @property
    def headers(self) -> Any:  # urllib3's find names in any letter case, as azure-core wants
        return self._answer.headers

    @property
    def reason(self) -> str:
        return self._answer.reason or ""

    @property
    def content_type(self) -> str | None:
        return self._answer.headers.get("Content-Type")

    @property
    def is_closed(self) -> bool:
        return True

    @property
    def is_stream_consumed(self) -> bool:
        return True

    @property
    def encoding(self) -> str | None:
        return self._encoding

    @encoding.setter
    def encoding(self, value: str | None) -> None:
        self._encoding = value

    @property
    def url(self) -> str:
        return self._request.url

    @property
    def content(self) -> bytes:
        return self._answer.data

    def text(self, encoding: str | None = None) -> str:
        return self.content.decode(encoding or self._encoding or "utf-8", "replace")

    def json(self) -> Any:
        return json.loads(self.content)

    def raise_for_status(self) -> None:
        if self.status_code >= _REFUSED:
            raise HttpResponseError(response=self)

    def read(self) -> bytes:
        return self.content

    def iter_raw(self, **options: Any) -> Iterator[bytes]:
        del options
        return iter([self.content])

    def iter_bytes(self, **options: Any) -> Iterator[bytes]:
        del options
        return iter([self.content])

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
