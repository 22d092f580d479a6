"""What an identity server does for us: people sign in, allow access, and apps get tokens."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.configuration import ConnectionKind


class Begun(Struct, frozen=True):
    """A sign-in that goes on in the browser."""

    url: str
    """Where the browser is to go."""
    state: str
    """What the answer will bring back; it fits to this sign-in alone."""
    flow: str
    """What completes it. It is secret."""

    def __repr__(self) -> str:
        return "Begun(…)"


class SignedIn(Struct, frozen=True):
    """A person, as the identity server vouches for."""

    tenant_id: str
    object_id: str
    name: str
    email: str
    roles: tuple[str, ...]
    """The app roles that were assigned there."""


class Granted(Struct, frozen=True):
    """Access to the git host in somebody's name."""

    refresh_token: str
    access_token: str
    expires_at: datetime
    tenant_id: str
    account: str
    """Who allowed it, as shown to people; empty when that was not told."""

    def __repr__(self) -> str:
        return "Granted(…)"


class AccessToken(Struct, frozen=True):
    """A token that a git host accepts for a while."""

    text: str
    expires_at: datetime

    def __repr__(self) -> str:
        return "AccessToken(…)"


class IdentityServer(Protocol):
    """Where people sign in (OpenID Connect) and allow us access to the git host (OAuth 2).

    Both go by authorization code with PKCE, answered by form_post. Errors: SignInRefusedError when
    the answer or the person says no, ForeignSignInError when it vouches for somebody of another
    tenant or to another app, IdentityServerUnavailableError for what passes,
    IdentityClientRefusedError when our own registration or its secret is refused.
    """

    def begin_sign_in(self, *, redirect_uri: str) -> Begun:
        """Begin the sign-in of a person to the console."""

    def complete_sign_in(self, flow: str, answer: Mapping[str, str]) -> SignedIn:
        """Return who signed in; *answer* is the form that the browser was sent back with."""

    def begin_grant(self, *, redirect_uri: str, login_hint: str = "") -> Begun:
        """Begin to ask a person for access to the git host."""

    def complete_grant(self, flow: str, answer: Mapping[str, str]) -> Granted:
        """Return what was allowed."""

    def refresh(self, refresh_token: str) -> Granted:
        """Return new tokens for an older one, which may not be accepted any more afterwards.

        SignedOutError when the server does not accept it: the grant was revoked or has expired.
        """


class Identities(Protocol):
    """Gives apps tokens of their own, with no person behind them."""

    def token(
        self, kind: ConnectionKind, *, tenant_id: str = "", client_id: str = "", secret: str = ""
    ) -> AccessToken:
        """Return a token for the git host, of `managed_identity` or `service_principal`.

        *secret* is a client secret, or a certificate with its private key in PEM. SignedOutError
        when the identity server refuses it, IdentityServerUnavailableError for what passes.
        """
