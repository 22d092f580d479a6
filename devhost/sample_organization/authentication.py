"""Find out whose a request is, and answer those that may not be let in as the service does.

A bad token is no plain 401: the service sends the caller to its sign-in page, unless it is told
not to by `X-TFS-FedAuthRedirect: Suppress`.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING
from urllib.parse import quote

from .exchange import Answer, json_answer
from .refusals import RefusedError, never_signed_in, not_authorized
from .tokens import GLOBAL_TOKENS_END, Token

if TYPE_CHECKING:
    from .organization import Organization

_SIGN_IN = b"""<!DOCTYPE html>
<html lang="en-US"><head><title>Azure DevOps Services | Sign In</title></head>
<body><h1>Sign in to your account</h1></body></html>"""
_HTML = "text/html; charset=utf-8"
_EXPIRED = "Access Denied: The Personal Access Token used has expired."
_GLOBAL = "Access Denied: A Personal Access Token for all accessible organizations is not allowed."

_WINDOWS = 'Basic realm="localhost", Negotiate, NTLM'
"""What a server asks for that did not accept a token, joined as clients join several headers."""

SIGN_IN_PAGE = Answer(203, _SIGN_IN, _HTML)


def token_value(authorization: str) -> str | None:
    """Return the token in an Authorization header: Basic with any user name, or Bearer."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        _, colon, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None
    return password if colon and password else None


def authenticate(
    organization: Organization, headers: dict[str, str], *, method: str, path: str
) -> Token | Answer:
    """Return the caller's token, or the answer to a caller who has no good one."""
    value = token_value(headers.get("authorization", ""))
    token = None if value is None else organization.token(value)
    now = organization.clock.now()
    if token is not None and token.expires_at is not None and now >= token.expires_at:
        return _sign_in(organization, headers, method=method, path=path, error=_EXPIRED)
    if token is not None and token.kind == "global_pat" and now >= GLOBAL_TOKENS_END:
        error = ("X-TFS-ServiceError", quote(_GLOBAL))
        return Answer(401, _SIGN_IN, _HTML, (error, _challenge(organization)))
    if token is not None and token.person.id in organization.behaviour.outsiders:
        return _refused(organization, never_signed_in(organization.tenant_id, token.person.id))
    if token is not None:
        return token
    elsewhere = [found for one in organization.beside if value and (found := one.token(value))]
    if elsewhere:
        return _refused(organization, not_authorized(elsewhere[0].person.id))
    return _sign_in(organization, headers, method=method, path=path, error="")


def git_challenge() -> Answer:
    """Return what makes git ask for a password."""
    headers = (("WWW-Authenticate", 'Basic realm="https://dev.azure.com/"'),)
    return Answer(401, b"Authentication is required.", "text/plain; charset=utf-8", headers)


def _refused(organization: Organization, refused: RefusedError) -> Answer:
    """Return what somebody gets who is known elsewhere, and not here."""
    headers = {
        "WWW-Authenticate": "TFS-Federated, Bearer",
        "X-VSS-ResourceTenant": organization.tenant_id,
    }
    return json_answer(refused.envelope(), status=401, headers=headers)


def _sign_in(
    organization: Organization,
    headers: dict[str, str],
    *,
    method: str,
    path: str,
    error: str,
) -> Answer:
    if organization.addresses.is_server:
        return Answer(401, b"", _HTML, (("WWW-Authenticate", _WINDOWS),))
    extra = [("X-VSS-ResourceTenant", organization.tenant_id)]
    if error:
        extra.append(("X-TFS-ServiceError", quote(error)))
    challenged = (_challenge(organization), *extra)
    if method not in {"GET", "POST", "OPTIONS"}:
        refused = not_authorized("").envelope()
        return json_answer(refused, status=401, headers=dict(challenged))
    if headers.get("x-tfs-fedauthredirect", "").lower() == "suppress":
        return Answer(401, b"", _HTML, challenged)
    if organization.behaviour.sign_in == "page":
        return Answer(203, _SIGN_IN, _HTML, tuple(extra))
    target = f"{organization.addresses.base}/_signin?realm=dev.azure.com&reply_to={quote(path)}"
    return Answer(302, _SIGN_IN, _HTML, (("Location", target), *extra))


def _challenge(organization: Organization) -> tuple[str, str]:
    where = f"https://login.microsoftonline.com/{organization.tenant_id}"
    schemes = (
        f"Bearer authorization_uri={where}",
        'Basic realm="https://tfsprodweu1.visualstudio.com/"',
        "TFS-Federated",
    )
    return "WWW-Authenticate", ", ".join(schemes)
