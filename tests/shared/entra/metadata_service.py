"""Where an app in App Service gets the tokens of its managed identity, on this machine.

https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
"""

from __future__ import annotations

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    import pytest


class MetadataService:
    """Gives out one text as token; `asked` holds what each request was for."""

    header = "only the app knows this"

    def __init__(self, *, token: str = "token of the identity") -> None:
        self.token = token
        self.status = 200
        self.answer: dict[str, str] | None = None
        self.asked: list[dict[str, str]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked = {name: it[0] for name, it in parse_qs(urlsplit(self.path).query).items()}
                service.asked.append(asked)
                assert self.headers["X-IDENTITY-HEADER"] == service.header
                body = json.dumps(service.answer or service._given(asked["resource"])).encode()
                self.send_response(service.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                del words

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/msi/token"

    def be_found(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Let this process be an app of it."""
        monkeypatch.setenv("IDENTITY_ENDPOINT", self.url)
        monkeypatch.setenv("IDENTITY_HEADER", self.header)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _given(self, resource: str) -> dict[str, str]:
        expires_on = str(int(time.time()) + 86_400)
        return {
            "access_token": self.token,
            "expires_on": expires_on,
            "resource": resource,
            "token_type": "Bearer",
        }
