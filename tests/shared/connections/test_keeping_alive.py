"""Grants that nobody uses are renewed each week by the timer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.connections.keeping_alive import keep_alive
from shared.errors import IdentityServerUnavailableError
from shared.model import IntegrationId
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from tests.shared.connections.conftest import INTEGRATION, allow, grant_of

if TYPE_CHECKING:
    from shared.services import Services
    from tests.shared.connections.identity_servers import StrictServer
    from tests.shared.web.in_memory import Installation

WEEK = timedelta(days=7)


def test_grant_of_a_paused_integration_is_renewed_after_a_week(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    record = services.integrations.get(ONE_GROUP, INTEGRATION)
    assert record is not None
    services.integrations.replace(record, replace(record.value, is_paused=True))

    installation.clock.advance(WEEK)
    tick(services, now=services.clock())
    assert server.calls == 0

    installation.clock.advance(timedelta(minutes=5))
    tick(services, now=services.clock())
    tick(services, now=services.clock())
    assert server.calls == 1
    assert grant_of(services).refreshed_at == services.clock()


def test_few_grants_are_renewed_at_a_tick_and_the_others_later(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    for number in range(2, 9):
        allow(services, server, IntegrationId(f"i{number}"))
    installation.clock.advance(WEEK + timedelta(minutes=5))

    done = [keep_alive(services, now=services.clock()) for _ in range(3)]

    assert done == [5, 3, 0]
    assert server.calls == 8


def test_failure_of_one_keeps_no_other_from_being_renewed(
    services: Services, installation: Installation, server: StrictServer
) -> None:
    allow(services, server, IntegrationId("i2"))
    installation.clock.advance(WEEK + timedelta(minutes=5))
    server.fails = IdentityServerUnavailableError("503")

    assert keep_alive(services, now=services.clock()) == 2

    assert server.calls == 2


@pytest.mark.parametrize("days", [8, 30])
def test_revoked_grant_is_not_asked_for_again_and_again(
    services: Services, installation: Installation, server: StrictServer, days: int
) -> None:
    server.is_revoked = True
    installation.clock.advance(timedelta(days=days))

    for _ in range(3):
        keep_alive(services, now=services.clock())
        installation.clock.advance(timedelta(hours=2))

    assert server.calls == 1
