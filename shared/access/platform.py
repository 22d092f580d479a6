"""Whom App Service authentication has signed in, where it stands before the app.

Its header is true only then: anybody may send one to an app that it does not stand before.
https://learn.microsoft.com/azure/app-service/configure-authentication-user-identities
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from shared.errors import ForeignSignInError
from shared.interfaces.identity import SignedIn

if TYPE_CHECKING:
    from shared.services import Services

HEADER: Final = "x-ms-client-principal"
_ENTRA: Final = "aad"
_TENANT: Final = ("tid", "http://schemas.microsoft.com/identity/claims/tenantid")
_OBJECT: Final = ("oid", "http://schemas.microsoft.com/identity/claims/objectidentifier")
_NAME: Final = ("name",)
_EMAIL: Final = (
    "preferred_username",
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
)
_ROLES: Final = ("roles", "http://schemas.microsoft.com/ws/2008/06/identity/claims/role")


class _Claim(Struct):
    typ: str
    val: str


class _Principal(Struct):
    auth_typ: str
    claims: list[_Claim]


def signed_in_by_platform(services: Services, header: str) -> SignedIn | None:
    """Return who the platform says has signed in; None where it is not to be believed.

    Nor is a header that cannot be read, or that says who somebody is by another way than Entra.
    ForeignSignInError when another directory vouches than the one that is ours.
    """
    if not services.sign_in.policy.believes_platform or not header:
        return None
    try:
        text = base64.b64decode(header, validate=True)
        principal = msgspec.json.decode(text, type=_Principal)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
    tenant, identity = _first(principal, _TENANT), _first(principal, _OBJECT)
    if principal.auth_typ != _ENTRA or not tenant or not identity:
        return None
    if services.sign_in.policy.tenant_id.lower() not in {"", tenant.lower()}:
        # App roles are given in the directory of who signs in: another one's are not ours.
        raise ForeignSignInError("The account belongs to another tenant.")
    roles = tuple(claim.val for claim in principal.claims if claim.typ in _ROLES)
    return SignedIn(tenant, identity, _first(principal, _NAME), _first(principal, _EMAIL), roles)


def _first(principal: _Principal, names: tuple[str, ...]) -> str:
    return next((claim.val for claim in principal.claims if claim.typ in names), "")
