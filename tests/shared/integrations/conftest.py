"""An installation beside an organization of fifteen repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization import Clock, SampleOrganization
from shared.integrations import connections
from shared.integrations.connections import Changes, NewConnection
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.configuration import Integration

EXPIRES = NOW.replace(year=2027)


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with fifteen repositories."""
    with SampleOrganization(tmp_path, clock=Clock(NOW, running=False)) as started:
        started.add_project("Shop")
        for number in range(15):
            started.create_repository("Shop", f"part-{number:02}")
            started.push(f"part-{number:02}", "main", "PAY-1 Start")
        yield started


@pytest.fixture
def installation(sample: SampleOrganization) -> Installation:
    return Installation(clock=sample.clock, services_url=sample.base_url)


def wanted(sample: SampleOrganization, **more: Any) -> Changes:
    return Changes(**{"name": "Contoso", "url": sample.url, "organizations": (), **more})


def connect(
    installation: Installation, sample: SampleOrganization, *, token: str = "", **more: Any
) -> Integration:
    connection = NewConnection(token or sample.token, "admin@example.com", EXPIRES)
    return connections.connect(
        installation.services, "azure_devops", wanted(sample, **more), connection
    )
