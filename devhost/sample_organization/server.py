"""Listen on loopback, and nowhere else."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING, Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

if TYPE_CHECKING:
    from .application import Application

_BODY_LIMIT = 1 << 30
_THREADS = 16
_SECONDS_TO_STOP = 10


class LoopbackServer:
    """An HTTP server on `localhost`, over IPv4 and, where there is one, IPv6."""

    def __init__(self, application: Application, *, port: int = 0) -> None:
        sockets = _listening(port)
        self.port: int = sockets[0].getsockname()[1]
        self._open: dict[int, Any] = {}
        """Waitress' own table of what is open, by file descriptor."""
        self._server = create_server(
            application,
            map=self._open,
            sockets=sockets,
            threads=_THREADS,
            connection_limit=1_000,
            asyncore_use_poll=True,
            max_request_body_size=_BODY_LIMIT,
            ident=None,
        )
        self._pulling = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="sample-organization", daemon=True)

    @property
    def base(self) -> str:
        """The address without a path."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Wait for the requests that are under way, then close every connection."""
        self._server.task_dispatcher.shutdown(timeout=_SECONDS_TO_STOP)
        if self._thread.ident is None:
            wasyncore.close_all(self._open)
            return
        listener: Any = next(s for s in self._open.values() if isinstance(s, BaseWSGIServer))
        # It is the server's own thread that closes: closed from here, its poll would first have
        # to time out. It must not close before the trigger that wakes it has been pulled.
        with self._pulling:
            listener.trigger.pull_trigger(self._close)
        self._thread.join(timeout=_SECONDS_TO_STOP)

    def _close(self) -> None:
        with self._pulling:
            for channel in list(self._open.values()):
                if isinstance(channel, HTTPChannel):
                    channel.handle_close()  # closes the files of long answers too
            wasyncore.close_all(self._open)

    def _run(self) -> None:
        # The loop meets the sockets that were closed under it once more.
        with contextlib.suppress(OSError):
            self._server.run()


def _listening(port: int) -> list[socket.socket]:
    """Return sockets for the same port of 127.0.0.1 and ::1; OSError if it is taken."""
    first = _bound(socket.AF_INET, "127.0.0.1", port)
    try:
        second = _bound(socket.AF_INET6, "::1", first.getsockname()[1])
    except OSError:
        return [first]
    return [first, second]


def _bound(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
