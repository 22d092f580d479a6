"""The functions of the app as they are deployed, called as the Functions host calls them."""

from __future__ import annotations

import json
import runpy
from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import azure.functions as func
from msgspec import Struct

from devhost.http_request import read_path, read_query
from devhost.route_templates import Template
from devhost.routes import Route as HostRoute
from devhost.routes import RouteTable
from tests.installation import ROOT

if TYPE_CHECKING:
    from collections.abc import Mapping

HOST = "http://localhost:7071"


class Seen(Struct):
    """What a request was answered with."""

    label: str
    """The method and the template of its route, or of a page its path."""
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join([*(f"{n}: {v}" for n, v in self.headers.items()), self.body.decode()])

    @property
    def json(self) -> dict[str, str]:
        """What the body says."""
        found: dict[str, str] = json.loads(self.body)
        return found


class Form(Struct):
    """A form of a page, as a browser would send it back untouched."""

    action: str
    """Below `/api/`; empty where it leads elsewhere, or is no POST."""
    fields: dict[str, str]
    secrets: list[str]
    """The names of the fields that show dots for what is typed, and that of a certificate."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            is_ours = given.get("method", "").lower() == "post"
            action = given.get("action", "").removeprefix("/api/") if is_ours else ""
            self.forms.append(Form(action, {}, []))
        elif tag in {"input", "textarea", "select"} and given.get("name") and self.forms:
            form, name = self.forms[-1], given["name"]
            form.fields[name] = given.get("value", "")
            is_secret = given.get("type") == "password" or name == "certificate"
            form.secrets += [name] if is_secret else []


def forms_of(html: str) -> list[Form]:
    """Return the forms of a page that send something to us."""
    reader = _Reader()
    reader.feed(html)
    return [form for form in reader.forms if form.action]


class App:
    """All functions, and everything that they ever answered."""

    def __init__(self) -> None:
        app = runpy.run_path(str(ROOT / "function_app.py"))["app"]
        self.seen: list[Seen] = []
        self.readable: list[str] = []
        """The route of every function that answers GET."""
        routes = []
        for function in app.get_functions():
            trigger = function.get_trigger().get_dict_repr()
            if trigger["type"] != "httpTrigger":
                continue
            name, route = function.get_function_name(), trigger["route"]
            methods = frozenset(str(method.value) for method in trigger["methods"])
            target = (route, function.get_user_function())
            routes.append(HostRoute(name, Template(route, prefix="api"), methods, target))
            self.readable += [route] if "GET" in methods else []
        self._routes = RouteTable(routes)

    def call(
        self,
        method: str,
        target: str,
        body: object = None,
        *,
        label: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Seen:
        """Return the answer to a request below `/api/`; a *body* of bytes is sent as it is."""
        parts = urlsplit(f"/api/{target}")
        found = self._routes.find(method, read_path(parts.path))
        assert found is not None, f"no function answers {method} {target}"
        route, function = found.target
        request = func.HttpRequest(
            method,
            f"{HOST}/api/{target}",
            headers={name.lower(): value for name, value in (headers or {}).items()},
            params=read_query(parts.query),
            route_params=found.values,
            body=body if isinstance(body, bytes) else json.dumps(body).encode() if body else b"",
        )
        answer = function(request)
        named = {name.lower(): value for name, value in answer.headers.items()}
        seen = Seen(label or f"{method} {route}", answer.status_code, named, answer.get_body())
        self.seen.append(seen)
        return seen

    def form(self, target: str, fields: Mapping[str, str], *, cookie: str = "") -> Seen:
        """Send a form as a page of the console does."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": HOST,
            "Sec-Fetch-Site": "same-origin",
            "Cookie": cookie,
        }
        label = f"POST {urlsplit(target).path}"
        content = urlencode(fields).encode()
        return self.call("POST", target, content, label=label, headers=headers)
