"""A server that answers with whatever bytes a test wants, at the pace that it wants."""

from __future__ import annotations

import socketserver
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Protocol

import pytest

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator


class Serve(Protocol):
    """Starts a server on loopback; returns its address and the requests that it gets."""

    def __call__(self, talk: Callable[[socket.socket], None]) -> tuple[str, list[bytes]]:
        """Have *talk* answer each request, after which the connection is closed."""


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a way to start servers, which are closed at the end."""
    with ExitStack() as running:

        def start(talk: Callable[[socket.socket], None]) -> tuple[str, list[bytes]]:
            heard: list[bytes] = []

            class Handler(socketserver.BaseRequestHandler):
                def handle(self) -> None:
                    heard.append(self.request.recv(65_536))
                    with suppress(OSError):  # the caller may have had enough
                        talk(self.request)

            server = running.enter_context(
                socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
            )
            server.daemon_threads = True
            server.block_on_close = False
            running.callback(server.shutdown)
            # Asked often whether to stop, so that stopping takes no time.
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
            return f"http://localhost:{server.server_address[1]}", heard

        yield start
