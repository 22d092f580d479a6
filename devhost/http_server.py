"""Serve a WSGI application on loopback, and stop without cutting off an answer.

waitress reads and writes in one thread and runs the application in others.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, get_header_lines
from waitress.server import BaseWSGIServer, TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

from devhost.errors import PortTakenError
from devhost.http_front import RAW_HEADERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from wsgiref.types import WSGIApplication, WSGIEnvironment

_TRIES = 20
"""For a port that is free over both IPv4 and IPv6."""
BODY_LIMIT = 100 * 1024 * 1024
"""The platform's limit; a longer body is a 413."""
_logger = logging.getLogger("devhost.http")


class _Parser(HTTPRequestParser):
    """Keeps the headers as they came."""

    raw_headers: Sequence[tuple[bytes, bytes]] = ()

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        lines = get_header_lines(header_plus.partition(b"\r\n")[2])
        self.raw_headers = [
            (name, value.strip(b" \t")) for name, _, value in (it.partition(b":") for it in lines)
        ]


class _Task(WSGITask):
    """Hands them to the application."""

    def get_environment(self) -> WSGIEnvironment:
        environ = super().get_environment()
        environ[RAW_HEADERS] = cast("_Parser", self.request).raw_headers
        return environ


class _Channel(HTTPChannel):
    parser_class = _Parser
    task_class = _Task


def open_sockets(port: int) -> list[socket.socket]:
    """Return sockets bound to 127.0.0.1 and, where there is one, [::1]; port 0 is any free one.

    Both, because another program on [::1] would otherwise get what is meant for localhost.
    Raises PortTakenError.
    """
    for _ in range(_TRIES if port == 0 else 1):
        sockets = []
        try:
            sockets.append(socket.create_server(("127.0.0.1", port)))
            with suppress(_NoIpv6Error):
                sockets.append(_open_ipv6(sockets[0].getsockname()[1]))
        except OSError as error:
            close_sockets(sockets)
            failure = error
        else:
            return sockets
    raise PortTakenError(port, reason=os.strerror(failure.errno or 0)) from failure


def close_sockets(sockets: Iterable[socket.socket]) -> None:
    """Close sockets; may be done again."""
    for opened in sockets:
        opened.close()


class _NoIpv6Error(Exception):
    pass


def _open_ipv6(port: int) -> socket.socket:
    try:
        probe = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except (OSError, ValueError) as error:
        raise _NoIpv6Error from error
    probe.close()
    return socket.create_server(("::1", port), family=socket.AF_INET6)


class HttpServer:
    """Serves *application* from `start` to `stop`."""

    def __init__(
        self, application: WSGIApplication, *, sockets: Sequence[socket.socket], threads: int
    ) -> None:
        self._application = application
        self._sockets = sockets
        self._threads = threads
        # The stubs say sockets; the values are channels, servers and triggers.
        self._map: dict[int, socket.socket] = {}
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin to answer."""
        adjustments = Adjustments(
            threads=self._threads,
            max_request_body_size=BODY_LIMIT + 1,
            connection_limit=2000,
            backlog=1024,
            asyncore_use_poll=True,
            ident=None,
            sockets=list(self._sockets),
        )
        self._tasks = ThreadedTaskDispatcher()
        self._tasks.set_thread_count(self._threads)
        self._servers = [self._listen(it, adjustments) for it in self._sockets]
        self._thread = threading.Thread(target=self._loop, name="http", daemon=True)
        self._thread.start()

    def stop(self, *, within: float) -> None:
        """Take no new request, wait up to *within* seconds for those under way, close."""
        self._stopping.set()
        self._servers[0].pull_trigger()
        self._thread.join()
        deadline = time.monotonic() + within
        while self._is_busy() and time.monotonic() < deadline:
            self._poll(timeout=0.05)
        if self._is_busy():
            _logger.warning("Requests under way were cut off.")
        self._tasks.shutdown(timeout=1)
        wasyncore.close_all(self._map)

    def _listen(self, listening: socket.socket, adjustments: Adjustments) -> BaseWSGIServer:
        server = TcpWSGIServer(
            self._application,
            map=self._map,
            _sock=listening,
            dispatcher=self._tasks,
            adj=adjustments,
            sockinfo=(
                listening.family,
                listening.type,
                listening.proto,
                listening.getsockname(),
            ),
            bind_socket=False,
        )
        server.channel_class = _Channel
        return server

    def _loop(self) -> None:
        while not self._stopping.is_set():
            self._poll(timeout=1)
        for server in self._servers:
            # Not server.close(): that ends the trigger with which answers are flushed.
            wasyncore.dispatcher.close(server)

    def _poll(self, *, timeout: float) -> None:
        wasyncore.loop(timeout=timeout, use_poll=True, map=self._map, count=1)

    def _is_busy(self) -> bool:
        return bool(
            self._tasks.active_count
            or self._tasks.queue
            or any(
                isinstance(it, HTTPChannel) and (it.requests or it.total_outbufs_len)
                for it in list(self._map.values())
            )
        )
