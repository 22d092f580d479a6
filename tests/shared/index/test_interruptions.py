"""Whatever stops in the middle is made good, by the next job or by the timer."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared import connections, jobs, trackers
from shared.configuration import Selection
from shared.errors import StorageUnavailableError, ThrottledError
from shared.git_hosts.azure_devops.organization import AzureDevOpsOrganization
from shared.index import leases, reindexing
from shared.index.reindexing import RepositoryPass
from shared.index.runs import start_run
from shared.index.ticking import tick
from shared.progress import Job
from shared.services import ONE_GROUP
from tests.hooks import deliver, push_event, states

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.model import CommitId, Repository
    from shared.progress import QueueName
    from tests.world import World


class Killed(BaseException):
    """The worker's process is gone."""


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", *(f"PAY-{n} Do it" for n in range(1, 31)))
    return "shop"


def let_hours_pass(world: World, hours: int) -> None:
    """Let time pass, with the timer and all jobs."""
    for _ in range(hours * 4):
        world.clock.pass_by(minutes=15)
        tick(world.services, now=world.clock())
        world.work()


def changes(sample: SampleOrganization, **wanted: Any) -> connections.Changes:
    return connections.Changes(**{"name": "S", "url": sample.url, "organizations": (), **wanted})


def fail_puts(
    world: World, monkeypatch: pytest.MonkeyPatch, which: Callable[[QueueName, Job], bool]
) -> None:
    """Kill whoever enqueues a certain job."""
    put = world.storage.queues.put

    def failing(queue: QueueName, job: Job, *, delay: timedelta | None = None) -> None:
        if which(queue, job):
            raise Killed
        put(queue, job, delay=delay)

    monkeypatch.setattr(world.storage.queues, "put", failing)


def work_on_reindex_queue(world: World) -> None:
    waiting = world.storage.queues.waiting["reindex"]
    while waiting:
        world.run("reindex", waiting.pop(0))


@pytest.mark.parametrize("lease_is_taken", [True, False])
def test_a_push_between_two_jobs_of_one_walk_is_indexed_before_it_is_done(
    world: World,
    sample: SampleOrganization,
    shop: str,
    monkeypatch: pytest.MonkeyPatch,
    lease_is_taken: bool,
) -> None:
    monkeypatch.setattr(reindexing, "COMMITS_A_PAGE", 4)
    monkeypatch.setitem(jobs.BUDGETS, "history", (timedelta(minutes=25), 8))
    integration = world.connect()
    work_on_reindex_queue(world)
    world.run("history", world.storage.queues.waiting["history"].pop(0))
    assert world.cursor(integration, shop).walk is not None
    old = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-99 During the walk")
    deliver(world, integration, push_event(world, (new, "PAY-99"), old=old, new=new))
    if lease_is_taken:
        held = leases.take(world.services, integration.id, world.repository("shop"))
        assert held is not None
        with held:
            world.run("hooks", world.storage.queues.waiting["hooks"].pop(0))

    world.work()

    assert states(world, integration) == ["done"]
    assert world.links("PAY-99") == [("commit", new)]


def test_an_event_that_tells_everything_of_itself_does_not_finish_another_that_waits(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.push("shop", "other", "PAY-50 Other")
    integration = world.connect()
    world.work()
    key = world.repository("shop")
    heads = {branch: sample.head("shop", branch) for branch in ("main", "other")}
    waiting = sample.push("shop", "other", "PAY-98 Waits")
    gone = leases.take(world.services, integration.id, key)  # by a worker that dies
    assert gone is not None
    body = push_event(world, (waiting, "PAY-98"), old=heads["other"], new=waiting, branch="other")
    deliver(world, integration, body)
    world.work()
    world.clock.pass_by(seconds=100)
    new = sample.push("shop", "main", "PAY-97 Comes later")

    deliver(world, integration, push_event(world, (new, "PAY-97"), old=heads["main"], new=new))
    world.work()

    assert world.links("PAY-98") == [("commit", waiting)]
    assert world.links("PAY-97") == [("commit", new)]
    assert states(world, integration) == ["done", "done"]


@pytest.mark.parametrize(
    "which",
    [
        lambda queue, _job: queue == "history",
        lambda _queue, job: job.project is not None,
    ],
    ids=["first index", "pull requests"],
)
def test_what_discovery_could_not_enqueue_is_begun_by_the_timer(
    world: World,
    sample: SampleOrganization,
    shop: str,
    monkeypatch: pytest.MonkeyPatch,
    which: Callable[[QueueName, Job], bool],
) -> None:
    sample.push("shop", "topic", "Go on")
    sample.open_pull_request("shop", "topic", "PAY-500 Review it")
    world.connect()
    with monkeypatch.context() as worker:
        fail_puts(world, worker, which)
        with suppress(Killed):
            world.work()
    world.storage.queues.waiting["reindex"].clear()
    world.storage.queues.waiting["history"].clear()

    let_hours_pass(world, 2)

    assert len(world.links("PAY-1")) == 1
    assert [kind for kind, _ in world.links("PAY-500")] == ["pull_request"]


def test_an_integration_whose_discovery_could_not_be_enqueued_is_discovered_by_the_timer(
    world: World, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as caller:
        fail_puts(world, caller, lambda _queue, _job: True)
        with suppress(Killed):
            world.connect()

    let_hours_pass(world, 1)

    assert len(world.links("PAY-1")) == 1


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.999])
def test_the_timer_goes_on_whatever_fraction_of_a_second_jobs_end_at(
    world: World, shop: str, fraction: float
) -> None:
    integration = world.connect()
    world.work()
    began = []

    for _ in range(12 * 5):
        world.clock.pass_by(minutes=5 - (fraction / 60))
        tick(world.services, now=world.clock())
        world.clock.pass_by(seconds=fraction)
        world.work()
        record = world.services.discoveries.get(ONE_GROUP, integration.id)
        assert record is not None
        began.append(record.value.began_at)

    assert len(set(began)) >= 4


