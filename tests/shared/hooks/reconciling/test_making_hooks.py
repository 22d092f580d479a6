from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from devhost.sample_organization import SampleOrganization, Where
from shared.hooks.subscriptions import BROKEN, WANTED, hears_all, webhook_url
from shared.index.working import pace_of
from shared.integrations import connections
from shared.interfaces.git_host_family import Credential
from shared.messages import Job
from shared.scheduling.schedule import WITH_HOOKS, WITHOUT_HOOKS
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from tests.shared.hooks.reconciling.conftest import (
    add_project,
    alarms,
    hooks,
    like,
    look,
    only,
    project,
    state,
)

if TYPE_CHECKING:
    from shared.configuration import Integration
    from tests.world import World


def test_each_project_gets_one_hook_of_each_type(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    found = hooks(sample)

    assert Counter(one.event_type for one in found) == Counter(WANTED)
    url = webhook_url(world.services, integration.webhook_id)
    assert {one.consumer_inputs["url"] for one in found} == {url}
    assert {one.publisher_inputs["projectId"] for one in found} == {project(sample)}
    assert hears_all(state(world, integration), project(sample))
    assert sample.calls.to("hooks/subscriptions", method="GET") == []


def test_a_second_look_changes_nothing(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    before = hooks(sample)
    sample.calls.reset()

    look(world, integration)

    assert hooks(sample) == before
    assert len(sample.calls) == 1


def test_a_project_that_comes_later_gets_its_hooks_at_discovery(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    add_project(sample, "Later")

    world.run("reindex", Job(integration.id, "discover", asked_at=world.clock()))
    world.work()

    later = [
        o for o in hooks(sample) if o.publisher_inputs["projectId"] == project(sample, "Later")
    ]
    assert Counter(one.event_type for one in later) == Counter(WANTED)


@pytest.mark.parametrize("status", sorted(BROKEN))
def test_hook_that_is_out_of_service_is_switched_on_and_what_it_missed_is_found(
    world: World, sample: SampleOrganization, integration: Integration, status: str
) -> None:
    broken = only(sample)
    sample.set_subscription_status(broken.id, status)  # type: ignore[arg-type]
    commit = sample.push("shop", "main", "PAY-20 Nobody told")

    look(world, integration)

    assert (only(sample).id, only(sample).status) == (broken.id, "enabled")
    assert world.links("PAY-20") == [("commit", commit)]
    assert hears_all(state(world, integration), project(sample))
    assert alarms(world, integration).keys().isdisjoint({"hooks_broken", "hooks_refused"})


def test_what_a_broken_hook_missed_is_no_silence_of_the_mended_one(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    for way in ("disabledBySystem", "deleted"):
        look(world, integration)
        world.clock.pass_by(minutes=90)
        tick(world.services, now=world.clock())
        world.work()
        if way == "deleted":
            sample.delete_subscription(only(sample).id)
        else:
            sample.set_subscription_status(only(sample).id, "disabledBySystem")
        commit = sample.push("shop", "main", f"PAY-20 Nobody told: {way}")

        look(world, integration)
        world.clock.pass_by(minutes=30)

        assert commit in [found for _, found in world.links("PAY-20")]
        assert alarms(world, integration) == {}


def test_hook_that_was_deleted_is_made_again_and_what_it_missed_is_found(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    deleted = only(sample)
    sample.delete_subscription(deleted.id)
    commit = sample.push("shop", "main", "PAY-20 Nobody told")

    look(world, integration)

    assert only(sample).id != deleted.id
    assert world.links("PAY-20") == [("commit", commit)]
    assert deleted.id not in {hook.id for hook in state(world, integration).subscriptions}


def test_hook_whose_maker_lost_access_is_made_anew_before_it_is_removed(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.retire()
    token = sample.issue_token(by="Second account").value
    connections.change(
        world.services,
        integration.id,
        connections.Changes("Sample", sample.url, ()),
        connection=connections.NewConnection(token),
    )

    world.work()

    made = [one for one in hooks(sample, "git.push") if one.status == "enabled"]
    assert [one.created_by.name for one in made] == ["Second account"]
    assert len(hooks(sample, "git.push")) == 2
    assert hears_all(state(world, integration), project(sample))
    world.clock.pass_by(minutes=6)
    look(world, integration)
    assert {one.created_by.name for one in hooks(sample)} == {"Second account"}
    assert Counter(one.event_type for one in hooks(sample)) == Counter(WANTED)


def test_hook_that_somebody_disabled_is_left_alone_and_told_of(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.set_subscription_status(only(sample).id, "disabledByUser")

    look(world, integration)

    assert only(sample).status == "disabledByUser"
    assert "git.push" in alarms(world, integration)["hooks_disabled"]
    assert pace_of(world.services, integration, project(sample)) == WITHOUT_HOOKS
    sample.set_subscription_status(only(sample).id, "enabled")
    look(world, integration)
    assert "hooks_disabled" not in alarms(world, integration)
    assert pace_of(world.services, integration, project(sample)) == WITH_HOOKS


def test_repositories_are_looked_at_more_often_from_the_moment_that_a_hook_is_found_disabled(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    look(world, integration)
    sample.set_subscription_status(only(sample).id, "disabledByUser")

    look(world, integration)

    next_at = world.cursor(integration, "shop").next_at
    assert next_at is not None
    assert next_at - world.clock() <= WITHOUT_HOOKS.least


def test_of_hooks_that_are_there_twice_one_is_kept(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    kept = only(sample)
    family = world.services.git_hosts["azure_devops"]
    credential = Credential("pat", sample.token)
    made = family.open("contoso", url="", credential=credential)
    made.subscribe(
        "git.push",
        project(sample),
        url=webhook_url(world.services, integration.webhook_id),
        user_name="devlinks",
        password="the-same",
    )
    world.clock.pass_by(minutes=6)

    look(world, integration)

    assert only(sample).id == kept.id


def test_hook_that_may_not_be_removed_keeps_no_other_from_being_made(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    twin = like(only(sample), id="00000000-0000-4000-8000-000000000001")
    sample.organization.subscriptions.put(twin)
    sample.delete_subscription(only(sample, "git.repo.created").id)
    where = Where(route="hooks/subscriptions/{subscriptionId}", method="DELETE")
    sample.faults.refuse(403, "AccessCheckException", "Delete subscriptions", times=1, where=where)
    world.clock.pass_by(minutes=6)

    look(world, integration)

    assert only(sample, "git.repo.created").status == "enabled"
    assert "Delete subscriptions" in alarms(world, integration)["hooks_refused"]
    look(world, integration)
    assert len(hooks(sample)) == len(WANTED)
    assert alarms(world, integration) == {}


def test_hook_of_a_type_that_is_not_wanted_any_more_goes(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    known = state(world, integration)
    old = like(only(sample), id="00000000-0000-4000-8000-000000000001", event_type="build.complete")
    sample.organization.subscriptions.put(old)
    ours = replace(known.subscriptions[0], id=old.id, event_type=old.event_type)
    changed = replace(known, subscriptions=(*known.subscriptions, ours))
    world.services.hook_states.put(ONE_GROUP, integration.id, changed)

    look(world, integration)

    assert hooks(sample, "build.complete") == []
    assert len(state(world, integration).subscriptions) == len(WANTED)
