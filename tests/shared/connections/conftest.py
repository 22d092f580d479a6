"""Services that know an identity server, and an integration that somebody has allowed access."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared.configuration import Connection, Integration
from shared.connections.sealed_grants import sealed_grant
from shared.model import IntegrationId, TrackerId, WebhookId
from shared.services import ONE_GROUP, Services, SignIn
from tests.shared.connections.identity_servers import StrictServer
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from shared.configuration import Grant
    from shared.interfaces.identity import IdentityServer
    from shared.interfaces.storage import Storage

INTEGRATION = IntegrationId("i1")


@pytest.fixture
def installation() -> Installation:
    return Installation()


@pytest.fixture
def server(installation: Installation) -> StrictServer:
    return StrictServer(installation.clock.now)


@pytest.fixture
def services(installation: Installation, server: StrictServer) -> Services:
    """Return services in memory with an integration that is allowed access for an hour."""
    made = signing_in(installation.services, server)
    allow(made, server)
    installation.services = made
    return made


def signing_in(services: Services, server: IdentityServer) -> Services:
    """Return services whose people sign in at *server*."""
    return replace(services, sign_in=SignIn("https://links.example.com", server))


def services_over(storage: Storage, server: IdentityServer, like: Services) -> Services:
    """Return services over other storage, as another worker has them."""
    return Services.over(
        storage,
        vault=like.vault,
        git_hosts=like.git_hosts,
        clock=like.clock,
        public_url="",
        sign_in=SignIn("https://links.example.com", server),
    )


def allow(
    services: Services, server: StrictServer, integration: IntegrationId = INTEGRATION
) -> None:
    """Keep an integration whose connection somebody has allowed."""
    services.integrations.put(
        ONE_GROUP,
        integration,
        Integration(
            id=integration,
            name="Contoso",
            git_host="azure_devops",
            url="http://localhost:9",
            organizations=(),
            trackers=(TrackerId("default"),),
            webhook_id=WebhookId("w1"),
            created_at=NOW,
        ),
    )
    services.connections.put(ONE_GROUP, integration, Connection("oauth"))
    grant = sealed_grant(services, integration, server.grant())
    services.grants.put(ONE_GROUP, integration, grant)


def grant_of(services: Services, integration: IntegrationId = INTEGRATION) -> Grant:
    """Return the grant as it is kept."""
    record = services.grants.get(ONE_GROUP, integration)
    assert record is not None, "access was allowed"
    return record.value
