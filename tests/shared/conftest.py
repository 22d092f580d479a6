"""A world with an empty sample organization; a server that answers what a test wants."""

from __future__ import annotations

import re
import socketserver
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Protocol

import pytest

from devhost.sample_organization import SampleOrganization
from tests.world import World

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterator
    from pathlib import Path


class Serve(Protocol):
    """Starts a server on loopback; returns its address and the requests that it gets."""

    def __call__(self, talk: Callable[[socket.socket], None]) -> tuple[str, list[bytes]]:
        """Have *talk* answer each request, after which the connection is closed."""


def _request(connection: socket.socket) -> bytes:
    """Return a request with its body, which may come in a packet of its own."""
    content = connection.recv(65_536)
    length = re.search(rb"\r\nContent-Length: (\d+)\r\n", content)
    end = content.find(b"\r\n\r\n") + 4 + int(length[1] if length else 0)
    while len(content) < end and (more := connection.recv(65_536)):
        content += more
    return content


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Return a way to start servers, which are closed at the end."""
    with ExitStack() as running:

        def start(talk: Callable[[socket.socket], None]) -> tuple[str, list[bytes]]:
            heard: list[bytes] = []

            class Handler(socketserver.BaseRequestHandler):
                def handle(self) -> None:
                    heard.append(_request(self.request))
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


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with the project Shop and no repository."""
    with SampleOrganization(tmp_path / "sample") as organization:
        organization.add_project("Shop")
        yield organization


@pytest.fixture
def world(sample: SampleOrganization) -> World:
    return World(sample)
