"""A transport that passes requests on and remembers them, to be counted or sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from azure.core.pipeline.transport import HttpTransport

if TYPE_CHECKING:
    from typing import Self


class WatchedTransport(HttpTransport[Any, Any]):
    """Sends by another transport; every try counts as a request."""

    def __init__(self, inner: HttpTransport[Any, Any]) -> None:
        self._inner = inner
        self.requests: list[Any] = []
        self.remembers = True
        """What is remembered takes memory: not while that is measured."""

    def send(self, request: Any, **options: Any) -> Any:
        """Remember a request, and return the answer to it."""
        if self.remembers:
            self.requests.append(request)
        return self._inner.send(request, **options)

    def taken(self) -> list[Any]:
        """Return the requests since this was last asked."""
        taken, self.requests = self.requests, []
        return taken

    def open(self) -> None:
        """Open the other transport."""
        self._inner.open()

    def close(self) -> None:
        """Close the other transport."""
        self._inner.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
