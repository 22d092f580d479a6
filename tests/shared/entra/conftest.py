"""What the tests of the identity server's adapter share: an app that signs people in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from shared.entra.server import EntraServer
    from tests.identity_server.process import IdentityServerProcess


@pytest.fixture
def entra(identity_server: IdentityServerProcess) -> EntraServer:
    """Return what the product calls the identity server with."""
    return identity_server.entra()
