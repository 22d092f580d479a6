"""One kept-alive HTTP/1.1 exchange after another with a storage service, over one socket.

Head and body leave in one write, and httptools reads what comes back. A general client does both
in more pieces, which takes longer than everything else that a webhook waits for.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from functools import cache
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import certifi
import httptools
from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECT_SECONDS: Final = 5.0
_READ_SECONDS: Final = 15.0
_TRUSTED_FOR: Final = 1.0
"""A socket that was used less than so many seconds ago is not asked whether it is still open."""
_RECEIVED_AT_ONCE: Final = 1 << 16
_FINAL: Final = 200
"""Below it, the answer itself is still to come."""


class BrokenAnswerError(OSError):
    """What came back is no answer, or not all of one."""


class Answer(Struct, frozen=True):
    """What a service answered; header names are in lower case."""

    status: int
    reason: str
    headers: dict[str, str]
    body: bytes


class Connection:
    """A socket to one server, opened by the first exchange. Not for two threads at once."""

    def __init__(self, origin: str) -> None:
        parts = urlsplit(origin)
        self._is_secure = parts.scheme == "https"
        self._address = parts.hostname or "", parts.port or (443 if self._is_secure else 80)
        self._host = parts.netloc
        self._socket: socket.socket | None = None
        self._used_at = 0.0

    def open(self) -> None:
        """Open the socket unless it is open; OSError when nobody answers there."""
        if self._socket is not None and self._was_closed(self._socket):
            self.close()
        if self._socket is None:
            opened = socket.create_connection(self._address, _CONNECT_SECONDS)
            try:
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                if self._is_secure:
                    opened = _trust().wrap_socket(opened, server_hostname=self._address[0])
                opened.settimeout(_READ_SECONDS)
            except BaseException:
                opened.close()
                raise
            self._socket = opened

    def exchange(
        self, method: str, target: str, headers: Mapping[str, str], body: bytes | None
    ) -> Answer:
        """Return the answer to a request; OSError when there is none, and then it is closed.

        The connection must be open. ValueError: a header would be more than one.
        """
        content = body or b""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self._host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if "Content-Length" not in headers and (content or method != "GET"):
            lines.append(f"Content-Length: {len(content)}")
        text = "\r\n".join([*lines, "", ""])
        if not text.count("\r") == text.count("\n") == len(lines) + 1:
            raise ValueError("A header of a request to storage has a line break.")
        head = text.encode("latin-1")
        assert self._socket is not None, "the connection was opened"
        try:
            self._socket.sendall(head + content)
            answer = self._read(self._socket)
        except BaseException:
            self.close()
            raise
        self._used_at = time.monotonic()
        return answer

    @property
    def is_open(self) -> bool:
        """Whether another exchange may follow."""
        return self._socket is not None

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    def _was_closed(self, opened: socket.socket) -> bool:
        """Tell whether the other side ended it while nothing was asked of it."""
        if time.monotonic() - self._used_at < _TRUSTED_FOR:
            return False
        readable, _, _ = select.select([opened], [], [], 0)
        return bool(readable)

    def _read(self, opened: socket.socket) -> Answer:
        reader = _Reader()
        parser = httptools.HttpResponseParser(reader)
        while not (reader.is_done and parser.get_status_code() >= _FINAL):
            received = opened.recv(_RECEIVED_AT_ONCE)
            if not received:
                raise BrokenAnswerError("The answer ended too early.")
            try:
                parser.feed_data(received)
            except httptools.HttpParserError as error:
                raise BrokenAnswerError(f"That is no answer: {error}.") from error
        # The parser itself tells only until the end of the answer, and has forgotten now.
        is_last = reader.headers.get("connection", "").lower() == "close"
        if is_last or parser.get_http_version() != "1.1":
            self.close()
        body = b"".join(reader.parts)
        return Answer(parser.get_status_code(), reader.reason, reader.headers, body)


class _Reader:
    """Keeps what httptools reads of one answer, whose length the service has to tell."""

    def __init__(self) -> None:
        self.on_message_begin()

    def on_message_begin(self) -> None:
        self.reason = ""
        self.headers: dict[str, str] = {}
        self.parts: list[bytes] = []
        self.is_done = False

    def on_status(self, status: bytes) -> None:
        self.reason += status.decode("latin-1")

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_body(self, body: bytes) -> None:
        self.parts.append(body)

    def on_message_complete(self) -> None:
        self.is_done = True


@cache
def _trust() -> ssl.SSLContext:
    """Return whom to trust; reading the certificates takes longer than using them."""
    return ssl.create_default_context(cafile=certifi.where())
