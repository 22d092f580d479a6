"""The people who use the console: who they are, what they may, and their sign-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from shared.model import IntegrationId

Role = Literal["viewer", "operator", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "operator", "admin")
"""Each may what those before it may, and more."""


class User(Struct, frozen=True):
    """Somebody who has signed in, or who was given a role before."""

    id: str
    """Tenant and object id with a dot between: neither an e-mail nor a name is an identity.
    https://learn.microsoft.com/entra/identity-platform/claims-validation"""
    name: str = ""
    email: str = ""
    """As it was told at the last sign-in; shown, and never compared."""
    role: Role | None = None
    """As an admin of ours set it."""
    app_role: Role | None = None
    """As the identity server said at the last sign-in."""
    signed_in_at: datetime | None = None


class Session(Struct, frozen=True):
    """A browser that somebody is signed in with; it is kept by the SHA-256 of its cookie."""

    user: str
    """The id of a `User`; `operator` of whoever came by a one-time link."""
    name: str
    role: Role
    begun_at: datetime
    used_at: datetime
    """To the minute."""


class OneTimeCode(Struct, frozen=True):
    """A code that signs in once; it is kept by its SHA-256."""

    role: Role
    made_at: datetime
    expires_at: datetime


class Authorization(Struct, frozen=True):
    """A sign-in at the identity server that was begun in a browser; kept by its state's SHA-256."""

    purpose: Literal["console", "connection"]
    browser: str
    """The SHA-256 of the cookie that the browser was given with it."""
    sealed_flow: str
    """What is needed to complete it: a verifier and a nonce among it."""
    begun_at: datetime
    return_to: str
    """The path that the browser is led to in the end."""
    integration: IntegrationId | None = None
    """Whose connection it is for."""
    by: str = ""
    """The id of the user who began it."""
    by_name: str = ""


class SignInPolicy(Struct, frozen=True):
    """Who may sign in to the console, and how, besides what is kept of users."""

    admins: frozenset[str] = frozenset()
    """Object ids that are admins from the start."""
    believes_platform: bool = False
    """Whether App Service authentication stands before us, so that its header is true."""
    tenant_id: str = ""
    """The only directory that it is believed about; empty: those that it lets in."""
