"""What an integration shows to its git host: tried out, and kept sealed.

An SSH key pair is made here, so that no git host can know it before an admin has seen its public
half: a connection with a new one is kept although it is refused, and says what to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from shared.configuration import Connection
from shared.connections.opening import credential_of, secret_purpose
from shared.errors import AdminError, SignedOutError
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


def is_other(given: NewConnection, stored: Connection) -> bool:
    """Tell whether something else is to be shown, and not only told about it."""
    shown = (stored.kind, stored.user_name, stored.host_key)
    return bool(given.secret) or (given.kind, given.user_name, given.host_key) != shown


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
    known = credential_of(services, integration, stored)
    return replace(credential, secret=known.secret, public_key=known.public_key)


def keep(
    services: Services,
    integration: IntegrationId,
    given: NewConnection,
    *,
    credential: Credential,
    refusal: str,
) -> None:
    """Keep a credential sealed, and whether it still waits to be accepted."""
    purpose = secret_purpose(integration)
    secret = credential.secret
    connection = Connection(
        kind=credential.kind,
        sealed_secret=services.vault.seal(secret, purpose=purpose) if secret else "",
        user_name=credential.user_name,
        host_key=credential.host_key,
        public_key=credential.public_key,
        email=given.email,
        expires_at=given.expires_at,
        refused_since=services.clock() if refusal else None,
        refusal=refusal,
    )
    services.connections.put(ONE_GROUP, integration, connection)


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


def _to_be_added(credential: Credential) -> str:
    return (
        "The git host does not accept the SSH key yet. Add the public key to the repository's "
        "deploy keys there, to read only; it is tried again within minutes: "
        f"{credential.public_key}"
    )
