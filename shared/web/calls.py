"""A call of a route: who makes it, and what it says, read and checked."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeVar

import msgspec

from shared.access import api_tokens, callers, sessions
from shared.errors import BadRequestError, NotSignedInError
from shared.links import tracker_of
from shared.web.cookies import cookies_of
from shared.web.same_site import check_same_site

if TYPE_CHECKING:
    from collections.abc import Mapping

    import azure.functions as func

    from shared.access.callers import Caller
    from shared.configuration import Scope, Tracker
    from shared.services import Services

T = TypeVar("T")

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""A time in a body: one without a zone would mean another time on another machine."""

PAGE: Final = 50
LONGEST_PAGE: Final = 200
_MOST_BYTES: Final = 1_000_000
_LONGEST_NUMBER: Final = 9
_PATH: Final = re.compile(r"^(?P<text>.*?)(?: - at `\$\.?(?P<path>[^`]*)`)?$", re.DOTALL)
_UNKNOWN_FIELD: Final = re.compile(r"Object contains unknown field `(?P<name>[^`]*)`")
_MISSING_FIELD: Final = re.compile(r"Object missing required field `(?P<name>[^`]*)`")
_BEARER: Final = "bearer "
_SAFE: Final = frozenset({"GET", "HEAD"})
CSRF_HEADER: Final = "x-csrf-token"
"""Where a script of the console shows that it belongs to the session, as forms do in `csrf`."""


class Call:
    """One request to a route, with what the caller shows: an API token, or a session's cookie."""

    def __init__(
        self,
        request: func.HttpRequest,
        services: Services,
        scope: Scope | None,
        *,
        is_for_operators: bool = False,
    ) -> None:
        """Let the caller in, who must have *scope*; an operator's session may be enough as well."""
        self._request = request
        self.services = services
        self._caller = None
        if scope is not None:
            self._caller = _caller(request, services)
            callers.require_scope(self._caller, scope, is_for_operators=is_for_operators)

    @property
    def caller(self) -> Caller:
        """Who calls; only where the route demands a scope."""
        assert self._caller is not None, "the route demands a scope"
        return self._caller

    @property
    def tracker(self) -> Tracker:
        """The tracker that the caller belongs to."""
        tracker = tracker_of(self.services, self.caller.tracker)
        if tracker is None or tracker.table_id != self.caller.table_id:
            raise NotSignedInError("The token's tracker is gone.")
        return tracker

    def path(self, name: str) -> str:
        """Return a part of the path, decoded."""
        return str(self._request.route_params[name])

    def header(self, name: str) -> str:
        """Return a header, or an empty text."""
        return str(self._request.headers.get(name, ""))

    def query(self, name: str) -> str:
        """Return a query parameter, or an empty text."""
        return str(self._request.params.get(name, ""))

    def choices(self, name: str, allowed: tuple[T, ...]) -> tuple[T, ...]:
        """Return a query parameter as a list with commas, in the order of *allowed*."""
        text = self.query(name)
        if not text:
            return allowed
        asked = text.split(",")
        wrong = [choice for choice in asked if choice not in allowed]
        if wrong:
            known = ", ".join(map(str, allowed))
            raise _bad(name, f"{wrong[0][:40]!r} is none of {known}")
        return tuple(choice for choice in allowed if choice in asked)

    def number(self, name: str, *, default: int, most: int) -> int:
        """Return a query parameter as a number from 1 to *most*."""
        text = self.query(name)
        if not text:
            return default
        is_number = text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER
        if not is_number or not 1 <= int(text) <= most:
            raise _bad(name, f"a whole number from 1 to {most}")
        return int(text)

    def limit(self) -> int:
        """Return how much the caller wants on a page."""
        return self.number("limit", default=PAGE, most=LONGEST_PAGE)

    def cursor(self) -> str:
        """Return where the page begins; empty for the first one."""
        text = self.query("cursor")
        return read_cursor(text) if text else ""

    def body(self, kind: type[T]) -> T:
        """Return the body as *kind*; BadRequestError names the field that does not fit."""
        content = self.content()
        try:
            return msgspec.json.decode(content, type=kind)
        except msgspec.ValidationError as error:
            raise wrong_body(error) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise BadRequestError("The body is no JSON.") from error

    def content(self, *, most: int = _MOST_BYTES) -> bytes:
        """Return the body as it came, of *most* bytes."""
        content = self._request.get_body()
        if len(content) > most:
            raise BadRequestError(f"The body is longer than {most:,} bytes.")
        return content

    def merged(self, current: Mapping[str, Any], kind: type[T]) -> T:
        """Return *current* with the body merged into it (RFC 7396), as *kind*."""
        return merged(current, self.body(dict[str, Any]), kind)


