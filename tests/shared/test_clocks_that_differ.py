"""Our clock and the git host's are minutes apart: nothing is lost, and nothing is there twice.

Input 67 of the list of hostile and broken inputs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.scheduling.ticking import tick
from tests.hooks import deliver, push_event, states
from tests.world import TestClock, World

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.identity_server.process import IdentityServerProcess

NONE = "0" * 40
CALLBACK = "http://localhost:7071/oauth/callback"


@pytest.fixture(params=[-10, 10], ids=["behind", "ahead"])
def minutes(request: pytest.FixtureRequest) -> int:
    """Return how far our clock is ahead of that of the git host."""
    found: int = request.param
    return found


@pytest.fixture
def world(sample: SampleOrganization, minutes: int) -> World:
    made = World(sample)
    made.clock.pass_by(minutes=minutes)
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Start")
    return made


@pytest.fixture
def integration(world: World) -> Integration:
    connected = world.connect()
    world.work()
    return connected


def tell(world: World, integration: Integration, *commits: tuple[str, str], **more: str) -> str:
    """Deliver a push, dated by the git host; return how it was received."""
    body = push_event(world, *commits, **more)  # type: ignore[arg-type]  # a test's
    body["createdDate"] = f"{world.sample.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"
    return str(deliver(world, integration, body))


def test_push_is_linked_from_its_event_and_counts_once(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    old = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-2 Told")
    event = push_event(world, (new, "PAY-2 Told"), old=old, new=new)
    event["createdDate"] = f"{sample.clock.now():%Y-%m-%dT%H:%M:%S.%fZ}"

    received = [deliver(world, integration, event) for _ in range(3)]
    world.work()

    assert received == ["accepted", "repeated", "repeated"]
    assert states(world, integration) == ["done"]
    assert world.links("PAY-2") == [("commit", new)]


def test_branch_that_came_and_went_leaves_no_link(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    new = sample.push("shop", "feature/PAY-3", "PAY-3 Try")
    tell(world, integration, (new, "PAY-3 Try"), old=NONE, new=new, branch="feature/PAY-3")
    world.work()
    shown = [kind for kind, _ in world.links("PAY-3")]
    sample.delete_branch("shop", "feature/PAY-3")
    tell(world, integration, old=new, new=NONE, branch="feature/PAY-3")
    world.work()

    assert "branch" in shown
    assert "branch" not in [kind for kind, _ in world.links("PAY-3")]
    assert states(world, integration) == ["done", "done"]


def test_push_that_nobody_told_is_found_by_the_timer(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    new = sample.push("shop", "main", "PAY-4 Unheard")
    for _ in range(8):
        world.clock.pass_by(minutes=15)
        tick(world.services, now=world.clock())
        world.work()

    assert world.links("PAY-4") == [("commit", new)]


def test_everything_is_stored_as_with_clocks_that_agree(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    old = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-5 Told")
    tell(world, integration, (new, "PAY-5 Told"), old=old, new=new)
    world.work()
    agreeing = World(sample)
    agreeing.connect()

    agreeing.work()

    assert {key for _, _, key in world.everything()} == {key for _, _, key in agreeing.everything()}


def test_git_host_that_asks_to_wait_is_left_alone_for_as_long_as_it_asks(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.faults.throttle(retry_after=300, times=1)
    new = sample.push("shop", "main", "PAY-6 Later")
    world.clock.pass_by(hours=1)
    tick(world.services, now=world.clock())
    world.work(most=1)
    delays = world.storage.queues.delays
    world.clock.pass_by(minutes=6)

    world.work()

    assert delays
    assert timedelta(minutes=4) < delays[0] <= timedelta(minutes=5)
    assert world.links("PAY-6") == [("commit", new)]


def test_person_can_sign_in(identity_server: IdentityServerProcess, minutes: int) -> None:
    ours = TestClock()
    ours.pass_by(minutes=minutes)
    entra = identity_server.entra(clock=ours)
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)

    person = entra.complete_sign_in(begun.flow, identity_server.allow(begun.url))

    assert person.object_id
