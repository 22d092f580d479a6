"""An organization of a few shops, found by discovery."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.messages import Job

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.messages import QueueName
    from tests.world import World


def discover(world: World, integration: Integration) -> None:
    world.run("reindex", Job(integration.id, "discover"))
    world.work()


def left_out(world: World, integration: Integration) -> dict[str, str | None]:
    return {
        name: "gone" if status.record.is_gone else status.record.left_out
        for name, status in world.repositories(integration).items()
    }


def waiting(world: World) -> Iterator[tuple[QueueName, Job]]:
    """Yield each job that waits, and those that come meanwhile."""
    while (found := world.storage.queues.take()) is not None:
        yield found


@pytest.fixture
def shops(sample: SampleOrganization) -> list[str]:
    """Return three repositories with a commit each."""
    names = ["shop", "stock", "Odd name (1) é ü"]
    for name in names:
        sample.create_repository("Shop", name)
        sample.push(name, "main", f"PAY-1 Begin {name}")
    return names
