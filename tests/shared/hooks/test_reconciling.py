"""Service hooks are made, mended and removed, and what they did not tell is found."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from devhost.sample_organization import SampleOrganization, Where
from shared import connections
from shared.configuration import HookState
from shared.errors import UnavailableError
from shared.hooks import reconciling
from shared.hooks.subscriptions import BROKEN, WANTED, hears_all, webhook_url
from shared.index import leases
from shared.index.schedule import WITH_HOOKS, WITHOUT_HOOKS
from shared.index.ticking import tick
from shared.index.working import pace_of
from shared.model import ProjectId
from shared.progress import Job
from shared.services import ONE_GROUP
from tests.dying import Killed, kill_after
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from devhost.sample_organization.hooks.subscriptions import Subscription
    from shared.configuration import Integration

QUERY = Where(route="subscriptionsquery")


@pytest.fixture
def world(sample: SampleOrganization) -> World:
    """Return a world whose address is known; nobody listens there."""
    return World(sample, public_url="http://localhost:9")


def hooks(sample: SampleOrganization, event_type: str = "") -> list[Subscription]:
    found = sample.organization.subscriptions.all()
    return [one for one in found if event_type in {"", one.event_type}]


def only(sample: SampleOrganization, event_type: str = "git.push") -> Subscription:
    [found] = hooks(sample, event_type)
    return found


def state(world: World, integration: Integration) -> HookState:
    record = world.services.hook_states.get(ONE_GROUP, integration.id)
    return record.value if record else HookState()


def project(sample: SampleOrganization, name: str = "Shop") -> ProjectId:
    return ProjectId(sample.organization.project(name).id)


def look(world: World, integration: Integration) -> None:
    """Have the hooks looked at as a minute later, and all that follows done."""
    world.clock.pass_by(minutes=1)
    current = world.services.integrations.get(ONE_GROUP, integration.id)
    assert current is not None
    reconciling.ask(world.services, current.value)
    world.work()


def alarms(world: World, integration: Integration) -> dict[str, str]:
    return {alarm.code: alarm.text for alarm in world.status(integration).alarms}


def add_project(sample: SampleOrganization, name: str) -> None:
    sample.add_project(name)
    sample.create_repository(name, name.lower())
    sample.push(name.lower(), "main", "PAY-50 Begin")


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
    made = world.services.git_hosts["azure_devops"].open("contoso", token=sample.token)
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
    twin = _like(only(sample), id="00000000-0000-4000-8000-000000000001")
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
    old = _like(
        only(sample), id="00000000-0000-4000-8000-000000000001", event_type="build.complete"
    )
    sample.organization.subscriptions.put(old)
    ours = replace(known.subscriptions[0], id=old.id, event_type=old.event_type)
    changed = replace(known, subscriptions=(*known.subscriptions, ours))
    world.services.hook_states.put(ONE_GROUP, integration.id, changed)

    look(world, integration)

    assert hooks(sample, "build.complete") == []
    assert len(state(world, integration).subscriptions) == len(WANTED)


def test_narrow_hook_of_an_admin_is_neither_counted_nor_touched(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    whole = only(sample)
    inputs = {**whole.publisher_inputs, "branch": "release"}
    sample.organization.subscriptions.put(_like(whole, id="narrow", publisher_inputs=inputs))
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
    sample.organization.subscriptions.put(_like(whole, publisher_inputs=inputs))

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
        sample.organization.subscriptions.put(_like(one, publisher_inputs=inputs))
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
    host = world.services.git_hosts["azure_devops"].open("contoso", token=sample.token)
    url = webhook_url(world.services, integration.webhook_id)
    for event_type in WANTED:
        host.subscribe(event_type, project(sample), url=url, user_name="devlinks", password="p")
    before = hooks(sample)
    sample.behaviour.hooks_forbidden = True

    look(world, integration)

    assert hooks(sample) == before
    assert alarms(world, integration) == {}
    assert pace_of(world.services, integration, project(sample)) == WITH_HOOKS


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


def _like(one: Subscription, **changes: object) -> Subscription:
    return msgspec.structs.replace(one, **changes)