def test_a_busy_repository_is_enqueued_once_at_a_tick(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    key = world.repository("shop")

    counts = []
    for number in range(12):
        sample.push("shop", "main", f"PAY-{1000 + number} Busy")
        world.clock.pass_by(minutes=5)
        tick(world.services, now=world.clock())
        waiting = world.storage.queues.waiting["reindex"]
        counts.append(sum(job.repository == key for job in waiting))
        world.work()

    assert set(counts) == {1}
    # A few for each of the things that are looked at, however often.
    assert len(world.services.due.list(ONE_GROUP)) < 20
    assert world.cursor(integration, shop).commits_seen == 42


def test_a_repository_that_is_gone_costs_nothing_until_it_is_forgotten(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.create_repository("Shop", "stays")
    sample.push("stays", "main", "Stay")
    integration = world.connect()
    world.work()
    gone = world.repository("shop")
    sample.delete_repository("shop")
    world.run("reindex", Job(integration.id, "discover"))

    enqueued = 0
    for _ in range(4 * 24 * 2):
        world.clock.pass_by(minutes=15)
        tick(world.services, now=world.clock())
        waiting = world.storage.queues.waiting["reindex"]
        enqueued += sum(job.repository == gone for job in waiting)
        waiting.clear()

    assert enqueued == 0


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


def test_rules_changed_in_the_middle_of_a_first_index_hold_for_all_of_it(
    world: World, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "COMMITS_A_PAGE", 4)
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


def test_a_walk_whose_head_is_gone_is_begun_anew(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reindexing, "COMMITS_A_PAGE", 4)
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


def test_a_run_ends_though_a_repository_failed_and_what_failed_can_be_tried_again(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.create_repository("Shop", "other")
    sample.push("other", "main", "PAY-200 Other")
    integration = world.connect()
    world.work()
    sample.deny(repository="shop")
    first = start_run(world.services, integration)
    world.work()
    assert world.repositories(integration)["shop"].state == "failed"
    sample.allow_everything()

    second = start_run(world.services, integration, only_failed=True)
    world.work()

    assert second.id != first.id
    assert second.repositories == 1
    assert world.repositories(integration)["shop"].state == "idle"


def test_what_is_through_with_a_run_that_goes_on_can_be_asked_for_again(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.create_repository("Shop", "other")
    sample.push("other", "main", "PAY-200 Other")
    integration = world.connect()
    world.work()
    first = start_run(world.services, integration)
    waiting = world.storage.queues.waiting["reindex"]
    [job] = [job for job in waiting if job.repository == world.repository("shop")]
    waiting.remove(job)
    world.run("reindex", job)
    left = len(waiting)

    second = start_run(world.services, integration)

    assert second.id == first.id
    assert [job.repository for job in waiting[left:] if job.repository] == [job.repository]


def test_a_push_whose_job_failed_every_time_is_found_within_the_hour(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    old = sample.head("shop", "main")
    sample.push("shop", "main", "PAY-60 One")
    new = sample.push("shop", "main", "PAY-61 Two")
    sample.faults.outage(times=None)
    deliver(world, integration, push_event(world, old=old, new=new))
    found = world.storage.queues.take()
    assert found is not None
    for attempt in range(1, 6):
        with suppress(Exception):
            world.run(*found, attempt=attempt)
    jobs.give_up(world.services, found[1])
    sample.faults.clear()
    assert states(world, integration) == ["failed"]

    let_hours_pass(world, 2)

    assert len(world.links("PAY-60")) == len(world.links("PAY-61")) == 1


def test_a_delivery_that_lagged_and_was_not_enqueued_is_found_by_discovery(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = world.connect()
    world.work()
    old = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-70")
    body = push_event(world, (new, "PAY-70"), old=old, new=new)
    body["createdDate"] = f"{world.clock() - timedelta(hours=5):%Y-%m-%dT%H:%M:%S.%fZ}"
    with monkeypatch.context() as caller:
        fail_puts(world, caller, lambda _queue, _job: True)
        with suppress(Killed):
            deliver(world, integration, body)

    let_hours_pass(world, 2)

    assert states(world, integration) == ["done"]


@pytest.mark.parametrize("how", ["killed", "lease lost"])
def test_a_job_that_met_the_lease_of_a_dead_worker_is_done_soon_after(
    world: World,
    sample: SampleOrganization,
    shop: str,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
) -> None:
    integration = world.connect()
    world.work()
    commit = sample.push("shop", "main", "PAY-80")
    job = Job(integration.id, "asked", repository=world.repository("shop"))

    def die(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as worker:
        worker.setattr(RepositoryPass, "_next_page", die)
        if how == "killed":
            worker.setattr(leases.HeldLease, "__exit__", lambda held, *_: held._stop.set())
        with suppress(Killed):
            world.run("reindex", job)
    world.clock.pass_by(seconds=30)
    world.run("reindex", job, attempt=2)
    world.work()

    for _ in range(2):
        world.clock.pass_by(minutes=5)
        tick(world.services, now=world.clock())
        world.work()

    assert world.links("PAY-80") == [("commit", commit)]


def test_what_a_paused_integration_has_due_is_due_when_it_goes_on(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    paused = replace(integration, is_paused=True)
    world.services.integrations.put(ONE_GROUP, integration.id, paused)
    let_hours_pass(world, 5)
    commit = sample.push("shop", "main", "PAY-81 Meanwhile")
    world.services.integrations.put(ONE_GROUP, integration.id, integration)

    let_hours_pass(world, 3)

    assert world.links("PAY-81") == [("commit", commit)]


def test_a_connection_replaced_while_the_old_one_was_tried_is_not_called_refused(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.index import discovery  # noqa: PLC0415

    integration = world.connect()
    world.work()
    sample.revoke_token()
    token = sample.issue_token().value
    ask = discovery._ask

    def meanwhile(services: Any, asked: Integration) -> Any:
        found = ask(services, asked)
        new = connections.NewConnection(token)
        connections.change(services, integration.id, changes(sample), connection=new)
        return found

    with monkeypatch.context() as worker:
        worker.setattr(discovery, "_ask", meanwhile)
        with suppress(Exception):
            world.run("reindex", Job(integration.id, "discover"))

    record = world.services.connections.get(ONE_GROUP, integration.id)
    assert record is not None
    assert record.value.refused_since is None


def test_a_filter_changed_while_repositories_are_listed_is_applied_at_once_after(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.create_repository("Shop", "other")
    sample.push("other", "main", "PAY-200 Other")
    integration = world.connect()
    world.work()
    begun_with = leases.wanted(world.services, integration.id, leases.DISCOVERY)
    held = leases.take(world.services, integration.id, leases.DISCOVERY)
    assert held is not None
    with held:
        only = changes(sample, repositories=Selection(jmespath="[?name=='other']"))
        connections.change(world.services, integration.id, only)
        world.work()

    assert leases.settle(
        world.services, integration.id, leases.DISCOVERY, done=begun_with
    )  # which has it listed again


def test_storage_that_fails_for_a_moment_leaves_nothing_half_done(
    world: World, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = world.connect()
    work_on_reindex_queue(world)
    replace_record = world.services.cursors.replace
    failures = iter([True])

    def failing(*arguments: Any) -> Any:
        if next(failures, False):
            raise StorageUnavailableError("down for a moment")
        return replace_record(*arguments)

    monkeypatch.setattr(world.services.cursors, "replace", failing)
    found = world.storage.queues.take()
    assert found is not None
    with pytest.raises(StorageUnavailableError):
        world.run(*found)

    world.run(*found, attempt=2)
    world.work()

    assert world.cursor(integration, shop).commits_seen == 30
    assert len(world.links("PAY-1")) == 1
