"""What an answer of Azure DevOps means when it is not the one that was hoped for.

A bad credential shows in many ways: a sign-in page under 203, a redirect to one, a 401 with or
without an explanation. They are one class here. What is hidden from us looks as if it were not
there. https://learn.microsoft.com/azure/devops/integrate/concepts/rate-limits tells the rest.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
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
from shared.git_hosts.azure_devops import advice
from shared.git_hosts.times import USUAL_PAUSE, read_date, read_pause
from shared.interfaces.answers import Budget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.git_hosts.egress import Answer

_CODE: Final = re.compile(r"\b(?:TF|VS)\d{4,7}\b")
_NUMBER: Final = re.compile(r"\d+\.\d+")
_OUTAGE: Final = b"Azure DevOps Services Unavailable"
_LOOKED_AT: Final = 4096
_SHOWN: Final = 200
_OTHER_VERSIONS: Final = frozenset(
    {
        "VssVersionOutOfRangeException",
        "VssInvalidPreviewVersionException",
        "VssResourceVersionException",
    }
)
_ON_WINDOWS: Final = ("basic", "ntlm", "negotiate")
_HOSTS_OF_SERVICES: Final = ("visualstudio.com", "dev.azure.com", "microsoftonline.com")
_NOT_MEMBERS: Final = frozenset({"TF400813", "TF401444", "VS30063"})
"""TF401444 asks apps to sign in once in a browser, and means that nobody has added them.
https://learn.microsoft.com/azure/devops/pipelines/library/add-devops-entra-service-connection"""
_REDIRECTS: Final = frozenset({HTTPStatus.FOUND, HTTPStatus.SEE_OTHER})


class VersionRefusedError(RefusedError):
    """The server does not serve the api-version that it was asked with."""

    newest: str = ""
    """The newest that it says it serves, a preview perhaps; empty when it does not say."""
    is_preview: bool = False
    """It serves the version as a preview: of everything, or of what was asked for alone."""


class NotAMemberError(SignedOutError):
    """The organization does not know whoever signs in, though their credential may be good."""


class GivenUpError(UnavailableError):
    """Something on the way to the server has waited for its answer for too long."""


class _Envelope(Struct):
    message: str | None = None
    type_key: str | None = msgspec.field(name="typeKey", default=None)


_BY_STATUS: Final[Mapping[int, type[DevlinksError]]] = {
    HTTPStatus.FORBIDDEN: ForbiddenError,
    HTTPStatus.NOT_FOUND: MissingError,
    HTTPStatus.GATEWAY_TIMEOUT: GivenUpError,
}
_TEXTS: Final[Mapping[type[DevlinksError], str]] = {
    GivenUpError: "Azure DevOps took too long on {what}: {status} {said}.",
    UnavailableError: "Azure DevOps failed on {what}: {status} {said}.",
    ForbiddenError: "Azure DevOps does not allow {what}: {said}.",
    MissingError: "Azure DevOps has no {what}, or hides it: {said}.",
    RefusedError: "Azure DevOps refused {what}: {status} {said}.",
}


class _Said(Struct, frozen=True):
    """What the service says for itself."""

    text: str = "no explanation"
    code: str = ""
    type_key: str = ""


def check(answer: Answer, *, what: str, now: datetime) -> None:
    """Return when *answer* holds what was asked for; else raise what it means.

    *what* names what was asked for in the error's text.
    """
    status = answer.status
    if status < HTTPStatus.MULTIPLE_CHOICES and _is_json(answer) and not _is_sign_in(answer):
        return
    said = _said(answer)
    meaning = advice.MEANINGS.get(said.code) if status >= HTTPStatus.BAD_REQUEST else None
    if status == HTTPStatus.TOO_MANY_REQUESTS or (meaning and meaning.error is ThrottledError):
        until = now + (retry_after(answer, now=now) or USUAL_PAUSE)
        raise ThrottledError(f"Azure DevOps asks to wait until {until:%H:%M:%S}.", retry_at=until)
    if _is_sign_in(answer) and meaning is None:
        text = f"Azure DevOps did not accept the credential: {said.text}."
        refused = NotAMemberError if said.code in _NOT_MEMBERS else SignedOutError
        raise refused(text, next_step=_sign_in_step(answer, said))
    if said.type_key in _OTHER_VERSIONS:
        raise _version_refused(said, what=what)
    is_outage = _OUTAGE in answer.body[:_LOOKED_AT]
    if status < HTTPStatus.BAD_REQUEST and not is_outage:
        kind = answer.headers.get("content-type", "no type")
        raise UnavailableError(f"Azure DevOps answered {what} with {status} and {kind}.")
    if meaning is None:
        failed = is_outage or status >= HTTPStatus.INTERNAL_SERVER_ERROR
        usual = UnavailableError if failed else RefusedError
        meaning = advice.Meaning(usual if is_outage else _BY_STATUS.get(status, usual))
    text = _TEXTS[meaning.error].format(what=what, status=status, said=said.text)
    raise meaning.error(text, next_step=meaning.next_step)


