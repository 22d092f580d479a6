"""An organization to connect, and an installation whose admin connects it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import Clock, SampleOrganization
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with three repositories, and one that is empty."""
    with SampleOrganization(tmp_path / "sample", clock=Clock(NOW, running=False)) as started:
        started.add_project("Shop")
        add_parts(started, 3)
        started.create_repository("Shop", "empty")
        yield started


@pytest.fixture
def installation(sample: SampleOrganization) -> Installation:
    """Return an installation that has connected nothing yet."""
    return Installation(clock=sample.clock, services_url=sample.base_url)


def add_parts(sample: SampleOrganization, count: int) -> None:
    """Add repositories `part-00`, …, each with a commit that names `PAY-1`, …"""
    first = sum(r.name.startswith("part-") for r in sample.organization.repositories.values())
    for number in range(first, first + count):
        sample.create_repository("Shop", f"part-{number:02}")
        sample.push(f"part-{number:02}", "main", f"PAY-{number + 1} Start")
