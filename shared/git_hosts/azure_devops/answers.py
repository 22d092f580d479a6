"""What an answer of Azure DevOps means when it is not the one that was hoped for.

A bad credential shows in many ways: a sign-in page under 203, a redirect to one, a 401 with or
without an explanation. They are one class here. What is hidden from us looks as if it were not
there. https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits tells the rest.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import unquote

import msgspec
from msgspec import Struct

from shared.errors import (
    DevlinksError,
    ForbiddenError,
    MissingError,
    RefusedError,
    SignedOutError,
    ThrottledError,
    UnavailableError,
)

if TYPE_CHECKING:
    from shared.git_hosts.egress import Answer

_PAUSE_WITHOUT_HEADER = timedelta(minutes=5)
_LONGEST_PAUSE = timedelta(hours=1)
_CODE = re.compile(r"\b(?:TF|VS)\d{4,7}\b")
_OUTAGE = b"Azure DevOps Services Unavailable"
_SHOWN = 200


class _Envelope(Struct):
    message: str | None = None
    type_key: str | None = msgspec.field(name="typeKey", default=None)


def check(answer: Answer, *, what: str, now: datetime) -> None:
    """Return when *answer* holds what was asked for; else raise what it means.

    *what* names what was asked for in the error's text.
    """
    status = answer.status
    if _is_sign_in(answer):
        raise SignedOutError(f"Azure DevOps did not accept the token: {_explanation(answer)}.")
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        until = now + (retry_after(answer, now=now) or _PAUSE_WITHOUT_HEADER)
        raise ThrottledError(f"Azure DevOps asks to wait until {until:%H:%M:%S}.", retry_at=until)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or _OUTAGE in answer.body[:4096]:
        raise UnavailableError(f"Azure DevOps failed on {what}: {status} {_explanation(answer)}.")
    if status == HTTPStatus.FORBIDDEN:
        raise ForbiddenError(f"Azure DevOps does not allow {what}: {_explanation(answer)}.")
    if status == HTTPStatus.NOT_FOUND:
        raise MissingError(f"Azure DevOps has no {what}, or hides it: {_explanation(answer)}.")
    if status >= HTTPStatus.BAD_REQUEST:
        raise _refusal(answer, what)
    if status >= HTTPStatus.MULTIPLE_CHOICES or not _is_json(answer):
        kind = answer.headers.get("content-type", "no type")
        raise UnavailableError(f"Azure DevOps answered {what} with {status} and {kind}.")


def retry_after(answer: Answer, *, now: datetime) -> timedelta | None:
    """Return how long the answer asks us to wait, at most an hour; None when it does not.

    It also comes with answers that are good, and then means: wait, and do not repeat.
    """
    text = answer.headers.get("retry-after", "").strip()
    if not text:
        return None
    try:
        wait = timedelta(seconds=float(text))
    except (ValueError, OverflowError):
        try:
            moment = parsedate_to_datetime(text)
            wait = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
        except (ValueError, TypeError):
            return _PAUSE_WITHOUT_HEADER
    return min(max(wait, timedelta()), _LONGEST_PAUSE)


def told_at(answer: Answer, *, now: datetime) -> datetime:
    """Return the service's clock as the answer tells it; *now* where it does not."""
    try:
        told = parsedate_to_datetime(answer.headers["date"])
    except (KeyError, ValueError, TypeError):
        return now
    # RFC 5322 lets the zone -0000 say UTC without a place, which Python reads as no zone.
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _is_sign_in(answer: Answer) -> bool:
    """Whether the answer means that we are not signed in, in any of its forms."""
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NON_AUTHORITATIVE_INFORMATION}:
        return True
    return answer.status in {HTTPStatus.FOUND, HTTPStatus.SEE_OTHER} and "_signin" in (
        answer.headers.get("location", "")
    )


def _is_json(answer: Answer) -> bool:
    kind = answer.headers.get("content-type", "")
    return answer.status == HTTPStatus.NO_CONTENT or kind.startswith("application/json")


def _refusal(answer: Answer, what: str) -> DevlinksError:
    text = f"Azure DevOps refused {what}: {answer.status} {_explanation(answer)}."
    return RefusedError(text)


def _explanation(answer: Answer) -> str:
    """Return what the service says for itself: its code and message, or its header."""
    header = answer.headers.get("x-tfs-serviceerror")
    if header:
        return unquote(header)[:_SHOWN].rstrip(".")
    try:
        envelope = msgspec.json.decode(answer.body, type=_Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        code = _CODE.search(answer.body[:4096].decode(errors="replace"))
        return code[0] if code else "no explanation"
    return (envelope.message or envelope.type_key or "no explanation")[:_SHOWN].rstrip(".")
