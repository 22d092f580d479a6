"""An admin is told when service hooks should have told of a push, and did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.configuration import HookState, Subscription
from shared.integrations import connections
from shared.messages import Job
from shared.model import ProjectId
from shared.services import ONE_GROUP
from tests.hooks import deliver, push_event
from tests.world import World

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration

NOBODY = "http://localhost:9"


@pytest.fixture
def world(sample: SampleOrganization) -> World:
    """Return a world whose organization has our hooks, and loses what they should deliver."""
    sample.behaviour.hooks_silent = True
    return World(sample, public_url=NOBODY)


def look(world: World, integration: Integration, name: str = "shop") -> None:
    """Have the timer look at a repository."""
    world.run("reindex", Job(integration.id, "due", repository=world.repository(name)))


def silence(world: World, integration: Integration) -> str:
    """Return what the alarm says, empty when there is none."""
    found = [a.text for a in world.status(integration).alarms if a.code == "hooks_silent"]
    return found[0] if found else ""


@pytest.fixture
def watched(world: World, integration: Integration) -> Integration:
    """Return the integration after a pass that ended with healthy hooks."""
    look(world, integration)
    return integration


def test_a_push_that_no_hook_told_of_is_an_alarm_after_a_quarter_of_an_hour(
    world: World, watched: Integration
) -> None:
    world.sample.push("shop", "main", "PAY-9")
    look(world, watched)
    assert silence(world, watched) == ""

    world.clock.pass_by(minutes=16)

    hooks = world.services.hook_states.get(ONE_GROUP, watched.id)
    assert hooks is not None
    [hook] = [h for h in hooks.value.subscriptions if h.event_type == "git.push"]
    assert "Shop/shop" in silence(world, watched)
    assert hook.id in silence(world, watched)


def test_a_repository_whose_hooks_are_silent_is_looked_at_more_often(
    world: World, watched: Integration
) -> None:
    look(world, watched)
    before = world.cursor(watched, "shop")
    world.sample.push("shop", "main", "PAY-9")

    look(world, watched)

    after = world.cursor(watched, "shop")
    assert before.next_at is not None
    assert after.next_at is not None
    assert after.next_at < before.next_at


@pytest.mark.parametrize("is_known", [True, False], ids=["late", "next"])
def test_the_alarm_is_gone_when_a_hook_is_heard_again(
    world: World, watched: Integration, *, is_known: bool
) -> None:
    old = world.sample.head("shop", "main")
    new = world.sample.push("shop", "main", "PAY-9")
    look(world, watched)
    world.clock.pass_by(minutes=16)
    assert silence(world, watched)
    if not is_known:
        old, new = new, world.sample.push("shop", "main", "PAY-10")

    deliver(world, watched, push_event(world, (new, "PAY-9"), old=old, new=new))
    world.work()
    world.clock.pass_by(hours=1)
    look(world, watched)

    assert silence(world, watched) == ""
    assert world.cursor(watched, "shop").last_hook_at is not None


def test_a_push_that_is_told_of_is_no_silence_however_it_is_read(
    world: World, watched: Integration
) -> None:
    new = world.sample.push("shop", "main", "PAY-9")

    deliver(world, watched, push_event(world, old="a" * 40, new=new))
    world.work()
    look(world, watched)
    world.clock.pass_by(hours=1)

    assert world.links("PAY-9") == [("commit", new)]
    assert silence(world, watched) == ""


def test_what_the_first_index_finds_is_no_silence(world: World, integration: Integration) -> None:
    world.clock.pass_by(hours=1)

    assert silence(world, integration) == ""


def test_a_push_before_there_were_hooks_is_no_silence(
    world: World, integration: Integration
) -> None:
    hooks = world.services.hook_states.get(ONE_GROUP, integration.id)
    assert hooks is not None
    world.services.hook_states.put(ONE_GROUP, integration.id, HookState())
    look(world, integration)
    world.sample.push("shop", "main", "PAY-9")
    world.services.hook_states.put(ONE_GROUP, integration.id, hooks.value)

    look(world, integration)
    world.clock.pass_by(hours=1)

    assert silence(world, integration) == ""


@pytest.mark.parametrize("status", ["onProbation", "disabledByUser", "disabledBySystem"])
def test_hooks_that_are_known_to_be_out_of_service_are_not_called_silent(
    world: World, watched: Integration, status: str
) -> None:
    record = world.services.hook_states.get(ONE_GROUP, watched.id)
    assert record is not None
    project = ProjectId(world.sample.organization.project("Shop").id)
    sick = Subscription("1", "git.push", project, status=status)
    world.sample.push("shop", "main", "PAY-9")
    world.services.hook_states.put(ONE_GROUP, watched.id, HookState((sick,)))

    look(world, watched)
    world.clock.pass_by(hours=1)

    assert silence(world, watched) == ""


def test_without_hooks_nothing_is_silent(sample: SampleOrganization) -> None:
    world = World(sample)
    integration = world.connect()
    world.work()
    for number in range(2):
        sample.push("shop", "main", f"PAY-{number}")
        look(world, integration)

    world.clock.pass_by(hours=1)

    assert silence(world, integration) == ""


def test_a_repository_that_comes_back_is_no_silence(world: World, watched: Integration) -> None:
    world.sample.disable_repository("shop")
    world.run("reindex", Job(watched.id, "discover"))
    world.work()
    world.sample.disable_repository("shop", disabled=False)
    world.sample.push("shop", "main", "PAY-9")

    world.run("reindex", Job(watched.id, "discover"))
    world.work()
    world.clock.pass_by(hours=1)

    assert len(world.links("PAY-9")) == 1
    assert silence(world, watched) == ""


def test_a_push_whose_delivery_failed_is_no_silence(world: World, watched: Integration) -> None:
    new = world.sample.push("shop", "main", "PAY-9")
    world.sample.revoke_token()
    deliver(world, watched, push_event(world, old="a" * 40, new=new))
    world.work()

    reconnect(world, watched, world.sample.replace_token())
    look(world, watched)
    world.clock.pass_by(hours=1)

    assert silence(world, watched) == ""


def reconnect(world: World, integration: Integration, token: str) -> None:
    """Replace the connection, and list the repositories with it."""
    wanted = connections.Changes(
        name=integration.name, url=integration.url, organizations=integration.organizations
    )
    connections.change(
        world.services,
        integration.id,
        wanted,
        connection=connections.NewConnection(token),
    )
    world.run("reindex", Job(integration.id, "discover"))
    for queue in world.storage.queues.waiting.values():
        queue.clear()


def test_the_first_few_silent_repositories_are_named_and_the_others_counted(
    world: World, sample: SampleOrganization
) -> None:
    for number in range(5):
        sample.create_repository("Shop", f"part-{number}")
        sample.push(f"part-{number}", "main", "PAY-1 Start")
    integration = world.connect()
    world.work()
    for number in range(5):
        look(world, integration, f"part-{number}")
        sample.push(f"part-{number}", "main", "PAY-2 More")
        look(world, integration, f"part-{number}")

    world.clock.pass_by(hours=1)

    text = silence(world, integration)
    assert "Shop/part-0" in text
    assert "Shop/part-2" in text
    assert "part-3" not in text
    assert "and 2 more" in text


def test_where_hooks_are_switched_off_nothing_is_silent(world: World) -> None:
    integration = world.connect(webhooks=False)
    world.work()
    for number in range(2):
        world.sample.push("shop", "main", f"PAY-{number}")
        look(world, integration)

    world.clock.pass_by(hours=1)

    assert silence(world, integration) == ""
