"""A small organization with all that can be indexed, and the examination of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import pytest

from devhost.sample_organization import SampleOrganization
from shared.interfaces.examining import Asked
from shared.interfaces.git_host_family import Credential

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devhost.sample_organization import Clock
    from shared.git_hosts.azure_devops import AzureDevOps
    from shared.interfaces.examining import Step

EVERYTHING = Asked(work_items=True, service_hooks=True, writes=True)


class Examine(Protocol):
    """Examines the sample organization; returns each step by its name."""

    def __call__(
        self, credential: Credential | None = None, *, asked: Asked = EVERYTHING, url: str = ""
    ) -> dict[str, Step]:
        """Without a *credential* it is a token that may do everything."""


@pytest.fixture
def sample(tmp_path: Path, clock: Clock) -> Iterator[SampleOrganization]:
    """Return an organization with one project, one repository, and a commit in it."""
    with SampleOrganization(tmp_path, clock=clock) as started:
        started.add_project("Shop")
        started.create_repository("Shop", "web")
        started.push("web", "main", "PAY-1 Start")
        started.calls.reset()
        yield started


@pytest.fixture
def examine(sample: SampleOrganization, family: AzureDevOps) -> Examine:
    """Return the way to examine the sample organization."""

    def call(
        credential: Credential | None = None, *, asked: Asked = EVERYTHING, url: str = ""
    ) -> dict[str, Step]:
        address = family.address(url or sample.url, ())
        shown = credential or Credential("pat", sample.token)
        return {step.step: step for step in family.examine(address, shown, asked=asked)}

    return call


def told(steps: dict[str, Step]) -> dict[str, bool | None]:
    """Return how each step ended, without those of the way there."""
    way = ("dns", "reach", "tls")
    return {name: step.ok for name, step in steps.items() if name not in way}
