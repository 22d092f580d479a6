"""The floor: bytes made beforehand over one kept-alive socket, answers read and not parsed."""

from __future__ import annotations

import socket
from typing import Any, Final, Self
from urllib.parse import urlsplit

_SECONDS: Final = 30.0
_CHUNK: Final = 1 << 18
_END_OF_HEAD: Final = b"\r\n\r\n"
_END_OF_CHUNKS: Final = b"0\r\n\r\n"
_OK: Final = range(200, 300)
_NO_CONTENT: Final = 204


class RawConnection:
    """A connection to a server; a context manager."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.hostname is not None, "a server has a name"
        self._socket = socket.create_connection((parts.hostname, parts.port or 80), _SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def exchange(self, request: bytes) -> bytes:
        """Send a request and return the body of the answer; ConnectionError for a refusal."""
        self._socket.sendall(request)
        answer = self._received()
        while (end := answer.find(_END_OF_HEAD)) < 0:
            answer += self._received()
        head, body = answer[:end].lower(), answer[end + len(_END_OF_HEAD) :]
        status = int(head[9:12])
        if status not in _OK:
            raise ConnectionError(f"{status} was answered to {request[:80]!r}")
        at = head.find(b"content-length:")
        if status == _NO_CONTENT:
            return body
        if at >= 0:
            length = int(head[at + 15 :].split(b"\r\n", 1)[0])
            while len(body) < length:
                body += self._received()
        else:
            while not body.endswith(_END_OF_CHUNKS):
                body += self._received()
        return body

    def _received(self) -> bytes:
        received = self._socket.recv(_CHUNK)
        if not received:
            raise ConnectionError("The server closed the connection.")
        return received

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()


def rendered(request: Any) -> bytes:
    """Return the bytes of a request that an azure-core pipeline sent."""
    parts = urlsplit(request.url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    content = request.content or b""
    headers = {"Host": parts.netloc, **request.headers, "Content-Length": str(len(content))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{request.method} {target} HTTP/1.1\r\n{lines}\r\n".encode() + bytes(content)
