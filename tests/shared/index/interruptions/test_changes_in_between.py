from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared import jobs, trackers
from shared.errors import ThrottledError
from shared.git_hosts.azure_devops.organization import AzureDevOpsOrganization
from shared.index import reindexing, working
from shared.index.rules import apply_rules
from shared.integrations import connections
from shared.messages import Job
from shared.services import ONE_GROUP
from tests.hooks import deliver, push_event, states
from tests.shared.index.interruptions.conftest import (
    fail_puts,
    let_hours_pass,
    work_on_reindex_queue,
)
from tests.world import Killed

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.model import CommitId, Repository
    from tests.world import World


def test_a_removal_that_failed_is_finished_by_the_timer(world: World, shop: str) -> None:
    integration = world.connect()
    world.work()
    connections.remove(world.services, integration.id)
    found = world.storage.queues.take()
    assert found is not None
    jobs.give_up(world.services, found[1])

    let_hours_pass(world, 1)

    assert world.services.integrations.get(ONE_GROUP, integration.id) is None
    assert world.services.connections.get(ONE_GROUP, integration.id) is None
    assert world.services.webhooks.get(ONE_GROUP, integration.webhook_id) is None


def test_a_removal_that_could_not_be_enqueued_can_be_asked_for_again(
    world: World, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = world.connect()
    world.work()
    with monkeypatch.context() as caller:
        fail_puts(world, caller, lambda _queue, _job: True)
        with suppress(Killed):
            connections.remove(world.services, integration.id)

    connections.remove(world.services, integration.id)
    world.work()

    assert world.services.integrations.get(ONE_GROUP, integration.id) is None


@pytest.mark.usefixtures("lists_only")
def test_rules_changed_in_the_middle_of_a_first_index_hold_for_all_of_it(
    world: World, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "COMMITS_A_FLUSH", 4)
    world.connect()
    work_on_reindex_queue(world)
    read, pages = AzureDevOpsOrganization.commits, []

    def commits(organization: AzureDevOpsOrganization, *args: Any, **more: Any) -> Any:
        pages.append(1)
        if len(pages) == 4:
            trackers.change_tracker(world.services, replace(world.tracker, projects=("OTHER",)))
            work_on_reindex_queue(world)
        return read(organization, *args, **more)

    monkeypatch.setattr(AzureDevOpsOrganization, "commits", commits)
    world.work()

    assert [n for n in range(1, 31) if world.links(f"PAY-{n}")] == []


def test_a_change_of_rules_whose_jobs_were_lost_is_applied_by_the_next_look(
    world: World, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.connect()
    world.work()
    with monkeypatch.context() as caller:
        fail_puts(world, caller, lambda _queue, _job: True)
        with suppress(Killed):
            trackers.change_tracker(world.services, replace(world.tracker, projects=("OTHER",)))

    let_hours_pass(world, 2)

    assert world.links("PAY-1") == []


def test_what_was_learned_and_not_applied_is_applied_by_the_next_look(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.push("shop", "main", *(f"PAY-{n} Do it" for n in range(200, 230)))
    sample.create_branch("shop", "fix/pay_205_soon")
    world.connect()

    def killed(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as worker:
        worker.setattr("shared.index.working.apply_rules", killed)
        with suppress(Killed):
            world.work()
    assert ("branch", "fix/pay_205_soon") not in world.links("PAY-205")

    let_hours_pass(world, 2)

    assert ("branch", "fix/pay_205_soon") in world.links("PAY-205")


@pytest.mark.usefixtures("a_few_at_a_time")
def test_a_walk_whose_head_is_gone_is_begun_anew(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.push("shop", "topic", "PAY-60 Soon gone", "PAY-61 Soon gone too")
    with monkeypatch.context() as budget:
        budget.setitem(jobs.BUDGETS, "history", (timedelta(minutes=25), 4))
        integration = world.connect()
        work_on_reindex_queue(world)
        world.run("history", world.storage.queues.waiting["history"].pop(0))
    sample.delete_branch("shop", "topic")
    sample.prune("shop")

    world.work()

    assert world.cursor(integration, shop).failure is None
    assert len(world.links("PAY-30")) == 1


@pytest.mark.usefixtures("lists_only")
def test_what_was_fetched_before_a_pause_is_kept(
    world: World, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.create_repository("Shop", "long")
    sample.push("long", "main", *(f"Do it\n\nPAY-{n}" for n in range(1, 61)))
    fetch, fetched = AzureDevOpsOrganization.commit, []

    def commit(
        organization: AzureDevOpsOrganization, repository: Repository, commit_id: CommitId
    ) -> Any:
        fetched.append(commit_id)
        if len(fetched) % 21 == 0:
            until = world.clock() + timedelta(minutes=5)
            raise ThrottledError("wait", retry_at=until)
        return fetch(organization, repository, commit_id)

    monkeypatch.setattr(AzureDevOpsOrganization, "commit", commit)
    integration = world.connect()

    for _ in range(8):
        world.work(most=30)
        world.clock.pass_by(minutes=6)

    assert world.cursor(integration, "long").state == "idle"
    assert len(world.links("PAY-1")) == len(world.links("PAY-60")) == 1
    assert len(fetched) < 150


@pytest.mark.parametrize("index", ["first", "later"])
def test_a_branch_that_goes_while_it_is_read_leaves_no_link(
    world: World,
    sample: SampleOrganization,
    shop: str,
    monkeypatch: pytest.MonkeyPatch,
    index: str,
) -> None:
    integration = world.connect()
    if index == "later":
        world.work()
    sample.push("shop", "fix/PAY-77-soon", "Soon gone")
    heads = AzureDevOpsOrganization.heads
    told: list[Any] = []

    def heads_and_then_gone(organization: AzureDevOpsOrganization, repository: Repository) -> Any:
        found = heads(organization, repository)
        if not told:
            sample.delete_branch("shop", "fix/PAY-77-soon")
            sample.prune("shop")
        told.append(found)
        return found

    monkeypatch.setattr(AzureDevOpsOrganization, "heads", heads_and_then_gone)

    world.run("reindex", Job(integration.id, "due", repository=world.repository("shop")))
    world.work()

    assert "fix/PAY-77-soon" in {branch.name for branch in told[0].branches}
    assert world.cursor(integration, shop).state == "idle"
    assert world.links("PAY-77") == []


def test_a_push_that_comes_while_rules_are_applied_is_indexed_right_after(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = world.connect()
    world.work()
    old = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-99 Meanwhile")
    deliver(world, integration, push_event(world, old=old, new=new))

    def slowly(*arguments: Any) -> int:
        world.work()
        return apply_rules(*arguments)

    with monkeypatch.context() as slow:
        slow.setattr(working, "apply_rules", slowly)
        world.run("reindex", Job(integration.id, "rules", repository=world.repository("shop")))
    world.work()

    assert world.links("PAY-99") == [("commit", new)]
    assert states(world, integration) == ["done"]
