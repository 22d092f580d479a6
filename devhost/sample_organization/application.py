"""The WSGI application: from a raw request to an organization's answer."""

from __future__ import annotations

import logging
import uuid
from email.utils import format_datetime
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, BinaryIO, cast
from urllib.parse import parse_qsl, unquote

import msgspec

from .api_versions import check_version
from .authentication import SIGN_IN_PAGE, authenticate, git_challenge, token_value
from .calls import Call
from .connection import list_locations
from .exchange import Answer, Query, Request, json_answer
from .git_backend import SERVICES, GitRequest, answer_git
from .pages import page_for
from .refusals import RefusedError, no_such_method, no_such_route, not_authorized
from .routes import IDENTITY_ROUTER, ROUTER
from .routing import Match
from .tokens import CODE, CODE_WRITE, Token

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

    from .organization import Organization

_log = logging.getLogger(__name__)
_NOBODY = "00000000-0000-0000-0000-000000000000"


class Raw(msgspec.Struct, frozen=True):
    """A request before anything of it is believed."""

    method: str
    path: str
    """Still percent-encoded."""
    query: str
    headers: dict[str, str]
    """Lower-case names."""
    body: BinaryIO

    @property
    def segments(self) -> list[str]:
        """The path's segments, decoded once each."""
        return [unquote(part) for part in self.path.split("/") if part]


class Application:
    """Answers for every organization of a server."""

    def __init__(self) -> None:
        self.organizations: list[Organization] = []
        self._activities = count(1)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request, as WSGI asks."""
        raw = _raw(environ)
        organization, rest = self._organization(raw)
        answer = _answer(organization, rest, raw)
        now = format_datetime(organization.clock.now(), usegmt=True)
        activity = str(uuid.UUID(int=next(self._activities)))
        headers = [("Date", now), ("ActivityId", activity), ("X-VSS-E2EID", activity)]
        if answer.content_type:
            headers.append(("Content-Type", answer.content_type))
        headers += answer.headers
        body = [answer.body] if isinstance(answer.body, bytes) else answer.body
        if isinstance(answer.body, bytes) and answer.status != HTTPStatus.NO_CONTENT:
            headers.append(("Content-Length", str(len(answer.body))))
        start_response(_status_line(answer.status), headers)
        return body

    def _organization(self, raw: Raw) -> tuple[Organization, list[str]]:
        """Return the organization that a path names, and what follows its name.

        A path without one is answered for the organization that knows the token.
        """
        segments = raw.segments
        folded = tuple(part.casefold() for part in segments)
        for organization in self.organizations:
            deep = len(organization.mount)
            if folded[:deep] == organization.mount:
                return organization, segments[deep:]
        value = token_value(raw.headers.get("authorization", "")) or ""
        known = (one for one in self.organizations if one.lets_in(value))
        return next(known, self.organizations[0]), segments


def _answer(organization: Organization, rest: list[str], raw: Raw) -> Answer:
    """Answer what follows an organization's name, or a path that names none."""
    named = len(rest) != len(raw.segments)
    if named and "_git" in rest[:2]:
        return _answer_git(organization, rest, raw)
    page = _page(organization, rest, named=named)
    if page is not None:
        return page
    at = next((n for n, part in enumerate(rest[:2]) if part.lower() == "_apis"), None)
    found = None
    if at == 0 or (at == 1 and named):
        if raw.method == "OPTIONS" and at + 1 == len(rest):
            call = Call(raw.method, "", 0, "", raw.path, {})
            return _struck(organization, call, lambda: list_locations(organization))
        found = (ROUTER if named else IDENTITY_ROUTER).find(rest[at + 1 :])
        if found is not None and at == 1:
            found = msgspec.structs.replace(found, values=found.values | {"project": rest[0]})
    return _answer_api(organization, found, raw)


def _page(organization: Organization, rest: list[str], *, named: bool) -> Answer | None:
    """Return what is neither the API nor git: pages for browsers; None for anything else."""
    if named and not rest:
        # What callers ask to learn the organization's tenant before they sign in.
        tenant = ("X-VSS-ResourceTenant", organization.tenant_id)
        is_server = organization.addresses.is_server
        return Answer(HTTPStatus.NOT_FOUND, headers=() if is_server else (tenant,))
    if named and "_workitems" in rest[:2]:
        return page_for(rest)
    return SIGN_IN_PAGE if rest[:1] == ["_signin"] else None


