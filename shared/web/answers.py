"""Answers, and what an error looks like to a caller: problem details (RFC 9457) with our codes."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import azure.functions as func
import msgspec
from msgspec import UNSET, Struct, UnsetType

from shared.errors import (
    AdminError,
    BadRequestError,
    ChangedError,
    ConflictError,
    CrossSiteError,
    CursorExpiredError,
    DevlinksError,
    ForeignSignInError,
    GitHostError,
    HooksOnlyError,
    NotSignedInError,
    OperatorError,
    OutOfScopeError,
    ScopeMissingError,
    SenderError,
    ThrottledError,
    UnknownThingError,
    WouldDisconnectError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

JSON: Final = "application/json"
_PROBLEM: Final = "application/problem+json"
_HEADERS: Final[dict[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_encode = msgspec.json.Encoder().encode

_STATUS: Final[tuple[tuple[type[DevlinksError], HTTPStatus], ...]] = (
    (NotSignedInError, HTTPStatus.UNAUTHORIZED),
    (ForeignSignInError, HTTPStatus.FORBIDDEN),
    (CrossSiteError, HTTPStatus.FORBIDDEN),
    (ScopeMissingError, HTTPStatus.FORBIDDEN),
    (OutOfScopeError, HTTPStatus.FORBIDDEN),
    (UnknownThingError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (CursorExpiredError, HTTPStatus.GONE),
    (HooksOnlyError, HTTPStatus.CONFLICT),
    (WouldDisconnectError, HTTPStatus.CONFLICT),
    (SenderError, HTTPStatus.BAD_REQUEST),
    (ChangedError, HTTPStatus.CONFLICT),
    (AdminError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (ThrottledError, HTTPStatus.SERVICE_UNAVAILABLE),
    (GitHostError, HTTPStatus.BAD_GATEWAY),
    (OperatorError, HTTPStatus.SERVICE_UNAVAILABLE),
)
"""The first that fits counts."""


class Problem(Struct, frozen=True):
    """What a caller is told of an error."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """Stable, for programs."""
    next_step: str | UnsetType = UNSET
    fields: dict[str, str] | UnsetType = UNSET
    """Of a bad body: the field → what is wrong with it."""
    count: int | UnsetType = UNSET
    """Of `would_disconnect`: how many repositories."""


class Answer(Struct, frozen=True):
    """What a handler answers, when it is more than a value under 200."""

    value: object = None
    status: int = HTTPStatus.OK
    headers: dict[str, str] = {}


def respond(answer: object) -> func.HttpResponse:
    """Return the HTTP response for what a handler returned."""
    if not isinstance(answer, Answer):
        answer = Answer(answer)
    headers = {**_HEADERS, **answer.headers}
    if answer.value is None:
        return func.HttpResponse(status_code=answer.status, headers=headers)
    body = answer.value if isinstance(answer.value, bytes) else _encode(answer.value)
    return func.HttpResponse(body, status_code=answer.status, headers=headers, mimetype=JSON)


def status_of_error(error: DevlinksError) -> HTTPStatus:
    """Return the status of the answer to a request that failed like this."""
    return next((s for kind, s in _STATUS if isinstance(error, kind)), _UNEXPECTED)


def respond_problem(error: DevlinksError) -> func.HttpResponse:
    """Return the HTTP response for an error."""
    status = status_of_error(error)
    problem = Problem(
        type="about:blank",
        title=status.phrase,
        status=status.value,
        detail=str(error),
        code=error.code,
        next_step=error.next_step or UNSET,
        fields=error.fields or UNSET if isinstance(error, BadRequestError) else UNSET,
        count=error.count if isinstance(error, WouldDisconnectError) else UNSET,
    )
    return func.HttpResponse(
        _encode(problem),
        status_code=status.value,
        headers={**_HEADERS, **_challenge(status)},
        mimetype=_PROBLEM,
    )


def _challenge(status: HTTPStatus) -> Mapping[str, str]:
    return {"WWW-Authenticate": "Bearer"} if status is HTTPStatus.UNAUTHORIZED else {}


_UNEXPECTED: Final = HTTPStatus.INTERNAL_SERVER_ERROR
