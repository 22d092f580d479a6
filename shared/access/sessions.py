"""Browsers that somebody is signed in with: begun, recognised, ended.

The cookie is a secret of 256 bits; kept is its SHA-256. The token against cross-site requests is
made of the cookie too, so that there is nothing more to keep, and no page of an older session can
send one that fits.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.errors import ChangedError, CrossSiteError, NotSignedInError
from shared.people import Session
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.interfaces.storage import Record
    from shared.people import Role
    from shared.services import Services

COOKIE: Final = "__Host-sid"
"""The prefix has browsers refuse it from other hosts, other paths, and without `Secure`."""
IDLE: Final = timedelta(minutes=30)
LIFETIME: Final = timedelta(hours=8)
_USE_NOTED_EVERY: Final = timedelta(minutes=1)
_FORM: Final = f"{COOKIE}={{value}}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={{seconds}}"
_BYTES: Final = 32


class NewSession(Struct, frozen=True):
    """A session just begun, and the only time that its cookie is at hand."""

    cookie: str
    session: Session

    def __repr__(self) -> str:
        return f"NewSession(session={self.session!r}, …)"


def begin(services: Services, *, user: str, name: str, role: Role) -> NewSession:
    """Begin a session with a cookie that nobody has seen before."""
    cookie = secrets.token_urlsafe(_BYTES)
    now = services.clock()
    session = Session(user=user, name=name, role=role, begun_at=now, used_at=now)
    services.sessions.insert(ONE_GROUP, _hash(cookie), session)
    return NewSession(cookie, session)


def find(services: Services, cookie: str) -> Session:
    """Return the session of a cookie; NotSignedInError when there is none, or none any more.

    It is looked up each time, so that a sign-out counts at once, everywhere.
    """
    record = services.sessions.get(ONE_GROUP, _hash(cookie)) if cookie else None
    if record is None:
        raise _signed_out()
    session, now = record.value, services.clock()
    if now - session.used_at >= IDLE or now - session.begun_at >= LIFETIME:
        services.sessions.delete(ONE_GROUP, record.key)
        raise _signed_out()
    if now - session.used_at >= _USE_NOTED_EVERY:
        with suppress(ChangedError):  # then another request noted it, or it was ended
            services.sessions.replace(record, replace(session, used_at=now))
    return session


def end(services: Services, cookie: str) -> None:
    """End a session; one that is over already is fine."""
    services.sessions.delete(ONE_GROUP, _hash(cookie))


def change_role(services: Services, user: str, role: Role | None) -> None:
    """Have all sessions of a user follow a change of their role; None ends them."""
    for record in services.sessions.list(ONE_GROUP):
        if record.value.user != user:
            continue
        if role is None:
            services.sessions.delete(ONE_GROUP, record.key)
        else:
            _follow(services, record, role)


def _follow(services: Services, record: Record[Session], role: Role) -> None:
    """Give a session a role, whoever notes its use meanwhile; one that was ended stays so."""
    found: Record[Session] | None = record
    while found is not None:
        try:
            services.sessions.replace(found, replace(found.value, role=role))
        except ChangedError:
            found = services.sessions.get(ONE_GROUP, record.key)
        else:
            return


def expire(services: Services) -> None:
    """Delete the sessions that nobody will use again."""
    now = services.clock()
    for record in services.sessions.list(ONE_GROUP):
        if now - record.value.used_at >= IDLE or now - record.value.begun_at >= LIFETIME:
            services.sessions.delete(ONE_GROUP, record.key)


def csrf_token(cookie: str) -> str:
    """Return what a page of this session must send with whatever changes something."""
    return hmac.new(cookie.encode(), b"csrf", hashlib.sha256).hexdigest()


def check_csrf(cookie: str, given: str) -> None:
    """Return when *given* was made for this session; CrossSiteError when it was not."""
    if not hmac.compare_digest(csrf_token(cookie).encode(), given.encode()):
        raise CrossSiteError("The request does not come from a page of this session.")


def set_cookie(cookie: str) -> str:
    """Return the header `Set-Cookie` that a browser keeps a new session by."""
    return _FORM.format(value=cookie, seconds=int(LIFETIME.total_seconds()))


def forget_cookie() -> str:
    """Return the header `Set-Cookie` that has a browser forget its session."""
    return _FORM.format(value="", seconds=0)


def _hash(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def _signed_out() -> NotSignedInError:
    return NotSignedInError("Nobody is signed in.", next_step="Sign in to the console.")
