"""How a grant is kept: its tokens sealed, each for its integration and for what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.configuration import Grant
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.interfaces.identity import Granted
    from shared.model import IntegrationId
    from shared.services import Services


def sealed_grant(services: Services, integration: IntegrationId, granted: Granted) -> Grant:
    """Return what was allowed as it is kept."""
    vault = services.vault
    return Grant(
        sealed_refresh_token=vault.seal(
            granted.refresh_token, purpose=refresh_token_purpose(integration)
        ),
        sealed_access_token=vault.seal(
            granted.access_token, purpose=access_token_purpose(integration)
        ),
        expires_at=granted.expires_at,
        refreshed_at=services.clock(),
        tenant_id=granted.tenant_id,
        account=granted.account,
    )


def has_grant(services: Services, integration: IntegrationId) -> bool:
    """Tell whether somebody allowed access, whether or not that still holds."""
    return services.grants.get(ONE_GROUP, integration) is not None


def refresh_token_purpose(integration: IntegrationId) -> str:
    """Return what the refresh token of an integration's grant is sealed for."""
    return f"{integration}|grant.refresh_token|1"


def access_token_purpose(integration: IntegrationId) -> str:
    """Return what the access token of an integration's grant is sealed for."""
    return f"{integration}|grant.access_token|1"
