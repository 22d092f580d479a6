"""Serves the pages: finds the one that is meant, and makes pages of what goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import azure.functions as func

from admin_console.pages.pages import ROOT
from shared.errors import DevlinksError, NotSignedInError, UnknownThingError
from shared.telemetry.beginning import one_operation
from shared.telemetry.lines import log_of
from shared.web.answers import status_of_error
from shared.web.pages import HEADERS, Redirect, message_page, respond_page
from shared.web.showing import STATIC
from shared.web.visits import Visit

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from admin_console.pages.pages import Page
    from shared.services import Services

_log = log_of(__name__)
_KINDS: Final = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FILES: Final = "public, max-age=31536000, immutable"


def blueprint_of_pages(
    pages: Callable[[], Sequence[Page]], services: Callable[[], Services]
) -> func.Blueprint:
    """Return a blueprint that serves *pages* and the files that they need.

    *services* is called for each request, as that of routes is; *pages* as well.
    """
    blueprint = func.Blueprint()

    def console_page(req: func.HttpRequest) -> func.HttpResponse:
        """Show a page."""
        return visit(req, pages(), services)

    def console_form(req: func.HttpRequest) -> func.HttpResponse:
        """Carry out a form."""
        return visit(req, pages(), services)

    for name, function, route, method in (
        ("console_file", file, "console/static/{name}", "GET"),
        ("console_page", console_page, "console/{*path}", "GET"),
        ("console_form", console_form, "console/{*path}", "POST"),
    ):
        registered = blueprint.route(
            route=route, methods=[method], auth_level=func.AuthLevel.ANONYMOUS
        )(function)
        blueprint.function_name(name)(registered)
    return blueprint


@one_operation()
def visit(
    request: func.HttpRequest, pages: Sequence[Page], services: Callable[[], Services]
) -> func.HttpResponse:
    """Return the page that is asked for; whatever goes wrong is a page as well."""
    path = str(request.route_params.get("path") or "").strip("/")
    try:
        page, parts = _find(str(request.method), path, pages)
        return respond_page(page.handle(Visit(request, services(), page.role, parts=parts)))
    except NotSignedInError as error:
        if str(request.method) == "GET":
            return respond_page(Redirect(f"{ROOT}/sign-in?return_to={quote(_here(request))}"))
        return _told(error)
    except DevlinksError as error:
        return _told(error)
    except Exception:  # noqa: BLE001 — the last stop of this trigger
        _log.exception("page_failed path=%s", path[:100])
        return _told(DevlinksError("Something unexpected went wrong; the log tells more."))


def file(req: func.HttpRequest) -> func.HttpResponse:
    """Return a file of the console: nothing but what lies in its folder."""
    wanted = str(req.route_params["name"])
    found = next((path for path in STATIC.iterdir() if path.name == wanted), None)
    if found is None or found.suffix not in _KINDS:
        return func.HttpResponse(status_code=404, headers=HEADERS)
    return func.HttpResponse(
        found.read_bytes(),
        headers={**HEADERS, "Cache-Control": _FILES},
        mimetype=_KINDS[found.suffix],
        charset="utf-8",
    )


def _find(method: str, path: str, pages: Sequence[Page]) -> tuple[Page, dict[str, str]]:
    for page in pages:
        match = page.pattern.fullmatch(path) if page.method == method else None
        if match is not None:
            return page, match.groupdict()
    raise UnknownThingError("There is no such page.", next_step="Go to the dashboard.")


def _told(error: DevlinksError) -> func.HttpResponse:
    status = status_of_error(error)
    return message_page(status.phrase, str(error), next_step=error.next_step, status=status)


def _here(request: func.HttpRequest) -> str:
    parts = urlsplit(str(request.url))
    return parts.path + (f"?{parts.query}" if parts.query else "")
