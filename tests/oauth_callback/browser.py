"""A browser as far as a sign-in needs one: it keeps cookies, and sends them as Chromium does."""

from __future__ import annotations

import html
import re
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlencode, urlsplit

import azure.functions as func

import oauth_callback
from shared.access import one_time_codes, sessions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.people import Role
    from shared.services import Services

    Handle = Callable[[func.HttpRequest, Services], func.HttpResponse]

HOST = "https://links.example.com"
_REFRESH = re.compile(r'http-equiv="refresh" content="0;url=([^"]+)"')
_FORM = "application/x-www-form-urlencoded"


class Page:
    """What a browser gets."""

    def __init__(self, response: func.HttpResponse) -> None:
        self.status = response.status_code
        self.headers = {name.lower(): value for name, value in response.headers.items()}
        self.html = response.get_body().decode()

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return str(self.headers.get("location", ""))

    @property
    def leads_to(self) -> str:
        """Where the page itself leads, at once."""
        found = _REFRESH.search(self.html)
        return html.unescape(found[1]) if found else ""

    @property
    def state(self) -> str:
        """What the identity server will bring back."""
        return parse_qs(urlsplit(self.leads_to).query)["state"][0]


class Browser:
    """One browser, in which somebody with *role* is signed in to the console, or nobody."""

    def __init__(self, services: Services, *, role: Role | None = None) -> None:
        self.services = services
        self.cookies: dict[str, tuple[str, str]] = {}
        """Name → value, and when other sites' forms bring it too."""
        if role is not None:
            made = one_time_codes.redeem(services, one_time_codes.make_code(services, role=role))
            self.cookies[sessions.COOKIE] = (made.cookie, "Lax")

    def start(self, purpose: str, *, headers: Mapping[str, str] | None = None, **form: str) -> Page:
        """Send the form of the console that begins a sign-in."""
        session = self.cookies.get(sessions.COOKIE)
        csrf = {"csrf": sessions.csrf_token(session[0])} if session else {}
        sent = {"origin": HOST, "sec-fetch-site": "same-origin", **(headers or {})}
        fields = {"purpose": purpose, **csrf, **form}
        return self._send(oauth_callback.begin, urlencode(fields).encode(), sent, own=True)

    def come_back(self, **form: str) -> Page:
        """Send the form that the identity server has the browser send."""
        sent = {"origin": "https://login.example", "sec-fetch-site": "cross-site"}
        return self._send(oauth_callback.end, urlencode(form).encode(), sent, own=False)

    def come_back_with(self, body: bytes) -> Page:
        """Send the same as it is."""
        return self._send(oauth_callback.end, body, {}, own=False)

    def load(self, **query: str) -> Page:
        """Load the address that the identity server leads back to."""
        request = func.HttpRequest(
            "GET",
            HOST,
            params=query,
            headers={"cookie": self._cookies(own=False)},
            body=b"",
        )
        return self._page(oauth_callback.end, request)

    def _send(self, handle: Handle, body: bytes, headers: Mapping[str, str], *, own: bool) -> Page:
        sent = {"content-type": _FORM, "cookie": self._cookies(own=own), **headers}
        return self._page(handle, func.HttpRequest("POST", HOST, headers=sent, body=body))

    def _page(self, handle: Handle, request: func.HttpRequest) -> Page:
        page = Page(oauth_callback.answered(handle, request, lambda: self.services))
        kept = SimpleCookie(page.headers.get("set-cookie", ""))
        for name, morsel in kept.items():
            assert morsel["secure"], "Chromium keeps such a cookie only when it is Secure"
            assert morsel["path"] == "/", "as the prefix __Host- demands"
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = (morsel.value, morsel["samesite"])
        return page

    def _cookies(self, *, own: bool) -> str:
        sent = {n: value for n, (value, site) in self.cookies.items() if own or site == "None"}
        return "; ".join(f"{name}={value}" for name, value in sent.items())
