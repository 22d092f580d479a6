"""A run reindexes what it is asked for, and ends though some of it fails."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from devhost.sample_organization.faults import Where
from shared import jobs
from shared.cursors import Failure
from shared.errors import DevlinksError
from shared.integrations import connections
from shared.scheduling import leases
from shared.scheduling.runs import start_run
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World

COUNT = 20
BAD = "part-07"

Fault = Callable[["SampleOrganization", Where], None]
HIDDEN: dict[str, Fault] = {
    "denied": lambda s, _: s.deny(repository=BAD),
    "forbidden": lambda s, w: s.faults.refuse(403, "AccessCheck", "No.", times=None, where=w),
    "missing": lambda s, w: s.faults.refuse(404, "NotFound", "TF401019: No.", times=None, where=w),
}
"""What says that we may not read it."""
FAILED: dict[str, Fault] = {
    "signed out": lambda s, w: s.faults.refuse(401, "Unauthorized", "No.", times=None, where=w),
    "outage": lambda s, w: s.faults.outage(times=None, where=w),
    "server fault": lambda s, w: s.faults.outage(times=None, status=500, where=w),
    "page": lambda s, w: s.faults.html(times=None, where=w),
    "empty": lambda s, w: s.faults.empty_body(times=None, where=w),
    "cut": lambda s, w: s.faults.answer(
        200, b'{"value": [', content_type="application/json", times=None, where=w
    ),
    "other shape": lambda s, w: s.faults.answer(
        200, b'{"value": 5}', content_type="application/json", times=None, where=w
    ),
    "reset": lambda s, w: s.faults.reset(times=None, where=w),
    "refused": lambda s, w: s.faults.refuse(400, "Bad", "No.", times=None, where=w),
}


@pytest.fixture
def parts(sample: SampleOrganization) -> list[str]:
    """Return repositories with a commit each."""
    names = [f"part-{number:02}" for number in range(COUNT)]
    for number, name in enumerate(names, 1):
        sample.create_repository("Shop", name)
        sample.push(name, "main", f"PAY-{number} Begin")
    return names


def work(world: World) -> None:
    """Carry out all jobs as the queues do: each as often as it may fail, and after its delay."""
    queues = world.storage.queues
    while (found := queues.take()) is not None:
        waited = len(queues.delays)
        for attempt in range(1, jobs.MOST_ATTEMPTS + 1):
            with suppress(DevlinksError):
                world.run(*found, attempt=attempt)
                break
        for delay in queues.delays[waited:]:
            world.clock.pass_by(seconds=delay.total_seconds() + 1)


@pytest.mark.parametrize("fault", FAILED)
def test_one_bad_repository_of_twenty_stops_none_of_the_others(
    world: World, sample: SampleOrganization, parts: list[str], fault: str
) -> None:
    integration = world.connect()
    world.work()
    for name in parts:
        sample.push(name, "main", f"OPS-1 Later in {name}")
    FAILED[fault](sample, Where(repository=world.repository(BAD)))

    run = start_run(world.services, integration)
    work(world)

    status = world.status(integration)
    assert len(world.links("OPS-1")) == COUNT - 1
    assert status.run is not None
    assert (status.run.run, status.run.state, status.run.failed) == (run.id, "done", 1)
    assert status.state == "degraded"
    found = world.repositories(integration)
    assert [name for name in parts if found[name].state == "failed"] == [BAD]
    kinds = found[BAD].kinds
    assert kinds["pull_requests"].failure is None
    failure = kinds["commits"].failure
    assert failure is not None
    assert (bool(failure.code), bool(failure.text), failure.attempts) == (True, True, 1)
    assert all(found[name].kinds["commits"].failure is None for name in parts if name != BAD)


@pytest.mark.parametrize("fault", HIDDEN)
def test_one_hidden_repository_of_twenty_stops_none_of_the_others(
    world: World, sample: SampleOrganization, parts: list[str], fault: str
) -> None:
    integration = world.connect()
    world.work()
    for name in parts:
        sample.push(name, "main", f"OPS-1 Later in {name}")
    HIDDEN[fault](sample, Where(repository=world.repository(BAD)))

    start_run(world.services, integration)
    work(world)

    status = world.status(integration)
    assert len(world.links("OPS-1")) == COUNT - 1
    assert status.run is not None
    assert status.run.state == "done"
    found = world.repositories(integration)
    assert [name for name in parts if found[name].state != "idle"] == [BAD]


def test_what_failed_is_done_once_it_can_be(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.push(BAD, "main", "OPS-1 Later")
    sample.faults.outage(times=None, where=Where(repository=world.repository(BAD)))
    start_run(world.services, integration)
    work(world)
    sample.faults.clear()
    sample.calls.reset()

    second = start_run(world.services, integration, only_failed=True)
    work(world)

    assert second.repositories == 1
    assert len(world.links("OPS-1")) == 1
    asked = {call.repository for call in sample.calls if call.repository}
    assert asked == {world.repository(BAD)}
    assert world.repositories(integration)[BAD].kinds["commits"].failure is None


def test_commits_that_failed_leave_the_branches_as_they_are(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.push(BAD, "main", "OPS-1 Later")
    sample.push(BAD, "feature/OPS-2", "Work")
    sample.faults.outage(times=None, where=Where(route="commitsbatch"))

    start_run(world.services, integration)
    work(world)

    kinds = world.repositories(integration)[BAD].kinds
    assert (kinds["commits"].state, kinds["branches"].state) == ("failed", "idle")
    assert kinds["branches"].failure is None
    assert ("branch", "feature/OPS-2") in world.links("OPS-2")


def test_pull_requests_that_failed_are_tried_again_without_the_repositories(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.faults.refuse(403, "No", "No.", times=None, where=Where(route="{project}/pullrequests"))
    project = next(iter(world.repositories(integration).values())).record.repository.project_id
    record = world.services.pull_request_cursors.get(integration.id, project)
    assert record is not None
    failed = replace(record.value, failure=Failure("forbidden", "No.", world.clock()))
    world.services.pull_request_cursors.put(integration.id, project, failed)
    sample.faults.clear()

    run = start_run(world.services, integration, only_failed=True)

    waiting = [job for jobs in world.storage.queues.waiting.values() for job in jobs]
    assert [(job.repository, job.project) for job in waiting] == [(None, project)]
    assert run.repositories == 0
    world.work()
    assert world.repositories(integration)[BAD].kinds["pull_requests"].failure is None


def test_what_changed_last_comes_first(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    for name in ("part-11", "part-03"):
        world.clock.pass_by(minutes=30)
        sample.push(name, "main", "Later")
        tick(world.services, now=world.clock())
        world.work()

    start_run(world.services, integration)

    first = [job.repository for job in world.storage.queues.waiting["reindex"][:2]]
    assert first == [world.repository("part-03"), world.repository("part-11")]


def test_a_repository_that_somebody_else_looked_at_is_through_with_the_run(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    start_run(world.services, integration)
    waiting = world.storage.queues.waiting["reindex"]
    for job in list(waiting):
        waiting.remove(job)
        world.run("reindex", replace(job, reason="due", run=None, cancels=None))

    status = world.status(integration)

    assert status.run is not None
    assert status.run.state == "done"


def test_killed_worker_s_repository_is_taken_over_by_the_timer(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    commit = sample.push(BAD, "main", "OPS-1 Later")
    start_run(world.services, integration, repositories={world.repository(BAD)})
    held = leases.take(world.services, integration.id, world.repository(BAD))
    assert held is not None  # its worker is killed, and never gives it back
    world.work()
    before = world.links("OPS-1")
    world.clock.pass_by(seconds=leases.LEASED_FOR.total_seconds() + 40)

    tick(world.services, now=world.clock())
    world.work()

    assert (before, world.links("OPS-1")) == ([], [("commit", commit)])
    status = world.status(integration)
    assert status.run is not None
    assert status.run.state == "done"


def old_pull_request(world: World, sample: SampleOrganization, *, days: int) -> int:
    """Close a pull request some days before now."""
    sample.push(BAD, "topic", "Work")
    number = sample.open_pull_request(BAD, "topic", "OPS-7 Long ago")
    sample.abandon(number)
    sample.clock.advance(timedelta(days=days))
    world.clock.pass_by(days=days)
    return number


def change_window(world: World, integration: Integration, days: int) -> None:
    fields = {n: getattr(integration, n) for n in connections.Changes.__struct_fields__}
    changes = connections.Changes(**{**fields, "pull_request_window_days": days})
    connections.change(world.services, integration.id, changes)


def test_a_larger_window_reads_the_older_part(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    number = old_pull_request(world, sample, days=40)
    integration = world.connect(pull_request_window_days=30)
    world.work()
    before = world.links("OPS-7")

    change_window(world, integration, 60)
    world.work()

    assert (before, world.links("OPS-7")) == ([], [("pull_request", str(number))])


def test_a_smaller_window_takes_nothing_away_and_reads_nothing_again(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    number = old_pull_request(world, sample, days=40)
    integration = world.connect(pull_request_window_days=60)
    world.work()

    change_window(world, integration, 30)
    world.work()

    assert world.links("OPS-7") == [("pull_request", str(number))]


def test_older_pull_requests_are_read_when_asked_for_though_a_run_goes_on(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    number = old_pull_request(world, sample, days=40)
    integration = world.connect(pull_request_window_days=30)
    world.work()
    first = start_run(world.services, integration)

    second = start_run(world.services, integration, since=world.clock() - timedelta(days=50))
    world.work()

    assert second.id == first.id
    assert world.links("OPS-7") == [("pull_request", str(number))]
    [cursor] = world.services.pull_request_cursors.list(integration.id)
    assert cursor.value.asked_since is None


def test_asking_for_newer_ones_skips_nothing_between(
    world: World, sample: SampleOrganization, parts: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.push(BAD, "topic", "Work")
    number = sample.open_pull_request(BAD, "topic", "OPS-7 Soon")
    sample.abandon(number)

    start_run(world.services, integration, since=world.clock() + timedelta(days=1))
    world.work()

    assert world.links("OPS-7") == [("pull_request", str(number))]


def test_summary_of_the_integration_is_forgotten_with_it(world: World, parts: list[str]) -> None:
    integration = world.connect()
    world.work()
    world.status(integration)

    connections.remove(world.services, integration.id)
    world.work()

    assert world.services.summaries.list(ONE_GROUP) == []
