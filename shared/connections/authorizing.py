"""The browser's way to the identity server and back: begun here, and completed once.

What is needed to complete it is kept, sealed, by the SHA-256 of its state, and deleted before it is
used. It belongs to the browser that began it, which has a cookie for each such way: two tabs do
not disturb each other.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

from shared.errors import ChangedError, SignInNotSetUpError, SignInRefusedError
from shared.interfaces.identity import Granted, SignedIn
from shared.people import Authorization
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.audit_entries import Actor
    from shared.interfaces.identity import IdentityServer
    from shared.interfaces.storage import Record
    from shared.model import IntegrationId
    from shared.services import Services

LIVES_FOR: Final = timedelta(minutes=10)
CALLBACK: Final = "/api/oauth/callback"
_COOKIE: Final = "__Host-dvl-flow-"
_NAMED_BY: Final = 16
"""Characters of the state's hash in a cookie's name."""
_BYTES: Final = 32
_MOST_EXPIRED_AT_ONCE: Final = 50


class Way(Struct, frozen=True):
    """A sign-in that goes on in the browser."""

    url: str
    """Of the identity server, where the browser is to go."""
    cookie: str
    """The name of the cookie that the browser must bring back."""
    value: str
    """Of the cookie; a secret."""

    def __repr__(self) -> str:
        return f"Way(cookie={self.cookie!r}, …)"


class Completed(Struct, frozen=True):
    """A sign-in that was completed: what it was for, and what came of it."""

    authorization: Authorization
    person: SignedIn | None = None
    """Who signed in; only of the purpose `console`."""
    granted: Granted | None = None
    """What was allowed; only of the purpose `connection`."""


def begin(
    services: Services,
    purpose: Literal["console", "connection"],
    *,
    return_to: str,
    integration: IntegrationId | None = None,
    by: Actor | None = None,
    login_hint: str = "",
) -> Way:
    """Begin a sign-in; SignInNotSetUpError where there is no server, or no way back from it.

    *return_to* is a path of ours. *integration* is whose connection it is for, *by* who began it.
    """
    server = _server(services)
    if not services.sign_in.console_url:
        raise SignInNotSetUpError(
            "The identity server could not lead back to Devlinks.",
            next_step="Set PUBLIC_URL to the address that browsers reach Devlinks at.",
        )
    redirect_uri = f"{services.sign_in.console_url}{CALLBACK}"
    if purpose == "console":
        begun = server.begin_sign_in(redirect_uri=redirect_uri)
    else:
        begun = server.begin_grant(redirect_uri=redirect_uri, login_hint=login_hint)
    key, value = _hash(begun.state), secrets.token_urlsafe(_BYTES)
    _expire(services)
    services.authorizations.insert(
        ONE_GROUP,
        key,
        Authorization(
            purpose=purpose,
            browser=_hash(value),
            sealed_flow=services.vault.seal(begun.flow, purpose=_flow_purpose(key)),
            begun_at=services.clock(),
            return_to=return_to,
            integration=integration,
            by=by.id if by else "",
            by_name=by.name if by else "",
        ),
    )
    return Way(begun.url, cookie_name(begun.state), value)


def complete(
    services: Services, answer: Mapping[str, str], *, cookies: Mapping[str, str]
) -> Completed:
    """Return what came of a sign-in; *answer* is what the identity server had the browser send.

    SignInRefusedError when it was not begun here, in this browser, within ten minutes, or was
    completed before, and when the person or the server said no; other errors are those of
    IdentityServer. Whatever the outcome, it cannot be completed again.
    """
    state = answer.get("state", "")
    record = _take(services, state, cookies.get(cookie_name(state), ""))
    known = record.value
    server = _server(services)
    flow = services.vault.open(known.sealed_flow, purpose=_flow_purpose(record.key))
    if known.purpose == "console":
        return Completed(known, person=server.complete_sign_in(flow, answer))
    return Completed(known, granted=server.complete_grant(flow, answer))


def cookie_name(state: str) -> str:
    """Return the name of the cookie that belongs to a state; it tells nobody the state."""
    return f"{_COOKIE}{_hash(state)[:_NAMED_BY]}"


def set_cookie(way: Way) -> str:
    """Return the header `Set-Cookie` for a browser that is led away.

    The answer comes as a form of another site, with which browsers send `SameSite=None` alone.
    """
    return _cookie(way.cookie, way.value, int(LIVES_FOR.total_seconds()))


def forget_cookie(state: str) -> str:
    """Return the header `Set-Cookie` for a browser that has come back."""
    return _cookie(cookie_name(state), "", 0)


def _cookie(name: str, value: str, seconds: int) -> str:
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite=None; Max-Age={seconds}"


def _take(services: Services, state: str, cookie: str) -> Record[Authorization]:
    """Return the record of a state, which is deleted; SignInRefusedError."""
    record = services.authorizations.get(ONE_GROUP, _hash(state)) if state else None
    if record is None:
        raise SignInRefusedError("This sign-in was not begun here, or is over already.")
    # Before it is deleted: who only knows the state must not be able to end it for others.
    if not hmac.compare_digest(record.value.browser, _hash(cookie)):
        raise SignInRefusedError("This sign-in was begun in another browser.")
    try:
        services.authorizations.remove(record)
    except ChangedError as error:
        raise SignInRefusedError("This sign-in is over already.") from error
    if services.clock() - record.value.begun_at >= LIVES_FOR:
        raise SignInRefusedError("This sign-in took longer than ten minutes.")
    return record


def _expire(services: Services) -> None:
    """Delete some of what nobody came back with, so that it does not become ever more."""
    now = services.clock()
    for record in services.authorizations.list(ONE_GROUP, limit=_MOST_EXPIRED_AT_ONCE):
        if now - record.value.begun_at >= LIVES_FOR:
            services.authorizations.delete(ONE_GROUP, record.key)


def _server(services: Services) -> IdentityServer:
    server = services.sign_in.server
    if server is None:
        raise SignInNotSetUpError("Nobody can sign in here: the settings name no identity server.")
    return server


def _flow_purpose(key: str) -> str:
    return f"{key}|authorization.flow|1"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
