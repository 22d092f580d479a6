"""Whom an ID token vouches for, and whether it does so to us.

Its signature is not looked at: it came from the token endpoint itself, over TLS, which OpenID
Connect takes for as good (Core 1.0, 3.1.3.7, 6.). Keys would be one more thing to fail.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from shared.errors import ForeignSignInError, SignInRefusedError
from shared.interfaces.identity import SignedIn

if TYPE_CHECKING:
    from collections.abc import Mapping

_CLOCKS_DIFFER: Final = timedelta(minutes=5)


class Expected(Struct, frozen=True):
    """What a token of ours says."""

    issuer: str
    """As the server's own description has it, with the tenant in its path."""
    client_id: str


class _Claims(Struct, frozen=True):
    """Those that identify somebody; an e-mail or a name does not.

    https://learn.microsoft.com/entra/identity-platform/id-token-claims-reference
    """

    iss: str
    aud: str | list[str]
    exp: float
    tid: str
    oid: str
    name: str = ""
    preferred_username: str = ""
    email: str = ""
    roles: tuple[str, ...] = ()


def person_in(claims: Mapping[str, object], expected: Expected, *, now: datetime) -> SignedIn:
    """Return the person that an ID token is about.

    ForeignSignInError when another tenant vouches, or to another app; SignInRefusedError when the
    token has expired or names nobody. The nonce has been compared by MSAL before.
    """
    try:
        told = msgspec.convert(claims, _Claims)
    except msgspec.ValidationError as error:
        text = f"The identity server did not say who signed in: {error}."
        raise SignInRefusedError(text) from error
    if told.iss != expected.issuer:
        raise ForeignSignInError("Another identity server vouches for the sign-in.")
    # In Entra's v2.0 endpoint the issuer names the tenant, by its id.
    if f"/{told.tid}/".lower() not in f"{expected.issuer}/".lower():
        raise ForeignSignInError("The account belongs to another tenant.")
    audience = [told.aud] if isinstance(told.aud, str) else told.aud
    if audience != [expected.client_id]:
        raise ForeignSignInError("The sign-in was meant for another app.")
    if now.timestamp() > told.exp + _CLOCKS_DIFFER.total_seconds():
        raise SignInRefusedError("The sign-in has expired, or the clock here is wrong.")
    return SignedIn(
        tenant_id=told.tid,
        object_id=told.oid,
        name=told.name,
        email=told.email or told.preferred_username,
        roles=told.roles,
    )