def _answer_api(organization: Organization, match: Match | None, raw: Raw) -> Answer:
    """Answer a call of the REST API, log it, and let the faults at it; None is no route at all."""
    match = match or _NO_ROUTE
    query = Query({k.lower(): v for k, v in parse_qsl(raw.query, keep_blank_values=True)})
    values = match.values
    repository = values.get("repositoryId") or values.get("repositoryNameOrId") or ""

    def answer() -> Answer:
        route = match.routes.get(raw.method)
        if route is None:
            return _without_route(organization, match, raw)
        token = authenticate(organization, raw.headers, method=raw.method, path=raw.path)
        if isinstance(token, Answer):
            return token
        check_version(
            query,
            raw.headers,
            method=raw.method,
            preview_only=route.preview_only,
            behaviour=organization.behaviour,
        )
        _check_token(token, route.scope, is_identity=match.template in _IDENTITY_ONLY)
        request = Request(raw.method, raw.path, values, query, raw.headers, raw.body.read(), token)
        return route.handler(organization, request)

    call = Call(raw.method, match.template, 0, repository, raw.path, query.values)
    return _struck(organization, call, answer)


def _without_route(organization: Organization, match: Match, raw: Raw) -> Answer:
    """Answer for an organization that is listed but will not have the caller, or refuse."""
    if raw.segments and raw.segments[0] in organization.behaviour.other_accounts:
        headers = {"WWW-Authenticate": "TFS-Federated, Bearer"}
        refused = not_authorized(_NOBODY).envelope()
        return json_answer(refused, status=401, headers=headers)
    raise no_such_method(raw.method) if match.routes else no_such_route(raw.path)


_NO_ROUTE = Match("", {}, {})
_IDENTITY_ONLY = frozenset({"profile/profiles/{id}", "accounts"})
"""What a token of one organization does not open."""


def _check_token(token: Token, scope: str, *, is_identity: bool) -> None:
    if scope and not token.may(scope):
        raise not_authorized(token.person.id)
    if is_identity and token.kind == "pat":
        raise not_authorized(token.person.id)


def _answer_git(organization: Organization, rest: list[str], raw: Raw) -> Answer:
    """Answer git; a browser at the same address gets a page."""
    at = rest.index("_git")
    project = rest[0] if at else None
    name, service = rest[at + 1] if len(rest) > at + 1 else "", "/".join(rest[at + 2 :])
    if service not in SERVICES:
        return page_for(rest)
    request = GitRequest(
        method=raw.method, service=service, query=raw.query, headers=raw.headers, body=raw.body
    )

    def answer() -> Answer:
        token = authenticate(organization, raw.headers, method="GET", path=raw.path)
        if isinstance(token, Answer):
            return git_challenge()
        if not token.may(CODE_WRITE if request.is_push else CODE):
            return Answer(403, b"TF401027: You need the Git permission.", "text/plain")
        # A repository that is named like its project is also found without it.
        holder = organization.project(project if project is not None else name)
        is_hidden = token.person.id in organization.behaviour.stakeholders
        repository = None if is_hidden else organization.find_repository(name, holder)
        if repository is None or repository.is_disabled:
            return Answer(404, b"TF401019: The Git repository does not exist.", "text/plain")
        return answer_git(organization, repository, request, person=token.person)

    query = dict(parse_qsl(raw.query))
    call = Call(raw.method, f"_git/{{repositoryId}}/{service}", 0, name, raw.path, query)
    return _struck(organization, call, answer)


def _struck(organization: Organization, call: Call, answer: Callable[[], Answer]) -> Answer:
    """Answer, unless a fault answers instead; log the call with the status that went back."""
    instead, spoilers = organization.faults.strike(
        method=call.method, route=call.route, repository=call.repository
    )
    given = _answered(answer) if instead is None else instead
    for spoil in spoilers:
        given = spoil(given)
    organization.calls.add(msgspec.structs.replace(call, status=given.status))
    return given


def _answered(answer: Callable[[], Answer]) -> Answer:
    """Return the answer, an error envelope for a refusal."""
    try:
        return answer()
    except RefusedError as refused:
        return json_answer(refused.envelope(), status=refused.status)
    except Exception:  # noqa: BLE001 — a mistake of ours is a 500 and a traceback, not a closed line
        _log.exception("The sample organization failed.")
        failed = RefusedError(500, "VssServiceException", "TF400898: An internal error occurred.")
        return json_answer(failed.envelope(), status=failed.status)


def _raw(environ: WSGIEnvironment) -> Raw:
    # The server has decoded PATH_INFO already; names with %2F in them need the raw target.
    target = str(environ.get("REQUEST_URI") or environ["PATH_INFO"])
    path, _, query = target.partition("?")
    headers = {
        name[5:].replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-").lower()] = str(environ[name])
    body = cast("BinaryIO", environ["wsgi.input"])
    return Raw(str(environ["REQUEST_METHOD"]), path, query, headers, body)


def _status_line(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"{status} Unknown"
