"""The browser's round trip to the identity server: begun by a form of ours, ended by one of theirs.

The answer comes as a form, so that its code stands in no address, and with it no cookie of the
console: what it is for, and for whom, was kept when it was begun. Each outcome is a plain page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

import azure.functions as func

from shared.access import sessions, users
from shared.access.auditing import audit
from shared.audit_entries import Actor
from shared.bootstrap import services
from shared.connections import authorizing, granting
from shared.connections.opening import integration_of
from shared.errors import BadRequestError, DevlinksError, SignInRefusedError
from shared.services import ONE_GROUP
from shared.telemetry.beginning import one_operation
from shared.telemetry.lines import log_of
from shared.web.answers import status_of_error
from shared.web.cookies import cookies_of
from shared.web.pages import Redirect, message_page, respond_page
from shared.web.return_paths import return_path
from shared.web.visits import Visit

if TYPE_CHECKING:
    from collections.abc import Callable

    from shared.connections.authorizing import Completed, Way
    from shared.services import Services

blueprint = func.Blueprint()
_MOST_BYTES: Final = 100_000
_MOST_FIELDS: Final = 50
_START: Final = "oauth/start"
_CALLBACK: Final = "oauth/callback"
_log = log_of(__name__)


@blueprint.function_name("begin_oauth")
@blueprint.route(route=_START, methods=["POST"], auth_level=func.AuthLevel.ANONYMOUS)
def begin_oauth(req: func.HttpRequest) -> func.HttpResponse:
    """Lead a browser to the identity server."""
    return answered(begin, req, services)


@blueprint.function_name("end_oauth")
@blueprint.route(route=_CALLBACK, methods=["GET", "POST"], auth_level=func.AuthLevel.ANONYMOUS)
def end_oauth(req: func.HttpRequest) -> func.HttpResponse:
    """Take a browser back from the identity server."""
    return answered(end, req, services)


def begin(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Return the page that leads on; only a page of ours may ask, and for a connection an admin.

    A redirect would be stopped by `form-action`, which holds for where a form leads to as well.
    """
    visit = Visit(req, services, None, parts={})
    purpose = visit.form("purpose")
    if purpose == "connection":
        way = _begin_connection(Visit(req, services, "admin", parts={}))
    elif purpose == "console":
        way = authorizing.begin(services, "console", return_to=return_path(visit.form("return_to")))
    else:
        raise BadRequestError(
            "There is nothing to sign in for.", fields={"purpose": "console or connection"}
        )
    return message_page(
        "Sign in",
        "You are being led to the sign-in page.",
        refresh=way.url,
        headers={"Set-Cookie": authorizing.set_cookie(way)},
    )


def end(req: func.HttpRequest, services: Services) -> func.HttpResponse:
    """Return the way on, once what was begun is completed."""
    answer = _read_answer(req)
    done = authorizing.complete(services, answer, cookies=cookies_of(req))
    known = done.authorization
    if done.person is not None:
        made = users.sign_in(services, done.person)
        cookie = sessions.set_cookie(made.cookie)
    else:
        _accept(services, done)
        cookie = authorizing.forget_cookie(answer["state"])
    return respond_page(Redirect(return_path(known.return_to), {"Set-Cookie": cookie}))


def _begin_connection(visit: Visit) -> Way:
    services = visit.services
    integration = integration_of(services, visit.form("integration"))
    granting.check_offered(services, integration)
    grant = services.grants.get(ONE_GROUP, integration.id)
    asked = visit.form("return_to")
    page = f"/api/console/integrations/{integration.id}/organizations"
    return authorizing.begin(
        services,
        "connection",
        return_to=return_path(asked) if asked else page,
        integration=integration.id,
        by=visit.caller.actor,
        login_hint=grant.value.account if grant else "",
    )


def _accept(services: Services, done: Completed) -> None:
    known = done.authorization
    assert done.granted is not None, "either a person signed in or access was allowed"
    assert known.integration is not None, "access is allowed to an integration"
    users.check_still(services, known.by, "admin")
    granting.accept(services, known.integration, done.granted)
    audit(
        services,
        "connection_authorised",
        by=Actor("user", known.by, known.by_name),
        integration=known.integration,
        detail=done.granted.account,
    )


def _read_answer(req: func.HttpRequest) -> dict[str, str]:
    """Return what the identity server says; SignInRefusedError when it cannot be read.

    A code in an address has been written into logs and the browser's history: it is not used.
    """
    if str(req.method) == "GET":
        told = {str(name): str(value) for name, value in req.params.items()}
        if "code" in told:
            raise SignInRefusedError("The answer came in an address, and is not taken from there.")
        return told
    body = req.get_body()
    try:
        fields = parse_qsl(body[:_MOST_BYTES].decode(), max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise SignInRefusedError("The answer of the identity server cannot be read.") from error
    return dict(fields)


@one_operation()
def answered(
    handle: Callable[[func.HttpRequest, Services], func.HttpResponse],
    req: func.HttpRequest,
    services: Callable[[], Services],
) -> func.HttpResponse:
    """Return the answer to a request; whatever goes wrong becomes a page."""
    try:
        return handle(req, services())
    except DevlinksError as error:
        _log.warning("sign_in_failed code=%s", error.code)
        return _told(error)
    except Exception:  # noqa: BLE001 — the last stop of this trigger
        _log.exception("sign_in_broke")
        return _told(DevlinksError("Something unexpected went wrong; the log tells more."))


def _told(error: DevlinksError) -> func.HttpResponse:
    status = status_of_error(error)
    reasons = "; ".join(getattr(error, "fields", {}).values())
    text = f"{error} {reasons}".rstrip()
    return message_page(status.phrase, text, next_step=error.next_step, status=status)