def retry_after(answer: Answer, *, now: datetime) -> timedelta | None:
    """Return how long the answer asks us to wait, at most an hour; None when it does not.

    It also comes with answers that are good, and then means: wait, and do not repeat.
    """
    return read_pause(answer.headers, now=now)


def budget(answer: Answer, *, now: datetime) -> Budget | None:
    """Return what the answer tells of our budget; None when it does not.

    It is told near the limit and beyond it only.
    """
    limit = _number(answer, "x-ratelimit-limit")
    remaining = _number(answer, "x-ratelimit-remaining")
    if limit is None or remaining is None:
        return None
    reset = _number(answer, "x-ratelimit-reset")
    try:
        resets_at = None if reset is None else datetime.fromtimestamp(reset, UTC)
    except (ValueError, OverflowError, OSError):
        resets_at = None
    resource = answer.headers.get("x-ratelimit-resource", "")[:_SHOWN]
    return Budget(resource, limit, remaining, resets_at, now)


def told_at(answer: Answer, *, now: datetime) -> datetime:
    """Return the service's clock as the answer tells it; *now* where it does not."""
    return read_date(answer.headers) or now


def _is_sign_in(answer: Answer) -> bool:
    """Whether the answer means that we are not signed in, in any of its forms."""
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.NON_AUTHORITATIVE_INFORMATION}:
        return True
    return answer.status in _REDIRECTS and "_signin" in answer.headers.get("location", "")


def _sign_in_step(answer: Answer, said: _Said) -> str:
    """Return what to do about a credential that is not accepted, as far as that can be told."""
    challenge = answer.headers.get("www-authenticate", "").lower()
    text = said.text.lower()
    is_of_services = any(host in challenge for host in _HOSTS_OF_SERVICES)
    if challenge.startswith(_ON_WINDOWS) and not is_of_services:
        return advice.SIGN_IN_ON_WINDOWS
    if "expired" in text:
        return advice.EXPIRED
    if "all accessible organizations" in text or "global" in text:
        return advice.FOR_ALL_ORGANIZATIONS
    if said.code in _NOT_MEMBERS:
        return advice.NOT_A_MEMBER
    return advice.NOT_EXPLAINED


def _version_refused(said: _Said, *, what: str) -> VersionRefusedError:
    numbers = _NUMBER.findall(said.text)
    error = VersionRefusedError(f"Azure DevOps refused {what}: {said.text}.")
    error.is_preview = said.type_key == "VssInvalidPreviewVersionException"
    # "The requested REST API version of 7.1 is out of range for this server. The latest REST API
    # version this server supports is 6.1." Other texts of the same error name one or none.
    if said.type_key == "VssVersionOutOfRangeException" and len(numbers) == 2:  # noqa: PLR2004
        error.newest = numbers[1]
    return error


def _is_json(answer: Answer) -> bool:
    kind = answer.headers.get("content-type", "")
    return answer.status == HTTPStatus.NO_CONTENT or kind.startswith("application/json")


def _said(answer: Answer) -> _Said:
    """Return what the service says for itself: its code and message, or its header."""
    header = answer.headers.get("x-tfs-serviceerror")
    try:
        envelope = msgspec.json.decode(answer.body, type=_Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        envelope = _Envelope()
        found = _CODE.search(answer.body[:_LOOKED_AT].decode(errors="replace"))
    else:
        found = _CODE.match(envelope.message or "")
    code = found[0] if found else ""
    text = unquote(header) if header else envelope.message or envelope.type_key or code
    shown = text[:_SHOWN].rstrip(".") or "no explanation"
    return _Said(shown, code, envelope.type_key or "")


def _number(answer: Answer, name: str) -> float | None:
    try:
        number = float(answer.headers.get(name, ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None
