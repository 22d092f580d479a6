"""A sample organization that answers over HTTP, and the way that the product reaches it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import Clock, SampleOrganization
from shared.git_hosts.azure_devops import AzureDevOps
from shared.git_hosts.egress import Sessions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.interfaces import GitHost

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


class Waits:
    """Waits by moving the clock, and remembers for how long."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds: list[float] = []

    def __call__(self, seconds: float) -> None:
        """Let time pass."""
        self.seconds.append(seconds)
        self._clock.advance(timedelta(seconds=seconds))


@pytest.fixture
def clock() -> Clock:
    """Return a clock that stands still until it is moved."""
    return Clock(NOW, running=False)


@pytest.fixture
def waits(clock: Clock) -> Waits:
    """Return what waits for the git host."""
    return Waits(clock)


@pytest.fixture
def sample(tmp_path: Path, clock: Clock) -> Iterator[SampleOrganization]:
    """Return an organization with one project, "Shop", and one empty repository, "web"."""
    with SampleOrganization(tmp_path, clock=clock) as started:
        started.add_project("Shop")
        started.create_repository("Shop", "web")
        yield started


@pytest.fixture
def family(sample: SampleOrganization, clock: Clock, waits: Waits) -> AzureDevOps:
    """Return Azure DevOps, where the sample organization stands for the services."""
    return AzureDevOps(
        services_url=sample.base_url, sessions=Sessions(), clock=clock.now, wait=waits
    )


@pytest.fixture
def host(family: AzureDevOps, sample: SampleOrganization) -> GitHost:
    """Return the organization, opened with a token that may do everything."""
    return family.open("contoso", token=sample.token)
