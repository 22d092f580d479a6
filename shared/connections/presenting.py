"""Turns a stored connection into what it shows to the git host.

What signs in at an identity server first (OAuth, a managed identity, a service principal) shows
the access token that it was given there; everything else shows what an admin gave.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.connections.refreshing import access_token
from shared.errors import SignedOutError, SignInNotSetUpError
from shared.interfaces.git_host_family import Credential

if TYPE_CHECKING:
    from shared.configuration import Connection, ConnectionKind, Integration
    from shared.model import IntegrationId
    from shared.services import Services

APPS: Final[frozenset[ConnectionKind]] = frozenset({"managed_identity", "service_principal"})
"""What signs in as itself, with no person behind it."""
_WITH_A_SECRET: Final[frozenset[ConnectionKind]] = frozenset(
    {"pat", "basic", "ssh_key", "service_principal"}
)


def credential_of(
    services: Services, integration: Integration, connection: Connection
) -> Credential:
    """Return what a connection shows to the git host; SecretUnreadableError.

    Where an identity server is asked first, its refusal is a SignedOutError, and what passes by
    itself an IdentityServerUnavailableError.
    """
    if connection.kind == "oauth":
        given = access_token(services, integration.id)
        return Credential("oauth", given.text, tenant_id=given.tenant_id)
    return signed_in(
        services,
        kept_credential(services, integration.id, connection),
        tenant_id=connection.tenant_id,
        client_id=connection.client_id,
    )


def kept_credential(
    services: Services, integration: IntegrationId, connection: Connection
) -> Credential:
    """Return what is kept of a connection, opened, as an admin gave it; SecretUnreadableError.

    SignedOutError of one that came without its secret: nobody is to be called with nothing.
    """
    sealed = connection.sealed_secret
    if not sealed and connection.kind in _WITH_A_SECRET:
        raise SignedOutError(
            connection.refusal or "The connection has no secret.",
            next_step="Replace the connection.",
        )
    purpose = secret_purpose(integration)
    return Credential(
        kind=connection.kind,
        secret=services.vault.open(sealed, purpose=purpose) if sealed else "",
        user_name=connection.user_name,
        host_key=connection.host_key,
        public_key=connection.public_key,
    )


def signed_in(
    services: Services, given: Credential, *, tenant_id: str, client_id: str
) -> Credential:
    """Return a credential as it is shown: an app's identity with the access token of now.

    SignInNotSetUpError where there is nobody to ask for one.
    """
    if given.kind not in APPS:
        return given
    identities = services.sign_in.identities
    if identities is None:
        raise SignInNotSetUpError("This installation knows no identity server to ask for a token.")
    token = identities.token(
        given.kind, tenant_id=tenant_id, client_id=client_id, secret=given.secret
    )
    return replace(given, secret=token.text, tenant_id=tenant_id)


def secret_purpose(integration: IntegrationId) -> str:
    """Return what the secret of an integration's connection is sealed for."""
    return f"{integration}|connection|1"
