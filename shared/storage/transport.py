"""Carries requests of an azure-core pipeline over sockets that are kept open.

azure-core's own transport goes through requests, which takes many times the processor time of
the exchange itself and gives storage nothing that it needs.
"""

from __future__ import annotations

import json
import threading
import weakref
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final, Self

from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import HttpTransport
from azure.core.rest import HttpRequest, HttpResponse
from azure.core.utils import CaseInsensitiveDict

from shared.storage.sockets import Answer, Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

_REFUSED: Final = 400
_BEHIND_SCHEME: Final = len("https://")


class PooledTransport(HttpTransport[HttpRequest, HttpResponse]):
    """Keeps up to *connections* to each server open and follows no redirect; for any thread."""

    def __init__(self, *, connections: int) -> None:
        self._most = connections
        self._idle: defaultdict[str, list[Connection]] = defaultdict(list)
        self._lock = threading.Lock()
        weakref.finalize(self, _close_all, self._idle)

    def send(self, request: HttpRequest, **options: Any) -> HttpResponse:
        """Return the answer, read to its end.

        ServiceRequestError: nothing was sent. ServiceResponseError: something may have been done.
        """
        del options  # of a single request; ours are the same for all
        url = request.url
        origin = url[: url.index("/", _BEHIND_SCHEME)]
        connection = self._take(origin)
        try:
            connection.open()
        except OSError as error:
            raise ServiceRequestError(str(error), error=error) from error
        try:
            answer = connection.exchange(
                request.method, url[len(origin) :], request.headers, request.content
            )
        except OSError as error:
            raise ServiceResponseError(str(error), error=error) from error
        self._give_back(origin, connection)
        return _ReadResponse(request, answer)

    def open(self) -> None:
        """Open nothing: connections are opened by the first requests."""

    def close(self) -> None:
        """Close every connection that is not in use."""
        with self._lock:
            _close_all(self._idle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _take(self, origin: str) -> Connection:
        """Return the connection that was used last, which is the likeliest to be open."""
        with self._lock:
            idle = self._idle[origin]
            return idle.pop() if idle else Connection(origin)

    def _give_back(self, origin: str, connection: Connection) -> None:
        with self._lock:
            idle = self._idle[origin]
            if connection.is_open and len(idle) < self._most:
                idle.append(connection)
                return
        connection.close()


def _close_all(idle: dict[str, list[Connection]]) -> None:
    for connections in idle.values():
        while connections:
            connections.pop().close()


class _ReadResponse(HttpResponse):
    """A response whose body is in memory."""

    def __init__(self, request: HttpRequest, answer: Answer) -> None:
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
    def headers(self) -> Any:  # names in any letter case, as azure-core wants
        return CaseInsensitiveDict(self._answer.headers)

    @property
    def reason(self) -> str:
        return self._answer.reason

    @property
    def content_type(self) -> str | None:
        return self._answer.headers.get("content-type")

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
        return self._answer.body

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
