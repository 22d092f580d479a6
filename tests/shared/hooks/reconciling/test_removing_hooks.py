from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization, Where
from shared.configuration import HookState
from shared.hooks.subscriptions import WANTED, webhook_url
from shared.integrations import connections
from shared.messages import Job
from shared.scheduling import leases
from shared.scheduling.schedule import WITHOUT_HOOKS
from shared.services import ONE_GROUP
from tests.dying import kill_after
from tests.shared.hooks.reconciling.conftest import (
    add_project,
    alarms,
    hooks,
    look,
    only,
    project,
    state,
)
from tests.world import Killed, World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from shared.configuration import Integration


def test_hooks_go_with_what_was_indexed_of_a_project(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    add_project(sample, "Later")
    world.run("reindex", Job(integration.id, "discover", asked_at=world.clock()))
    world.work()
    sample.delete_repository("shop")
    world.clock.pass_by(minutes=1)

    world.run("reindex", Job(integration.id, "discover", asked_at=world.clock()))
    world.work()

    assert {o.publisher_inputs["projectId"] for o in hooks(sample)} == {project(sample, "Later")}
    assert state(world, integration).looked_at.keys() == {project(sample, "Later")}


def test_hooks_go_when_they_are_switched_off_and_come_back_when_they_are_switched_on(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    off = connections.Changes("Sample", sample.url, (), webhooks=False)
    connections.change(world.services, integration.id, off)
    world.work()

    assert hooks(sample) == []
    assert state(world, integration).subscriptions == ()
    next_at = world.cursor(integration, "shop").next_at
    assert next_at is not None
    assert next_at - world.clock() <= WITHOUT_HOOKS.least
    world.clock.pass_by(minutes=1)
    on = connections.Changes("Sample", sample.url, ())
    connections.change(world.services, integration.id, on)
    world.work()
    assert Counter(one.event_type for one in hooks(sample)) == Counter(WANTED)


def test_hooks_that_cannot_be_removed_are_told_of(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.behaviour.hooks_forbidden = True
    off = connections.Changes("Sample", sample.url, (), webhooks=False)
    changed = connections.change(world.services, integration.id, off)
    world.work()

    assert "9 service hooks are" in alarms(world, changed)["hooks_left"]
    sample.behaviour.hooks_forbidden = False
    look(world, integration)
    assert alarms(world, changed) == {}
    assert hooks(sample) == []


def test_hooks_go_with_the_integration_also_those_that_nobody_recorded(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    record = state(world, integration)
    world.services.hook_states.put(ONE_GROUP, integration.id, HookState(record.subscriptions[:2]))

    connections.remove(world.services, integration.id)
    world.work()

    assert hooks(sample) == []
    assert world.services.integrations.get(ONE_GROUP, integration.id) is None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda sample: sample.revoke_token(),
        lambda sample: setattr(sample.behaviour, "hooks_forbidden", True),
        lambda sample: sample.faults.outage(times=None, where=Where(route="{subscriptionId}")),
        lambda sample: sample.faults.html(times=None),
    ],
    ids=["token revoked", "no permission", "outage", "pages"],
)
def test_removal_ends_though_the_hooks_cannot_be_removed_and_the_log_names_them(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    spoil: Callable[[SampleOrganization], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    left = only(sample)
    spoil(sample)

    connections.remove(world.services, integration.id)
    world.work()

    assert world.services.integrations.get(ONE_GROUP, integration.id) is None
    assert any("hooks_left" in m and left.id in m for m in caplog.messages)


def test_removal_waits_while_the_git_host_asks_to_wait(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    connections.remove(world.services, integration.id)
    sample.faults.throttle(retry_after=600, times=None)

    world.work(most=1)

    assert len(hooks(sample)) == len(WANTED)
    sample.faults.clear()
    world.clock.pass_by(minutes=11)
    world.work()
    assert hooks(sample) == []
    assert world.services.integrations.get(ONE_GROUP, integration.id) is None


def test_hooks_of_another_organization_and_of_another_integration_are_untouched(
    world: World, sample: SampleOrganization, integration: Integration, tmp_path: Path
) -> None:
    other = SampleOrganization(tmp_path / "other", name="fabrikam", beside=sample)
    with other:
        add_project(other, "Other")
        second = World(other, public_url="http://localhost:9")
        elsewhere = second.connect()
        second.work()
        beside = world.connect(name="Second")
        world.work()
        theirs = hooks(other)

        connections.remove(world.services, integration.id)
        world.work()
        look(second, elsewhere)

        assert hooks(other) == theirs
        url = webhook_url(world.services, beside.webhook_id)
        assert {one.consumer_inputs["url"] for one in hooks(sample)} <= {url}


def test_two_looks_at_once_make_no_hook_twice(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.delete_subscription(only(sample).id)
    world.clock.pass_by(minutes=1)
    job = Job(integration.id, "reconcile", asked_at=world.clock())
    held = leases.take(world.services, integration.id, leases.SERVICE_HOOKS)
    assert held is not None

    with held:
        world.run("reindex", job)
        assert hooks(sample, "git.push") == []
    world.run("reindex", job)
    world.work()

    assert len(hooks(sample, "git.push")) == 1


@pytest.mark.parametrize("step", range(8))
def test_a_look_that_was_cut_short_is_made_good_by_the_next(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    step: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sample.set_subscription_status(only(sample).id, "disabledBySystem")
    sample.delete_subscription(only(sample, "git.pullrequest.created").id)
    commit = sample.push("shop", "main", "PAY-20 Nobody told")
    world.clock.pass_by(minutes=1)
    job = Job(integration.id, "reconcile", asked_at=world.clock())
    with monkeypatch.context() as patched:
        kill_after(world, patched, steps=step)
        with suppress(Killed):
            world.run("reindex", job)
    world.clock.pass_by(minutes=2)

    world.run("reindex", job)
    world.work()

    assert Counter(one.event_type for one in hooks(sample)) == Counter(WANTED)
    assert {one.status for one in hooks(sample)} == {"enabled"}
    assert world.links("PAY-20") == [("commit", commit)]


def test_nothing_is_made_while_our_address_is_not_known(sample: SampleOrganization) -> None:
    world = World(sample)
    integration = world.connect()
    world.work()

    look(world, integration)

    assert hooks(sample) == []
