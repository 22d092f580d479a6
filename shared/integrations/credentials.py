"""What an integration shows to its git host: tried out, and kept sealed.

An SSH key pair is made here, so that no git host can know it before an admin has seen its public
half: a connection with a new one is kept although it is refused, and says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.configuration import Connection
from shared.connections.presenting import (
    credential_of,
    kept_credential,
    secret_purpose,
    signed_in,
)
from shared.connections.refreshing import NOBODY_YET, SIGN_IN_AGAIN
from shared.connections.sealed_grants import has_grant
from shared.errors import AdminError, NoRepositoriesError, SignedOutError, SignInNotSetUpError
from shared.integrations.certificates import expiry_of
from shared.interfaces.answers import ListedRepository
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.integrations.connections import Changes, NewConnection
    from shared.interfaces.git_host_family import Credential, GitHostFamily
    from shared.model import IntegrationId
    from shared.services import Services


class Shown(Struct, frozen=True):
    """What a git host showed to a credential."""

    repositories: tuple[ListedRepository, ...] = ()
    refusal: str = ""
    """Why it showed nothing yet; empty when it accepted the credential."""


SIGN_IN_FIRST: Final = Shown(refusal=f"{NOBODY_YET} {SIGN_IN_AGAIN}")
"""What is shown while an integration waits for somebody to sign in."""


def show(family: GitHostFamily, wanted: Changes | Integration, credential: Credential) -> Shown:
    """Return every repository that a credential shows; the git host's refusals are raised.

    That an SSH key is not known there yet is none, nor is one of organizations that nobody named.
    """
    found: list[ListedRepository] = []
    refusals: list[AdminError] = []
    organizations = wanted.organizations or family.organizations(wanted.url, credential)
    for organization in organizations:
        try:
            host = family.open(organization, url=wanted.url, credential=credential)
            found += host.listing().repositories
        except AdminError as error:
            if isinstance(error, SignedOutError) and credential.kind == "ssh_key":
                return Shown(refusal=_to_be_added(credential))
            refusals.append(error)
            if wanted.organizations or len(refusals) == len(organizations):
                raise
    return Shown(tuple(found))


def first_shown(
    services: Services,
    family: GitHostFamily,
    wanted: Changes,
    given: NewConnection,
    kept: Credential,
) -> Shown:
    """Return what a new connection shows; NoRepositoriesError when that is nothing.

    *kept* is what is to be kept of what is *given*.
    """
    if wanted.hooks_only:
        return Shown()
    if kept.kind == "oauth":
        return _sign_in_first(services)
    credential = signed_in(services, kept, tenant_id=given.tenant_id, client_id=given.client_id)
    shown = show(family, wanted, credential)
    if not shown.refusal and not shown.repositories:
        raise NoRepositoriesError("The credential works, and shows no repository.")
    return shown


def to_show(
    services: Services,
    integration: Integration,
    given: NewConnection,
    stored: Connection,
    *,
    kept: Credential | None,
) -> Credential | None:
    """Return what the git host is asked with; None while somebody has to sign in first.

    *kept* is what is to be kept of what is *given*; None: the connection stays as it is.
    """
    if kept is None:
        return credential_of(services, integration, stored)
    if kept.kind != "oauth":
        return signed_in(services, kept, tenant_id=given.tenant_id, client_id=given.client_id)
    is_granted = stored.kind == "oauth" and has_grant(services, integration.id)
    if not is_granted or stored.refused_since is not None:
        return None
    return credential_of(services, integration, stored)


def is_other(given: NewConnection, stored: Connection) -> bool:
    """Tell whether something else is to be shown, and not only told about it."""
    return bool(given.secret) or any(
        getattr(given, name) != getattr(stored, name)
        for name in ("kind", "user_name", "host_key", "tenant_id", "client_id")
    )


def completed(
    services: Services,
    integration: Integration,
    given: NewConnection,
    stored: Connection,
) -> Credential:
    """Return what is given, with the stored secret where the same kind came without one."""
    credential = given.credential
    if given.secret or given.kind != stored.kind:
        return credential
    known = kept_credential(services, integration.id, stored)
    return replace(credential, secret=known.secret, public_key=known.public_key)


def keep(
    services: Services,
    integration: IntegrationId,
    given: NewConnection,
    *,
    credential: Credential,
    refusal: str,
) -> None:
    """Keep a credential sealed, and whether it still waits to be accepted.

    Of OAuth there is a grant besides, which belongs to no other kind.
    """
    purpose = secret_purpose(integration)
    secret = credential.secret
    connection = Connection(
        kind=credential.kind,
        sealed_secret=services.vault.seal(secret, purpose=purpose) if secret else "",
        user_name=credential.user_name,
        host_key=credential.host_key,
        public_key=credential.public_key,
        tenant_id=given.tenant_id,
        client_id=given.client_id,
        email=given.email,
        expires_at=given.expires_at or expiry_of(given.certificate),
        refused_since=services.clock() if refusal else None,
        refusal=refusal,
    )
    services.connections.put(ONE_GROUP, integration, connection)
    services.known_connections.forget(ONE_GROUP, integration)
    if connection.kind != "oauth":
        services.grants.delete(ONE_GROUP, integration)


def tell(services: Services, integration: IntegrationId, given: NewConnection) -> None:
    """Keep what is said about a connection that stays as it is."""
    record = services.connections.get(ONE_GROUP, integration)
    if record is not None:
        changed = replace(record.value, email=given.email, expires_at=given.expires_at)
        services.connections.replace(record, changed)


def stored_connection(services: Services, integration: Integration) -> Connection:
    """Return an integration's connection as it is kept."""
    record = services.connections.get(ONE_GROUP, integration.id)
    assert record is not None, "an integration is connected before it is kept"
    return record.value


def _sign_in_first(services: Services) -> Shown:
    if services.sign_in.server is None:
        raise SignInNotSetUpError("Nobody can sign in: the settings name no identity server.")
    return SIGN_IN_FIRST


def _to_be_added(credential: Credential) -> str:
    return (
        "The git host does not accept the SSH key yet. Add the public key to the repository's "
        "deploy keys there, to read only; it is tried again within minutes: "
        f"{credential.public_key}"
    )
