"""Codes that sign in to the console once: how the first admin comes in.

Whoever makes one has a shell of the installation, and could read all of it anyway. The code stands
in the fragment of a link, which no browser sends and no log has; a page redeems it by POST.
"""

from __future__ import annotations

import hashlib
import secrets
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from shared.access import sessions
from shared.access.auditing import audit
from shared.access.callers import actor_of_session
from shared.errors import ChangedError, NotSignedInError, SettingsError
from shared.people import OneTimeCode
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.access.sessions import NewSession
    from shared.people import Role
    from shared.services import Services

LIFETIME: Final = timedelta(minutes=15)
OPERATOR: Final = "operator"
"""Who comes by a code: somebody at a shell of the installation."""
_NAME: Final = "Operator"
_BYTES: Final = 24


def make_code(services: Services, *, role: Role = "admin") -> str:
    """Return a new code; it can be redeemed once, within a quarter of an hour."""
    code = secrets.token_urlsafe(_BYTES)
    now = services.clock()
    kept = OneTimeCode(role=role, made_at=now, expires_at=now + LIFETIME)
    services.one_time_codes.insert(ONE_GROUP, _hash(code), kept)
    return code


def link(services: Services, code: str) -> str:
    """Return the address that a browser signs in at; SettingsError when ours is not known."""
    if not services.sign_in.console_url:
        raise SettingsError(["PUBLIC_URL is not set: the console's address is not known"])
    return f"{services.sign_in.console_url}/api/console/sign-in#code={code}"


def redeem(services: Services, code: str) -> NewSession:
    """Begin a session for a code, which is burned; NotSignedInError for any other text."""
    record = services.one_time_codes.get(ONE_GROUP, _hash(code))
    if record is None:
        raise _refused()
    try:
        # Of two at once, one is first; the other finds nothing to remove.
        services.one_time_codes.remove(record)
    except ChangedError as error:
        raise _refused() from error
    if record.value.expires_at <= services.clock():
        raise _refused()
    made = sessions.begin(services, user=OPERATOR, name=_NAME, role=record.value.role)
    audit(services, "signed_in", by=actor_of_session(made.session), detail="by a one-time link")
    return made


def expire(services: Services) -> None:
    """Delete the codes that nobody redeemed in time."""
    now = services.clock()
    for record in services.one_time_codes.list(ONE_GROUP):
        if record.value.expires_at <= now:
            with suppress(ChangedError):
                services.one_time_codes.remove(record)


def _hash(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()


def _refused() -> NotSignedInError:
    return NotSignedInError(
        "The link was used already, or is older than a quarter of an hour.",
        next_step="Make a new one: python -m admin_console sign-in-link.",
    )
