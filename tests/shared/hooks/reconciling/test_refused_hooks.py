from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from shared.errors import UnavailableError
from shared.hooks.subscriptions import WANTED, webhook_url
from shared.index.working import pace_of
from shared.interfaces.git_host_family import Credential
from shared.messages import Job
from shared.scheduling.schedule import WITH_HOOKS, WITHOUT_HOOKS
from tests.shared.hooks.reconciling.conftest import (
    QUERY,
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
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World


def test_narrow_hook_of_an_admin_is_neither_counted_nor_touched(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    whole = only(sample)
    inputs = {**whole.publisher_inputs, "branch": "release"}
    sample.organization.subscriptions.put(like(whole, id="narrow", publisher_inputs=inputs))
    sample.delete_subscription(whole.id)

    look(world, integration)

    assert sorted(one.publisher_inputs["branch"] for one in hooks(sample, "git.push")) == [
        "",
        "release",
    ]


def test_hook_of_ours_that_was_narrowed_down_is_set_right(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    whole = only(sample)
    inputs = {**whole.publisher_inputs, "branch": "release"}
    sample.organization.subscriptions.put(like(whole, publisher_inputs=inputs))

    look(world, integration)

    assert (only(sample).id, only(sample).publisher_inputs["branch"]) == (whole.id, "")


def test_letter_case_and_inputs_of_the_service_make_no_difference(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    for one in hooks(sample):
        inputs = {
            **one.publisher_inputs,
            "projectId": one.publisher_inputs["projectId"].upper(),
            "somethingNew": "of the service",
        }
        sample.organization.subscriptions.put(like(one, publisher_inputs=inputs))
    before = hooks(sample)

    look(world, integration)

    assert hooks(sample) == before


@pytest.mark.parametrize("fault", ["html", "outage", "cut_json", "empty_body"])
def test_look_up_that_fails_makes_no_hook(
    world: World, sample: SampleOrganization, integration: Integration, fault: str
) -> None:
    before = hooks(sample)
    getattr(sample.faults, fault)(times=None, where=QUERY)
    world.clock.pass_by(minutes=1)
    job = Job(integration.id, "reconcile", asked_at=world.clock())

    with pytest.raises(Exception, match=r"Azure DevOps"):
        world.run("reindex", job)

    assert hooks(sample) == before
    assert "hooks_not_looked_at" in alarms(world, integration)
    sample.faults.clear()
    world.run("reindex", job, attempt=2)
    assert hooks(sample) == before
    assert "hooks_not_looked_at" not in alarms(world, integration)


def test_project_that_fails_keeps_nobody_from_looking_at_the_others(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    add_project(sample, "Later")
    world.run("reindex", Job(integration.id, "discover", asked_at=world.clock()))
    world.work()
    for one in hooks(sample):
        sample.set_subscription_status(one.id, "disabledBySystem")
    world.clock.pass_by(minutes=1)
    sample.faults.outage(times=3, where=QUERY)
    job = Job(integration.id, "reconcile", asked_at=world.clock())

    with pytest.raises(UnavailableError):
        world.run("reindex", job)

    assert Counter(one.status for one in hooks(sample)) == {"enabled": 9, "disabledBySystem": 9}
    sample.calls.reset()
    world.run("reindex", job, attempt=2)
    assert {one.status for one in hooks(sample)} == {"enabled"}
    assert len(sample.calls.to("subscriptionsquery")) == 1


def test_look_that_is_asked_to_wait_goes_on_where_it_stopped(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    add_project(sample, "Later")
    world.run("reindex", Job(integration.id, "discover", asked_at=world.clock()))
    world.work()
    world.clock.pass_by(minutes=1)
    sample.calls.reset()
    sample.faults.throttle(retry_after=600, times=None, after=1, where=QUERY)
    job = Job(integration.id, "reconcile", asked_at=world.clock())

    world.run("reindex", job)

    assert world.storage.queues.waiting["reindex"] == [job]
    sample.faults.clear()
    world.clock.pass_by(minutes=11)
    world.work()
    assert len(sample.calls.to("subscriptionsquery")) == 3


def test_hooks_that_may_not_be_made_are_told_of_and_made_once_they_may(
    world: World, sample: SampleOrganization
) -> None:
    sample.behaviour.hooks_forbidden = True
    integration = world.connect()
    world.work()

    assert "Edit subscriptions" in alarms(world, integration)["hooks_refused"]
    assert world.links("PAY-1") != []
    assert pace_of(world.services, integration, project(sample)) == WITHOUT_HOOKS
    sample.behaviour.hooks_forbidden = False
    look(world, integration)
    assert alarms(world, integration) == {}
    assert Counter(one.event_type for one in hooks(sample)) == Counter(WANTED)


def test_project_that_allows_no_hooks_keeps_no_other_from_having_them(
    world: World, sample: SampleOrganization
) -> None:
    add_project(sample, "Later")
    sample.forbid_hooks("Shop")

    integration = world.connect()
    world.work()

    assert {o.publisher_inputs["projectId"] for o in hooks(sample)} == {project(sample, "Later")}
    assert state(world, integration).refused_projects == (project(sample),)


def test_hooks_made_by_hand_are_enough(world: World, sample: SampleOrganization) -> None:
    sample.behaviour.hooks_forbidden = True
    integration = world.connect()
    world.work()
    sample.behaviour.hooks_forbidden = False
    family = world.services.git_hosts["azure_devops"]
    credential = Credential("pat", sample.token)
    host = family.open("contoso", url="", credential=credential)
    url = webhook_url(world.services, integration.webhook_id)
    for event_type in WANTED:
        host.subscribe(event_type, project(sample), url=url, user_name="devlinks", password="p")
    before = hooks(sample)
    sample.behaviour.hooks_forbidden = True

    look(world, integration)

    assert hooks(sample) == before
    assert alarms(world, integration) == {}
    assert pace_of(world.services, integration, project(sample)) == WITH_HOOKS


def test_event_types_that_an_older_server_lacks_are_done_without(
    world: World, sample: SampleOrganization
) -> None:
    of_repositories = {t for t in WANTED if t.startswith("git.repo.")}
    sample.behaviour.lacks_events = of_repositories
    integration = world.connect()

    world.work()

    assert {one.event_type for one in hooks(sample)} == set(WANTED) - of_repositories
    assert "hooks_refused" not in alarms(world, integration)


def test_server_that_lacks_an_event_type_that_matters_is_no_older_one(
    world: World, sample: SampleOrganization
) -> None:
    sample.behaviour.lacks_events = {"git.push"}
    integration = world.connect()

    world.work()

    assert "hooks_refused" in alarms(world, integration)


def test_what_looking_at_hooks_leaves_of_the_budget_is_noted(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.faults.slow_down(retry_after=3600, times=None)
    world.clock.pass_by(minutes=1)

    world.run("reindex", Job(integration.id, "reconcile", asked_at=world.clock()))

    budget = world.status(integration).budget
    assert budget is not None
    assert budget.remaining == 10
