"""What a git host lets one identity do counts for every integration that uses it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization.faults import Where
from shared.configuration import Connection
from shared.interfaces.answers import Budget
from shared.messages import Job
from shared.scheduling import budgets
from shared.scheduling.runs import start_run
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.integrations.status import BudgetStatus
    from shared.interfaces.git_host import GitHost
    from tests.world import World

REFS = Where(route="refs")


class Telling:
    """A git host that was told something of its budget."""

    def __init__(self, told: Budget | None) -> None:
        self._told = told

    def budget(self) -> Budget | None:
        return self._told


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Begin")
    return "shop"


@pytest.fixture
def integration(world: World, shop: str) -> Integration:
    found = world.connect()
    world.work()
    return found


def told(world: World, integration: Integration, *, remaining: float, minutes: int = 5) -> None:
    """Note that the git host told of a limit of 200."""
    now = world.clock()
    budget = Budget("core", 200, remaining, now + timedelta(minutes=minutes), now)
    host: GitHost = Telling(budget)  # type: ignore[assignment]  # no more is asked of it
    budgets.note_budget(world.services, integration, host)


def shown(world: World, integration: Integration) -> BudgetStatus:
    budget = world.status(integration).budget
    assert budget is not None
    return budget


def again(world: World, integration: Integration) -> Job:
    return Job(integration.id, "due", repository=world.repository("shop"))


def test_throttled_organization_is_never_reported_as_disconnected(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.faults.throttle(retry_after=600, times=None)

    world.run("reindex", again(world, integration))
    discovery = Job(integration.id, "discover", asked_at=world.clock())
    world.run("reindex", discovery)

    status = world.status(integration)
    assert status.state == "throttled"
    assert [alarm.code for alarm in status.alarms] == ["no_public_url"]
    assert world.repositories(integration)["shop"].state == "idle"
    stored = world.services.connections.get(ONE_GROUP, integration.id)
    assert stored is not None
    assert stored.value.refused_since is None


def test_signed_out_answer_deletes_nothing(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    before = world.everything()
    sample.expire_token()

    for job in (again(world, integration), Job(integration.id, "discover", asked_at=world.clock())):
        world.run("reindex", job)
    world.clock.pass_by(days=40)
    world.work()

    assert world.status(integration).state == "needs_reconnect"
    assert world.repositories(integration)["shop"].record.is_live
    assert world.everything() == before


@pytest.mark.parametrize("retry_after", [600, None], ids=["told how long", "without headers"])
def test_pause_of_one_integration_holds_all_that_use_its_token(
    world: World, sample: SampleOrganization, integration: Integration, retry_after: int | None
) -> None:
    second = world.connect(name="Second")
    world.work()
    sample.faults.throttle(retry_after=retry_after, times=None)
    world.run("reindex", again(world, integration))
    sample.faults.clear()
    sample.calls.reset()

    world.run("reindex", Job(second.id, "discover", asked_at=world.clock()))

    assert len(sample.calls) == 0
    assert world.status(second).state == "throttled"
    assert world.storage.queues.delays[-1] > timedelta(minutes=4)
    until = shown(world, second).paused_until
    assert until is not None
    assert until == shown(world, integration).paused_until


def test_pause_is_known_to_other_workers_and_ends(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.faults.throttle(retry_after=600, times=None)
    world.run("reindex", again(world, integration))
    sample.faults.clear()
    sample.push("shop", "main", "PAY-2 Later")
    world.work(most=1)
    during = len(world.links("PAY-2"))
    world.clock.pass_by(minutes=11)

    world.work()

    assert (during, len(world.links("PAY-2"))) == (0, 1)
    assert world.status(integration).budget is None


def test_another_token_is_another_identity(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    stored = world.services.connections.get(ONE_GROUP, integration.id)
    assert stored is not None
    other = Connection("basic", "", user_name="somebody")

    first = budgets.identity_of(world.services, integration, stored.value)
    second = budgets.identity_of(world.services, integration, other)

    assert first != second
    assert sample.token not in first


def test_with_little_left_reindexing_waits_for_the_reset_and_hooks_go_on(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    told(world, integration, remaining=40)
    commit = sample.push("shop", "main", "PAY-2 Later")

    world.run("reindex", again(world, integration))
    world.run("history", again(world, integration))
    put_off = len(world.links("PAY-2"))
    world.run("hooks", again(world, integration))

    assert put_off == 0
    assert world.links("PAY-2") == [("commit", commit)]
    assert all(
        timedelta(minutes=4) < d <= timedelta(minutes=5) for d in world.storage.queues.delays
    )
    assert len(world.storage.queues.delays) == 2


def test_with_enough_left_nothing_waits(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    told(world, integration, remaining=60)
    commit = sample.push("shop", "main", "PAY-2 Later")

    world.run("reindex", again(world, integration))

    assert world.links("PAY-2") == [("commit", commit)]
    budget = shown(world, integration)
    assert (budget.limit, budget.remaining, budget.paused_until) == (200, 60, None)
    assert world.status(integration).state == "idle"


def test_figures_are_forgotten_once_they_are_reset(world: World, integration: Integration) -> None:
    told(world, integration, remaining=10)
    world.clock.pass_by(minutes=6)

    assert budgets.waits_until(world.services, integration, "reindex") is None
    assert world.status(integration).budget is None


def test_what_was_told_before_the_reset_of_now_is_not_noted(
    world: World, integration: Integration
) -> None:
    told(world, integration, remaining=10, minutes=-1)

    assert world.services.budgets.list(ONE_GROUP) == []


def test_what_good_answers_tell_of_the_budget_is_shown(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.push("shop", "main", "PAY-2 Later")
    sample.faults.slow_down(retry_after=45, times=None)

    world.run("reindex", again(world, integration))

    budget = shown(world, integration)
    assert (budget.limit, budget.remaining) == (200, 10)
    assert world.links("PAY-2") != []


def test_wishes_that_call_nobody_do_not_wait(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    budgets.note_pause(world.services, integration, until=world.clock() + timedelta(hours=1))
    record = world.services.trackers.get(ONE_GROUP, "default")
    assert record is not None

    world.run("reindex", Job(integration.id, "rules", repository=world.repository("shop")))

    assert world.storage.queues.delays == []


def test_run_waits_out_a_pause_and_is_done(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    commit = sample.push("shop", "main", "PAY-2 Later")
    sample.faults.throttle(retry_after=600, times=None, where=REFS)
    start_run(world.services, integration)
    world.work(most=2)
    during = world.status(integration)
    sample.faults.clear()
    world.clock.pass_by(minutes=11)

    world.work()

    after = world.status(integration)
    assert (during.run and during.run.state, during.state) == ("running", "throttled")
    assert (after.run and after.run.state, after.state) == ("done", "idle")
    assert world.links("PAY-2") == [("commit", commit)]


def test_what_is_never_answered_holds_up_the_others_once_and_then_fails(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.create_repository("Shop", "other")
    sample.push("other", "main", "PAY-5 Begin")
    world.run("reindex", Job(integration.id, "discover", asked_at=world.clock()))
    world.work()
    sample.push("other", "main", "PAY-6 Later")
    sample.faults.reset(times=None, where=Where(repository=world.repository("shop")))
    world.run("reindex", again(world, integration))
    first = shown(world, integration).paused_until
    world.clock.pass_by(minutes=6)

    for _ in range(2):
        queue, job = world.storage.queues.take() or pytest.fail("it is not tried again")
        world.run(queue, job)
    world.run("reindex", Job(integration.id, "due", repository=world.repository("other")))

    assert first is not None
    assert world.status(integration).budget is None
    assert len(world.links("PAY-6")) == 1
    found = world.repositories(integration)["shop"]
    assert found.kinds["commits"].failure is not None
    assert found.kinds["commits"].failure.code == "git_host_unavailable"
    assert world.work() == 0


def test_what_a_listing_tells_of_the_budget_is_noted(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.faults.slow_down(retry_after=45, times=None)

    world.run("reindex", Job(integration.id, "discover"))

    assert shown(world, integration).remaining == 10
