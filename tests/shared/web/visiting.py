"""A browser without a screen: pages are visited in memory, with cookies and forms."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import azure.functions as func

from admin_console.pages.serving import visit
from admin_console.pages.table import PAGES
from devhost.http_request import read_path, read_query
from shared.access import one_time_codes, sessions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.people import Role
    from shared.services import Services

HOST = "http://localhost:7071"
_TAG = re.compile(r"<[^>]+>")


class Seen:
    """What a visit shows."""

    def __init__(self, response: func.HttpResponse) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.html = response.get_body().decode()

    @property
    def text(self) -> str:
        """What a reader sees, with blanks between."""
        return " ".join(html.unescape(_TAG.sub(" ", self.html)).split())

    @property
    def location(self) -> str:
        """Where the browser is led."""
        return str(self.headers.get("location", ""))


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, services: Services, *, role: Role | None = "admin") -> None:
        """Come as who has *role*, by a one-time code; None: not signed in."""
        self.services = services
        self.cookie = ""
        if role is not None:
            code = one_time_codes.make_code(services, role=role)
            self.cookie = one_time_codes.redeem(services, code).cookie

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> Seen:
        """Load a page below the console: `/integrations`."""
        return self._send("GET", path, b"", headers or {})

    def post(
        self,
        path: str,
        form: Mapping[str, str | Sequence[str]] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        """Send a form as a page of ours does; *headers* are added, an empty one is left out."""
        fields = {"csrf": sessions.csrf_token(self.cookie), **(form or {})}
        sent = {
            "content-type": "application/x-www-form-urlencoded",
            "origin": HOST,
            "sec-fetch-site": "same-origin",
            **(headers or {}),
        }
        return self._send("POST", path, urlencode(fields, doseq=True).encode(), sent)

    def follow(self, seen: Seen) -> Seen:
        """Load the page that the browser is led to."""
        assert seen.status == 303, seen.html
        return self.get(seen.location.removeprefix("/api/console"))

    def _send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Seen:
        parts = urlsplit(f"/api/console{path}")
        request = func.HttpRequest(
            method=method,
            url=f"{HOST}{parts.path}" + (f"?{parts.query}" if parts.query else ""),
            headers={
                **({"cookie": f"{sessions.COOKIE}={self.cookie}"} if self.cookie else {}),
                **{name: value for name, value in headers.items() if value},
            },
            params=read_query(parts.query),
            route_params={"path": read_path(parts.path).removeprefix("/api/console").strip("/")},
            body=body,
        )
        return Seen(visit(request, PAGES, lambda: self.services))
