"""Pages for browsers: rendered here, protected by headers, and never kept by anybody.

A page brings no script and no style of its own but those of this origin, so that text of others can
never become either, whatever escapes the escaping.
"""

from __future__ import annotations

from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import azure.functions as func
from msgspec import Struct, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

_FOLDERS: Final = (
    Path(__file__).parent / "templates",
    Path(__file__).parents[2] / "admin_console" / "templates",
)
_HTML: Final = "text/html"
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS: Final[dict[str, str]] = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    # With `no-referrer` browsers send `Origin: null` with our own forms as well.
    # https://fetch.spec.whatwg.org/#append-a-request-origin-header
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
}


class Html(Struct, frozen=True):
    """A page: a template, and what is to be seen in it."""

    template: str
    values: dict[str, Any] = field(default_factory=dict)
    status: int = HTTPStatus.OK
    headers: dict[str, str] = field(default_factory=dict)


class Redirect(Struct, frozen=True):
    """Another page of ours, which the browser loads instead (303)."""

    path: str
    """From the root of the host."""
    headers: dict[str, str] = field(default_factory=dict)


def respond_page(answer: Html | Redirect) -> func.HttpResponse:
    """Return the HTTP response for a page."""
    if isinstance(answer, Redirect):
        assert answer.path.startswith("/"), "a browser is led to ourselves alone"
        assert answer.path[:2] not in {"//", "/\\"}, "which these are not"
        headers = {**HEADERS, "Location": answer.path, **answer.headers}
        return func.HttpResponse(status_code=HTTPStatus.SEE_OTHER, headers=headers)
    text = render(answer.template, answer.values)
    return func.HttpResponse(
        text,
        status_code=answer.status,
        headers={**HEADERS, **answer.headers},
        mimetype=_HTML,
        charset="utf-8",
    )


def message_page(
    title: str,
    text: str,
    *,
    next_step: str = "",
    status: int = HTTPStatus.OK,
    refresh: str = "",
    headers: Mapping[str, str] | None = None,
) -> func.HttpResponse:
    """Return a page that says one thing, to somebody who may not be signed in.

    *refresh* is the address of anywhere that the browser goes on to at once, as after a redirect,
    which `form-action` would not let a form follow.
    """
    values = {"title": title, "text": text, "next_step": next_step, "refresh": refresh}
    return respond_page(Html("message.html", values, status, dict(headers or {})))


def render(template: str, values: Mapping[str, Any]) -> str:
    """Return a template with values in it; all text is escaped."""
    return _environment().get_template(template).render(values)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # noqa: PLC0415 — as needed

    from shared.web.showing import FILTERS, static  # noqa: PLC0415 — as above

    environment = Environment(
        loader=FileSystemLoader(_FOLDERS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    environment.globals["static"] = static
    return environment