def merged(current: Mapping[str, Any], patch: Mapping[str, Any], kind: type[T]) -> T:
    """Return *current* with a merge patch applied (RFC 7396), as *kind*; BadRequestError."""
    try:
        return msgspec.convert(merge(current, patch), kind)
    except msgspec.ValidationError as error:
        raise wrong_body(error) from error


def merge(current: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return *current* with a merge patch applied: null takes a field away."""
    merged = dict(current)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            below = merged.get(name)
            merged[name] = merge(below if isinstance(below, dict) else {}, value)
        else:
            merged[name] = value
    return merged


def in_utc(moment: datetime | None) -> datetime | None:
    """Return the same time in the zone that we store and tell times in."""
    return None if moment is None else moment.astimezone(UTC)


def write_cursor(position: str) -> str:
    """Return an opaque cursor for a position."""
    return base64.urlsafe_b64encode(f"1{position}".encode()).decode().rstrip("=")


def read_cursor(text: str, *, name: str = "cursor") -> str:
    """Return the position of a cursor; BadRequestError for one that we did not make.

    *name* is that of the parameter.
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        position = base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise _bad(name, "it is not one that we gave out") from error
    if not position.startswith("1") or not position.isprintable() or "'" in position:
        raise _bad(name, "it is not one that we gave out")
    return position[1:]


def wrong_body(error: msgspec.ValidationError) -> BadRequestError:
    """Return what is wrong with a body, by field."""
    told = _PATH.match(str(error))
    text, path = (told["text"], told["path"] or "") if told else (str(error), "")
    for form, reason in ((_UNKNOWN_FIELD, "unknown field"), (_MISSING_FIELD, "missing")):
        named = form.fullmatch(text)
        if named:
            path = f"{path}.{named['name']}".lstrip(".")
            text = reason
    return BadRequestError("The body is not as described.", fields={path or "body": text})


def _caller(request: func.HttpRequest, services: Services) -> Caller:
    if any("dvl_" in value for value in request.params.values()):
        raise BadRequestError(
            "A token in a query string ends up in logs and is refused.",
            next_step="Revoke that token, and send a new one in the header Authorization.",
        )
    header = str(request.headers.get("authorization", ""))
    cookie = cookies_of(request).get(sessions.COOKIE, "")
    # A browser adds the cookie by itself; a token is shown on purpose, and counts alone.
    if cookie and not header:
        return _caller_of_session(request, services, cookie)
    if header[: len(_BEARER)].lower() != _BEARER:
        raise NotSignedInError("The request brings no token.")
    token = api_tokens.recognise(services, header[len(_BEARER) :].strip())
    return callers.caller_of_token(token)


def _caller_of_session(request: func.HttpRequest, services: Services, cookie: str) -> Caller:
    session = sessions.find(services, cookie)
    if str(request.method) not in _SAFE:
        check_same_site(request, services)
        sessions.check_csrf(cookie, str(request.headers.get(CSRF_HEADER, "")))
    return callers.caller_of_session(services, session)


def _bad(name: str, reason: str) -> BadRequestError:
    return BadRequestError(f"The parameter {name} cannot be used.", fields={name: reason})
