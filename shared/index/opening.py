"""Opens an integration's organizations with its connection, unless it may not work now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import HooksOnlyError, SignedOutError, StoppedError, UnknownThingError
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.interfaces.git_host import GitHost
    from shared.model import IntegrationId
    from shared.services import Services


def open_organization(services: Services, integration: Integration, organization: str) -> GitHost:
    """Return an organization of the integration.

    While the git host refuses the credential this raises SignedOutError without calling it, so
    that a token that has expired is not tried by every job; discovery alone tries again.
    """
    record = services.connections.get(ONE_GROUP, integration.id)
    if record is None:
        raise SignedOutError("The integration has no connection.")
    if record.value.refused_since is not None:
        raise SignedOutError(record.value.refusal)
    return _open(services, integration, organization, record.value.sealed_token)


def try_organization(services: Services, integration: Integration, organization: str) -> GitHost:
    """Return an organization, even when its credential was refused before."""
    record = services.connections.get(ONE_GROUP, integration.id)
    if record is None:
        raise SignedOutError("The integration has no connection.")
    return _open(services, integration, organization, record.value.sealed_token)


def check_running(services: Services, integration: Integration) -> None:
    """Return while the integration is neither removed nor paused; StoppedError says to stop."""
    known = services.known_integrations.get(ONE_GROUP, integration.id)
    if known is None or known.is_removed or known.is_paused:
        raise StoppedError(f"Integration {integration.id} was stopped.")


def check_callable(integration: Integration) -> None:
    """Return when the integration's git host may be called; HooksOnlyError when it never is."""
    if integration.hooks_only:
        raise HooksOnlyError("The integration lives on service hooks alone.")


def token_purpose(integration: IntegrationId) -> str:
    """Return what an integration's token is sealed for."""
    return f"{integration}|token|1"


def integration_of(services: Services, integration_id: str) -> Integration:
    """Return an integration; UnknownThingError when there is none or it was removed."""
    record = services.integrations.get(ONE_GROUP, integration_id)
    if record is None or record.value.is_removed:
        raise UnknownThingError("There is no such integration.")
    return record.value


def _open(
    services: Services, integration: Integration, organization: str, sealed_token: str
) -> GitHost:
    check_callable(integration)
    token = services.vault.open(sealed_token, purpose=token_purpose(integration.id))
    return services.git_hosts[integration.git_host].open(organization, token=token)
