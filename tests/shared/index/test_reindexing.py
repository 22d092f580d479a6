"""Repositories are brought up to date, whatever happens on the way."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from shared import jobs
from shared.index import reindexing
from shared.messages import Job
from tests.world import Killed, World

if TYPE_CHECKING:
    from collections.abc import Sequence

    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.storage.rows import Operation


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    """Return a repository with branches and messages of several lines."""
    sample.create_repository("Shop", "shop")
    for number in range(1, 31):
        sample.push("shop", "main", f"PAY-{number} Do it\n\nAlso for SHOP-{number % 7 + 1}")
    sample.push("shop", "feature/PAY-5-more", "Go on\n\nPAY-5", "PAY-6 And on")
    sample.push("shop", "release", "PAY-7 Release it")
    return "shop"


def again(world: World, integration: Integration, name: str = "shop") -> None:
    """Reindex one repository, as the timer would."""
    job = Job(integration.id, "due", repository=world.repository(name))
    world.run("reindex", job)


def test_first_index_finds_every_commit_with_its_whole_message(world: World, shop: str) -> None:
    integration = world.connect()

    world.work()

    assert len(world.links("SHOP-1")) == 4
    assert [kind for kind, _ in world.links("PAY-5")] == ["branch", "commit", "commit"]
    cursor = world.cursor(integration, shop)
    assert cursor.commits_seen == 33
    assert cursor.state == "idle"
    assert world.status(integration).state == "idle"


def test_running_the_same_index_twice_stores_the_same_rows(world: World, shop: str) -> None:
    integration = world.connect()
    world.work()
    before = world.everything()
    world.services.cursors.delete(integration.id, world.repository(shop))

    again(world, integration)

    assert world.everything() == before


def test_nothing_new_costs_one_call(world: World, sample: SampleOrganization, shop: str) -> None:
    integration = world.connect()
    world.work()
    sample.calls.reset()

    again(world, integration)

    assert len(sample.calls) == 1


def test_only_what_is_new_is_read(world: World, sample: SampleOrganization, shop: str) -> None:
    integration = world.connect()
    world.work()
    commit = sample.push("shop", "main", "PAY-99 New\n\nand long")
    sample.calls.reset()

    again(world, integration)

    assert world.links("PAY-99") == [("commit", commit)]
    # The branches, the commits between, and the one whose message was cut.
    assert len(sample.calls) == 3


def test_a_commit_that_was_read_whole_is_not_fetched_again(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    sample.push("shop", "topic", "PAY-50 One\n\nlong", "PAY-51 Two\n\nlong")
    again(world, integration)
    sample.move_branches("shop", {"main": sample.head("shop", "topic")})
    sample.calls.reset()

    again(world, integration)

    # `main` stands where `topic` was read to: nothing of it is asked for.
    assert len(sample.calls) == 1
    assert len(world.links("PAY-50")) == 1


def test_a_deleted_branch_loses_its_link_and_a_new_one_gets_its_own(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    sample.delete_branch("shop", "feature/PAY-5-more")
    sample.create_branch("shop", "feature/PAY-8-next")

    again(world, integration)

    assert ("branch", "feature/PAY-5-more") not in world.links("PAY-5")
    assert ("branch", "feature/PAY-8-next") in world.links("PAY-8")


def test_after_a_force_push_the_new_commits_are_found(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    commit = sample.force_push("shop", "main", "PAY-60 Written anew", back=3)

    again(world, integration)

    assert world.links("PAY-60") == [("commit", commit)]


def test_a_base_that_the_git_host_lost_is_replaced_by_another(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    commit = sample.force_push("shop", "release", "PAY-61 Written anew")
    sample.prune("shop")

    again(world, integration)

    assert world.links("PAY-61") == [("commit", commit)]
    assert world.cursor(integration, shop).failure is None


@pytest.mark.usefixtures("a_few_at_a_time")
def test_a_pass_carries_on_from_the_cursor_after_running_out_of_budget(
    world: World, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = jobs.BUDGETS["history"]
    monkeypatch.setitem(jobs.BUDGETS, "history", (history[0], 8))
    integration = world.connect()

    done = world.work()

    assert done > 4
    assert world.cursor(integration, shop).commits_seen == 33
    assert len(world.links("SHOP-1")) == 4


def kill_after(world: World, writes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kill the worker when it has written so often."""
    rows = world.storage.tables
    write, left = rows.write, [writes]

    def counting(table: str, operations: Sequence[Operation]) -> None:
        if left[0] == 0:
            raise Killed
        left[0] -= 1
        write(table, operations)

    monkeypatch.setattr(rows, "write", counting)


@pytest.mark.usefixtures("a_few_at_a_time")
@pytest.mark.parametrize("writes", range(0, 60, 3))
def test_killed_between_any_two_writes_and_started_again_it_ends_with_the_same_links(
    world: World, shop: str, monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    monkeypatch.setattr(reindexing, "COMMITS_A_FLUSH", 8)
    reference = World(world.sample)
    reference.connect()
    reference.work()
    integration = world.connect()
    with monkeypatch.context() as worker:
        kill_after(world, writes, worker)
        with suppress(Killed):
            world.work()

    # The host makes the message visible again; the lease of the dead worker has run out by then.
    world.clock.pass_by(minutes=5)
    world.services.storage.jobs.put(
        "history", Job(integration.id, "first", repository=world.repository(shop))
    )
    world.work()

    keys = [f"PAY-{n}" for n in range(1, 31)] + [f"SHOP-{n}" for n in range(1, 8)]
    assert {k: world.links(k) for k in keys} == {k: reference.links(k) for k in keys}
    cursor = world.cursor(integration, shop)
    assert cursor.state == "idle"
    assert cursor.verified == reference.cursor(integration=_only(reference), name=shop).verified


def _only(world: World) -> Integration:
    [record] = world.services.integrations.list("all")
    return record.value


def test_a_message_of_20_kilobytes_and_odd_characters_are_indexed(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    long = sample.push("shop", "main", "PAY-70 Long\n\n" + "x" * 20_000 + " PAY-71")
    odd = sample.push("shop", "main", "PAY-72 line\u2028separator \U0001f600\n\nPAY-73 \u202e")

    again(world, integration)

    assert world.links("PAY-71") == [("commit", long)]
    assert world.links("PAY-73") == [("commit", odd)]


def test_branches_alone_are_indexed_when_commits_are_switched_off(world: World, shop: str) -> None:
    from shared.configuration import IndexSwitches  # noqa: PLC0415

    world.connect(index=IndexSwitches(commits=False))

    world.work()

    assert world.links("PAY-5") == [("branch", "feature/PAY-5-more")]


def test_a_paused_integration_is_left_alone(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    from msgspec.structs import replace  # noqa: PLC0415

    integration = world.connect()
    world.work()
    world.services.integrations.put("all", integration.id, replace(integration, is_paused=True))
    sample.calls.reset()

    again(world, integration)

    assert len(sample.calls) == 0
