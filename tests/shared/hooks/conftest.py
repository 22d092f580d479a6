"""A world whose repository is indexed, and pushes as service hooks would tell them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.configuration import Integration


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with one repository of three commits."""
    with SampleOrganization(tmp_path / "sample") as organization:
        organization.add_project("Shop")
        organization.create_repository("Shop", "shop")
        organization.push("shop", "main", "PAY-1 One", "PAY-2 Two", "PAY-3 Three")
        yield organization


@pytest.fixture
def world(sample: SampleOrganization) -> World:
    return World(sample)


@pytest.fixture
def integration(world: World) -> Integration:
    """Return the sample's integration, indexed."""
    connected = world.connect()
    world.work()
    return connected
