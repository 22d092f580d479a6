"""An address that service hooks deliver to, answered by the product in this process."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

import azure.functions as func

import webhook_handler
from shared.caching import CachedRecords, CachedSecrets
from shared.services import SECRETS_WITHIN

if TYPE_CHECKING:
    from shared.services import Services


class Listener:
    """Takes deliveries at `url` as another process than the one that rotates passwords.

    What it was told of a webhook it believes as long as any receiver may.
    """

    def __init__(self) -> None:
        self.statuses: Counter[int] = Counter()
        self.services: Services | None = None
        """Until they are set, and while they are None, every delivery is answered with 500."""
        listener = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = listener.answer(self.path, dict(self.headers), body)
                listener.statuses[status] += 1
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://localhost:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        # Asked often whether to stop, so that stopping takes no time.
        serve = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        serve.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def listen_for(self, services: Services) -> None:
        """Answer with the same storage, and with what is remembered of its own."""
        clock = services.clock
        self.services = replace(
            services,
            known_webhooks=CachedRecords(services.webhooks, clock, SECRETS_WITHIN),
            known_secrets=CachedSecrets(services.vault, clock, SECRETS_WITHIN),
        )

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> int:
        """Return the status that a delivery is answered with."""
        if self.services is None:
            return 500
        request = func.HttpRequest(
            "POST",
            f"{self.url}{path}",
            headers=headers,
            route_params={"webhook_id": path.rpartition("/")[2]},
            body=body,
        )
        return int(webhook_handler.handle(request, self.services).status_code)
