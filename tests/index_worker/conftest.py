"""An installation in memory, with an organization that has one repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with the project Shop and no repository."""
    with SampleOrganization(tmp_path / "sample") as organization:
        organization.add_project("Shop")
        yield organization


@pytest.fixture
def world(sample: SampleOrganization) -> World:
    """Return an installation that has connected nothing yet."""
    return World(sample)
