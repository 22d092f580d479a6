"""API tokens: made, recognised, limited and revoked.

A token is `dvl_<id>_<secret>_<checksum>`. It is shown once; kept is the SHA-256 of its secret,
which needs no salt at 190 bits. The checksum lets scanners for leaked secrets be sure of a find,
and us refuse a mistyped one without looking it up.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
import zlib
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.configuration import DEFAULT_TRACKER, SCOPES, ApiToken, Scope
from shared.errors import (
    BadRequestError,
    ChangedError,
    NotSignedInError,
    UnknownThingError,
)
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.interfaces.storage import Record
    from shared.model import IntegrationId, TrackerId
    from shared.services import Services

LIFETIME: Final = timedelta(days=365)
_ALPHABET: Final = string.ascii_letters + string.digits
_ID_LENGTH: Final = 8
_SECRET_LENGTH: Final = 32
_CHECKSUM_LENGTH: Final = 6
_FORM: Final = re.compile(
    rf"dvl_(?P<id>[0-9a-z]{{{_ID_LENGTH}}})_(?P<secret>[0-9A-Za-z]{{{_SECRET_LENGTH}}})"
    rf"_(?P<checksum>[0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})"
)
_USE_NOTED_EVERY: Final = timedelta(hours=1)


class NewToken(Struct, frozen=True):
    """A token just made, and the only time that its text is at hand."""

    text: str
    kept: ApiToken

    def __repr__(self) -> str:
        return "NewToken(…)"


def create_token(
    services: Services,
    *,
    name: str,
    scopes: Sequence[Scope],
    tracker: TrackerId = DEFAULT_TRACKER,
    issue_projects: Sequence[str] | None = None,
    integrations: Sequence[IntegrationId] | None = None,
    expires_at: datetime | None = None,
) -> NewToken:
    """Make and keep a token; BadRequestError when its tracker, scopes or expiry make no sense."""
    now = services.clock()
    fields = {}
    known = services.trackers.get(ONE_GROUP, tracker)
    if known is None:
        fields["tracker"] = f"there is no tracker {tracker!r}"
    if not scopes or set(scopes) - set(SCOPES):
        fields["scopes"] = f"one or more of {', '.join(SCOPES)}"
    if "admin" in scopes and (integrations is not None or issue_projects is not None):
        # It could make itself one without limits.
        fields["scopes"] = "admin has no limits: leave integrations and issue_projects out"
    if expires_at is not None and expires_at <= now:
        fields["expires_at"] = "it lies in the past"
    if not name.strip():
        fields["name"] = "it is empty"
    if fields or known is None:
        raise BadRequestError("The token cannot be made.", fields=fields)
    token_id = _random(string.digits + string.ascii_lowercase, _ID_LENGTH)
    secret = _random(_ALPHABET, _SECRET_LENGTH)
    kept = ApiToken(
        id=token_id,
        name=name.strip(),
        secret_hash=_hash(secret),
        scopes=tuple(scope for scope in SCOPES if scope in scopes),
        tracker=tracker,
        table_id=known.value.table_id,
        created_at=now,
        expires_at=expires_at or now + LIFETIME,
        issue_projects=None if issue_projects is None else tuple(map(str.upper, issue_projects)),
        integrations=None if integrations is None else tuple(integrations),
    )
    services.tokens.insert(ONE_GROUP, token_id, kept)
    return NewToken(_text(token_id, secret), kept)


def recognise(services: Services, text: str) -> ApiToken:
    """Return the token whose text this is; NotSignedInError when it is none that is valid."""
    form = _FORM.fullmatch(text)
    if form is None or text != _text(form["id"], form["secret"]):
        raise NotSignedInError("The token is not valid.")
    token = services.known_tokens.get(ONE_GROUP, form["id"])
    given = _hash(form["secret"])
    if token is None or not hmac.compare_digest(token.secret_hash.encode(), given.encode()):
        raise NotSignedInError("The token is not valid.")
    now = services.clock()
    if token.expires_at <= now:
        raise NotSignedInError("The token is not valid.")
    if token.last_used_at is None or now - token.last_used_at >= _USE_NOTED_EVERY:
        _note_use(services, token, now)
    return token


def revoke_token(services: Services, token_id: str) -> None:
    """Revoke a token; readers notice within half a minute."""
    if services.tokens.get(ONE_GROUP, token_id) is None:
        raise UnknownThingError("There is no such token.")
    services.tokens.delete(ONE_GROUP, token_id)
    services.known_tokens.forget(ONE_GROUP, token_id)


def list_tokens(services: Services, *, after: str, limit: int) -> list[Record[ApiToken]]:
    """Return tokens in order of id."""
    return services.tokens.list(ONE_GROUP, after=after, limit=limit)


def _note_use(services: Services, token: ApiToken, now: datetime) -> None:
    record = services.tokens.get(ONE_GROUP, token.id)
    if record is None:
        raise NotSignedInError("The token is not valid.")
    with suppress(ChangedError):  # then another worker noted it
        services.tokens.replace(record, replace(record.value, last_used_at=now))
    services.known_tokens.forget(ONE_GROUP, token.id)


def _text(token_id: str, secret: str) -> str:
    body = f"dvl_{token_id}_{secret}"
    return f"{body}_{_checksum(body)}"


def _checksum(body: str) -> str:
    left = zlib.crc32(body.encode())
    digits = ""
    for _ in range(_CHECKSUM_LENGTH):
        left, digit = divmod(left, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
