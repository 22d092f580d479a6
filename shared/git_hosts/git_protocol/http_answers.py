"""What an answer over HTTP means that is not the one of a git server that was hoped for."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from shared.errors import (
    DevlinksError,
    ForbiddenError,
    MissingError,
    RefusedError,
    SignedOutError,
    ThrottledError,
    UnavailableError,
)
from shared.git_hosts.times import USUAL_PAUSE, read_pause

if TYPE_CHECKING:
    from datetime import datetime

    from shared.git_hosts.egress import Stream
    from shared.interfaces import Clock

_SIGN_IN: Final = ("signin", "sign_in", "sign-in", "login")
"""In the address that a server redirects to who is not signed in."""
_ASKED_FOR: Final = "/info/refs"
"""What is asked for below the address of a repository, and redirected with it."""
_SHOWN: Final = 100


def check(stream: Stream, expected: str, *, name: str, clock: Clock) -> None:
    """Return when an answer is git's, of the type *expected*; else raise what it means."""
    if stream.status != HTTPStatus.OK:
        raise _throttled(stream, name, clock()) or _failure(stream, name)
    kind = stream.headers.get("content-type", "").partition(";")[0].strip()
    if kind != expected:
        raise RefusedError(
            f"{name} answered with {kind or 'no type'}, which is not git's.",
            next_step="Check the address: it must be the one to clone from.",
        )


def _failure(stream: Stream, name: str) -> DevlinksError:
    status = stream.status
    words = _words(stream)
    error: DevlinksError = RefusedError(f"{name} refused with {status}{words}.")
    if _is_sign_in(stream):
        error = SignedOutError(
            f"{name} did not accept the credential.",
            next_step="Replace the connection with a credential that may read it.",
        )
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        error = UnavailableError(f"{name} failed with {status}.")
    elif status == HTTPStatus.FORBIDDEN:
        error = ForbiddenError(f"{name} does not allow it{words}.")
    elif status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        error = MissingError(f"There is no repository {name}, or it is hidden.")
    elif "location" in stream.headers:
        location = stream.headers["location"].partition("?")[0].removesuffix(_ASKED_FOR)[:_SHOWN]
        error = RefusedError(
            f"{name} has moved to {location}.",
            next_step="Give the new address, if it is the one that is meant.",
        )
    return error


def _is_sign_in(stream: Stream) -> bool:
    if stream.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NON_AUTHORITATIVE_INFORMATION}:
        return True
    location = stream.headers.get("location", "").lower()
    is_redirect = HTTPStatus.MULTIPLE_CHOICES <= stream.status < HTTPStatus.BAD_REQUEST
    return is_redirect and any(word in location for word in _SIGN_IN)


def _throttled(stream: Stream, name: str, now: datetime) -> ThrottledError | None:
    if stream.status != HTTPStatus.TOO_MANY_REQUESTS and "retry-after" not in stream.headers:
        return None
    pause = read_pause(stream.headers, now=now)
    until = now + (USUAL_PAUSE if pause is None else pause)
    return ThrottledError(f"{name} asks to wait until {until:%H:%M:%S}.", retry_at=until)


def _words(stream: Stream) -> str:
    """Return what a git server says for itself, in one line."""
    if not stream.headers.get("content-type", "").startswith("text/plain"):
        return ""
    line = stream.recv(_SHOWN).decode(errors="replace").strip().partition("\n")[0]
    return f": {line.rstrip('. ')}" if line.isprintable() and line else ""
