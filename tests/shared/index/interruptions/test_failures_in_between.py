from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from devhost.sample_organization import Where
from shared import jobs
from shared.configuration import Selection
from shared.discovery import discovering, listing
from shared.errors import DevlinksError, StorageUnavailableError, UnavailableError
from shared.index.reading import CommitReader
from shared.integrations import connections
from shared.messages import Job
from shared.scheduling import leases
from shared.scheduling.pausing import pause, resume
from shared.scheduling.runs import start_run
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from tests.hooks import deliver, details, push_event, states
from tests.shared.index.interruptions.conftest import (
    changes,
    fail_puts,
    let_hours_pass,
    work_on_reindex_queue,
)
from tests.world import Killed

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World


def test_a_run_ends_though_a_repository_failed_and_what_failed_can_be_tried_again(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.create_repository("Shop", "other")
    sample.push("other", "main", "PAY-200 Other")
    integration = world.connect()
    world.work()
    sample.push("shop", "main", "PAY-201 Not to be read")
    where = Where(route="commitsbatch")
    sample.faults.refuse(403, "AccessCheckException", "TF50309: No.", times=None, where=where)
    first = start_run(world.services, integration)
    world.work()
    assert world.repositories(integration)["shop"].state == "failed"
    sample.faults.clear()

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
        with suppress(DevlinksError):
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

    def die(*_arguments: object, **_more: object) -> None:
        raise Killed

    with monkeypatch.context() as worker:
        worker.setattr(CommitReader, "commits", die)
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
    integration = world.connect()
    world.work()
    sample.revoke_token()
    token = sample.issue_token().value
    ask = listing.ask

    def meanwhile(services: Any, asked: Integration, **stored: Any) -> Any:
        found = ask(services, asked, **stored)
        new = connections.NewConnection(token)
        connections.change(services, integration.id, changes(sample), connection=new)
        return found

    with monkeypatch.context() as worker:
        worker.setattr(discovering, "ask", meanwhile)
        with suppress(DevlinksError):
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


def test_a_run_that_was_going_on_before_a_pause_is_done_anew_after_it(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    commit = sample.push("shop", "main", "PAY-82 Asked for")
    first = start_run(world.services, integration)
    pause(world.services, integration.id)
    world.work()
    assert world.links("PAY-82") == []

    resume(world.services, integration.id)
    world.work()

    run = world.status(integration).run
    assert run is not None
    assert (run.state, run.run != first.id) == ("done", True)
    assert world.links("PAY-82") == [("commit", commit)]


def test_why_a_job_failed_is_still_told_once_it_was_given_up(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    old = sample.head("shop", "main")
    new = sample.push("shop", "main", "PAY-83 Not to be read")
    sample.faults.outage(times=None)
    deliver(world, integration, push_event(world, old=old, new=new))
    found = world.storage.queues.take()
    assert found is not None
    for attempt in range(1, 6):
        with pytest.raises(UnavailableError):
            world.run(*found, attempt=attempt)

    jobs.give_up(world.services, found[1])
    jobs.give_up(world.services, Job(integration.id, "due", repository=world.repository("shop")))

    failure = world.cursor(integration, shop).failure
    assert failure is not None
    assert (failure.code, failure.attempts) == ("git_host_unavailable", 1)
    assert details(world, integration)[0].startswith("git_host_unavailable: ")


def test_a_removal_that_failed_is_no_failure_to_find_repositories(world: World, shop: str) -> None:
    integration = world.connect()
    world.work()
    before = world.services.discoveries.get(ONE_GROUP, integration.id)

    jobs.give_up(world.services, Job(integration.id, "remove"))

    assert world.services.discoveries.get(ONE_GROUP, integration.id) == before
