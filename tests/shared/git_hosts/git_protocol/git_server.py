"""A git server over HTTP for tests: git itself, behind a way in that can be told to misbehave."""

from __future__ import annotations

import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Answerer = Callable[["Asked", "Told"], "Told"]

_CGI = {
    "Content-Type": "CONTENT_TYPE",
    "Git-Protocol": "GIT_PROTOCOL",
    "Content-Length": "CONTENT_LENGTH",
}


class Asked(Struct, frozen=True):
    """A request."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


class Told(Struct, frozen=True):
    """An answer."""

    status: int
    headers: dict[str, str]
    body: bytes
    is_cut: bool = False
    """The connection is closed before all of it was sent."""


class GitServer:
    """Serves the repositories in a folder at `url`; `asked` is what was asked of it."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.highest_version = 2
        self.answer: Answerer = lambda _, told: told
        """What becomes of git's own answer."""
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                server.connections += 1

            def do_GET(self) -> None:
                self._answer(b"")

            def do_POST(self) -> None:
                self._answer(self.rfile.read(int(self.headers["Content-Length"])))

            def _answer(self, body: bytes) -> None:
                path, _, query = self.path.partition("?")
                asked = Asked(self.command, path, query, dict(self.headers), body)
                server.asked.append(asked)
                told = server.answer(asked, server.run(folder, asked))
                self.send_response(told.status)
                for name, value in told.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(told.body) + told.is_cut))
                self.end_headers()
                self.wfile.write(told.body)
                self.close_connection = told.is_cut

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.port = self._server.server_address[1]
        self.url = f"http://localhost:{self.port}"

    def __enter__(self) -> Self:
        # Asked often whether to stop, so that stopping takes no time.
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def run(self, folder: Path, asked: Asked) -> Told:
        """Return what git answers."""
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_CONFIG_NOSYSTEM": "1",
            "HOME": str(folder),
            "GIT_PROJECT_ROOT": str(folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": asked.path,
            "QUERY_STRING": asked.query,
            "REQUEST_METHOD": asked.method,
            "REMOTE_ADDR": "127.0.0.1",
        }
        for header, variable in _CGI.items():
            if header in asked.headers and (header != "Git-Protocol" or self.highest_version > 1):
                environment[variable] = asked.headers[header]
        said = subprocess.run(
            ["git", "http-backend"],
            input=asked.body,
            env=environment,
            capture_output=True,
            check=False,
        ).stdout
        head, _, body = said.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        status = int(headers.pop("Status", "200").split()[0])
        return Told(status, headers, body)
