"""An address that keeps what service hooks deliver to it, as it was sent."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Self

import msgspec

from devhost.sample_organization.hooks.events import FILTERS, RESOURCE_VERSIONS
from devhost.sample_organization.hooks.subscriptions import Subscription

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization


class Recorder:
    """Keeps the bodies that a sample organization delivers; a context manager."""

    def __init__(self, sample: SampleOrganization) -> None:
        self._sample = sample
        self._bodies: list[bytes] = []
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                recorder._bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False

    def __enter__(self) -> Self:
        serve = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        serve.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def listen(self) -> None:
        """Have everything told from now on, as somebody does who sets up hooks by hand."""
        organization = self._sample.organization
        owner, now = self._sample.person("Team lead"), self._sample.clock.now()
        url = f"http://localhost:{self._server.server_address[1]}/"
        for number, event_type in enumerate(FILTERS):
            organization.subscriptions.put(
                Subscription(
                    id=organization.new_id("by hand", number),
                    event_type=event_type,
                    resource_version=RESOURCE_VERSIONS[event_type],
                    publisher_inputs={},
                    consumer_inputs={"url": url},
                    created_by=owner,
                    created_at=now,
                    modified_by=owner,
                    modified_at=now,
                )
            )

    def take(self) -> list[dict[str, Any]]:
        """Return what was delivered since the last time, in the order in which it happened."""
        self._sample.wait_for_deliveries()
        bodies = [msgspec.json.decode(body) for body in self._bodies]
        self._bodies.clear()
        return sorted(bodies, key=lambda body: str(body["createdDate"]))
