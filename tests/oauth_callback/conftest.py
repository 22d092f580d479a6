"""An installation that knows an identity server, and an integration that waits for a sign-in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared.integrations import connections
from shared.integrations.connections import Changes, NewConnection
from shared.services import Services, SignIn
from tests.oauth_callback.browser import HOST
from tests.shared.connections.identity_servers import StrictServer
from tests.shared.web.in_memory import NOWHERE, Installation

if TYPE_CHECKING:
    from shared.model import IntegrationId


@pytest.fixture
def installation() -> Installation:
    return Installation()


@pytest.fixture
def server(installation: Installation) -> StrictServer:
    return StrictServer(installation.clock.now)


@pytest.fixture
def services(installation: Installation, server: StrictServer) -> Services:
    installation.services = replace(installation.services, sign_in=SignIn(HOST, server))
    return installation.services


@pytest.fixture
def waiting(services: Services) -> IntegrationId:
    """Return an integration that was made for OAuth, and waits for somebody."""
    wanted = Changes("", NOWHERE)
    made = connections.connect(services, "azure_devops", wanted, NewConnection(kind="oauth"))
    return made.id
