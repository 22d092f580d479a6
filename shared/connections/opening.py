"""Opens an integration's organizations with its connection, unless it may not work now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.connections.presenting import credential_of
from shared.connections.refreshing import SIGN_IN_AGAIN
from shared.errors import HooksOnlyError, SignedOutError, StoppedError, UnknownThingError
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Connection, ConnectionKind, Integration
    from shared.interfaces.git_host import GitHost
    from shared.services import Services

_NEXT_STEPS: Final[dict[ConnectionKind, str]] = {
    "oauth": SIGN_IN_AGAIN,
    "managed_identity": "Have the app given that identity, or replace the connection.",
    "service_principal": "Replace the connection with a client secret or certificate that is good.",
    "basic": "Replace the connection with a user name and a password that are accepted.",
    "ssh_key": "Add the connection's public key to the repository's deploy keys, to read only.",
}


def open_organization(services: Services, integration: Integration, organization: str) -> GitHost:
    """Return an organization of the integration.

    While the git host refuses the credential this raises SignedOutError without calling it, so
    that a token that has expired is not tried by every job; discovery alone tries again.
    """
    record = services.connections.get(ONE_GROUP, integration.id)
    if record is None:
        raise SignedOutError("The integration has no connection.")
    if record.value.refused_since is not None:
        next_step = _NEXT_STEPS.get(record.value.kind, "")
        raise SignedOutError(record.value.refusal, next_step=next_step)
    return _open(services, integration, organization, record.value)


def try_organization(services: Services, integration: Integration, organization: str) -> GitHost:
    """Return an organization, even when its credential was refused before."""
    record = services.connections.get(ONE_GROUP, integration.id)
    if record is None:
        raise SignedOutError("The integration has no connection.")
    return _open(services, integration, organization, record.value)


def check_running(services: Services, integration: Integration) -> None:
    """Return while the integration is neither removed nor paused; StoppedError says to stop."""
    known = services.known_integrations.get(ONE_GROUP, integration.id)
    if known is None or known.is_removed or known.is_paused:
        raise StoppedError(f"Integration {integration.id} was stopped.")


def check_callable(integration: Integration) -> None:
    """Return when the integration's git host may be called; HooksOnlyError when it never is."""
    if integration.hooks_only:
        raise HooksOnlyError("The integration lives on service hooks alone.")


def integration_of(services: Services, integration_id: str) -> Integration:
    """Return an integration; UnknownThingError when there is none or it was removed."""
    record = services.integrations.get(ONE_GROUP, integration_id)
    if record is None or record.value.is_removed:
        raise UnknownThingError("There is no such integration.")
    return record.value


def _open(
    services: Services, integration: Integration, organization: str, connection: Connection
) -> GitHost:
    check_callable(integration)
    family = services.git_hosts[integration.git_host]
    credential = credential_of(services, integration, connection)
    return family.open(organization, url=integration.url, credential=credential)
