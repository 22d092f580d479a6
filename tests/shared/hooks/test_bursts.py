"""Many events at once of one repository cost little, and no other repository waits for them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import msgspec
import pytest

from devhost.sample_organization import SampleOrganization
from shared.scheduling import leases
from tests.hooks import deliver, event, push_event, states
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.configuration import Integration

BURST: Final = 200


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path / "sample") as organization:
        organization.add_project("Shop")
        for name in ("shop", "till"):
            organization.create_repository("Shop", name)
            organization.push(name, "main", "PAY-1 One")
        yield organization


@pytest.fixture
def world(sample: SampleOrganization) -> World:
    return World(sample)


@pytest.fixture
def integration(world: World) -> Integration:
    connected = world.connect()
    world.work()
    return connected


def burst(
    world: World, integration: Integration, commits: list[str], *, details: bool = True
) -> None:
    """Deliver a push for each of the commits, oldest first, but for the first one."""
    for number, (old, new) in enumerate(pairwise(commits), 100):
        told = [(new, f"PAY-{number}")] if details else []
        deliver(world, integration, push_event(world, *told, old=old, new=new))


def pushed(sample: SampleOrganization, name: str = "shop", count: int = BURST) -> list[str]:
    """Push commits one on the other; return the head before, and each of them."""
    head = sample.head(name, "main")
    return [head, *(sample.push(name, "main", f"PAY-{n}") for n in range(100, 100 + count))]


def test_burst_of_pushes_that_tell_everything_makes_no_call(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    commits = pushed(sample)
    sample.calls.reset()

    burst(world, integration, commits)
    jobs = world.work()

    assert (jobs, len(sample.calls)) == (BURST, 0)
    assert set(states(world, integration)) == {"done"}
    assert [world.links(f"PAY-{n}") for n in range(100, 100 + BURST)] == [
        [("commit", sha)] for sha in commits[1:]
    ]


def test_burst_of_pushes_that_came_before_the_last_look_is_done_by_that(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    commits = pushed(sample)
    burst(world, integration, commits, details=False)
    world.clock.pass_by(seconds=10)
    sample.calls.reset()

    jobs = world.work()

    assert jobs == BURST
    assert len(sample.calls) == 2, "the branches once, and the commits since"
    assert set(states(world, integration)) == {"done"}
    assert world.links(f"PAY-{99 + BURST}") == [("commit", commits[-1])]


def test_burst_while_the_repository_is_worked_on_is_seen_to_by_one_more_look(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    commits = pushed(sample)
    lease = leases.take(world.services, integration.id, world.repository("shop"))
    assert lease is not None
    burst(world, integration, commits)

    with lease:
        world.work(most=BURST)
    world.clock.pass_by(seconds=10)
    sample.calls.reset()
    jobs = world.work()

    assert jobs <= BURST
    assert len(sample.calls) == 2, "the branches once, and the commits since"
    assert set(states(world, integration)) == {"done"}


def test_push_to_another_repository_does_not_wait_for_a_flood(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    flood = pushed(sample)
    [before, other] = pushed(sample, "till", 1)
    lease = leases.take(world.services, integration.id, world.repository("shop"))
    assert lease is not None
    half = BURST // 2
    burst(world, integration, flood[: half + 1])
    body = push_event(world, (other, "PAY-77"), old=before, new=other, repository="till")
    deliver(world, integration, body)
    burst(world, integration, flood[half:])

    with lease:
        jobs = 0
        while not world.links("PAY-77"):
            jobs += world.work(most=1)

    assert jobs <= half + 1
    assert ("commit", other) in world.links("PAY-77")


def test_burst_of_events_without_details_reads_everything_once(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    commits = [pushed(sample, name, 1)[1] for name in ("shop", "till")]
    sample.calls.reset()
    body = event(world, "git.push", {})
    for number in range(BURST):
        deliver(world, integration, msgspec.json.encode({**body, "id": str(number)}))

    world.work()

    assert set(states(world, integration)) == {"done"}
    assert sorted(world.links("PAY-100")) == sorted(("commit", sha) for sha in commits)
    assert len(sample.calls) <= 8
