"""Lists what an admin can choose from once somebody is signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.connections.presenting import credential_of
from shared.integrations.credentials import stored_connection

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.services import Services


def organizations_to_choose(services: Services, integration: Integration) -> tuple[str, ...]:
    """Return the organizations that an integration's connection opens, in order of name.

    Those that it has already are among them, also where it opens no more: what an identity server
    tells need not be all. Of a personal access token, which is for one, they are all that there is;
    for the others errors are those of `GitHostFamily.organizations`.
    """
    connection = stored_connection(services, integration)
    if connection.kind not in {"oauth", "managed_identity", "service_principal"}:
        return integration.organizations
    family = services.git_hosts[integration.git_host]
    credential = credential_of(services, integration, connection)
    named = {name.lower(): name for name in integration.organizations}
    listed = {n.lower(): n for n in family.organizations(integration.url, credential)}
    return tuple(sorted({**named, **listed}.values(), key=str.lower))
