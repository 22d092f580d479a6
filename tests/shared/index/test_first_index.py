"""The first index of a repository reads its history in a few calls, whatever its size."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization.faults import Where
from shared import trackers
from shared.integrations import connections
from shared.messages import Job
from shared.model import TrackerId
from tests.world import World

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration

GIT = Where("git-upload-pack")
REFS = Where("info/refs")


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    """Return a repository with branches, merges and messages of several lines."""
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", *(f"Do it\n\nPAY-{n}" for n in range(1, 21)))
    sample.push("shop", "topic", "Try it\n\nPAY-21", "PAY-22 Try it more")
    sample.merge_branch("shop", "topic", into="main", message="Merge it\n\nPAY-23")
    sample.push("shop", "other", "Leave it open\n\nPAY-24")
    return "shop"


def first_index(world: World) -> Integration:
    """Connect, discover, and carry out the job of the first index alone, counting its calls."""
    integration = world.connect()
    waiting = world.storage.queues.waiting
    while waiting["reindex"]:
        world.run("reindex", waiting["reindex"].pop(0))
    [job] = waiting["history"]
    waiting["history"].clear()
    world.sample.calls.reset()
    world.run("history", job)
    return integration


@pytest.mark.parametrize("commits", [1, 1200])
def test_it_takes_three_calls_whatever_the_number_of_commits(
    world: World, sample: SampleOrganization, commits: int
) -> None:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", *(f"Do it\n\nPAY-{n}" for n in range(1, commits + 1)))

    integration = first_index(world)

    assert Counter(call.route.rpartition("/")[2] for call in sample.calls) == {
        "refs": 2,  # the list of branches, and git's own
        "git-upload-pack": 1,
    }
    assert world.cursor(integration, "shop").commits_seen == commits
    assert len(world.links(f"PAY-{commits}")) == 1


def test_history_and_lists_make_the_same_rows_but_for_what_only_history_tells(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    first_index(world)
    sample.faults.refuse(403, "AccessDeniedException", "Closed.", times=None, where=REFS)
    by_lists = World(sample)
    by_lists.connect()
    by_lists.work()

    def rows(made: World) -> dict[object, object]:
        told = {"integration", "flags"}
        return {
            (key[0].removesuffix(made.tracker.table_id), *key[1:]): {
                name: value for name, value in row.items() if name not in told
            }
            for key, row in made.everything().items()
        }

    assert len(world.links("PAY-23")) == 1
    assert rows(world) == rows(by_lists)


@pytest.mark.parametrize("status", [401, 403, 404])
def test_where_the_git_protocol_is_closed_lists_serve(
    world: World, sample: SampleOrganization, shop: str, status: int
) -> None:
    sample.faults.refuse(status, "AccessDeniedException", "Closed.", times=None, where=REFS)

    integration = first_index(world)

    assert world.cursor(integration, shop).state == "idle"
    assert all(len(world.links(f"PAY-{n}")) == 1 for n in range(1, 25))


def test_an_outage_of_git_is_waited_for_a_few_times_before_lists_serve(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.faults.outage(times=None, where=REFS)
    integration = world.connect()
    world.persist()

    assert world.cursor(integration, shop).state == "idle"
    assert all(len(world.links(f"PAY-{n}")) == 1 for n in range(1, 25))


def test_a_pack_that_ends_early_is_fetched_again_and_nothing_is_lost(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.faults.cut_json(times=1, where=GIT)
    integration = world.connect()
    world.persist()

    assert world.cursor(integration, shop).state == "idle"
    assert all(len(world.links(f"PAY-{n}")) == 1 for n in range(1, 25))


def test_a_larger_scope_reads_everything_again_on_the_history_queue(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    integration = world.connect()
    world.work()
    board = trackers.new_tracker(world.services, "Board", tracker_id="board")
    trackers.create_tracker(world.services, board)
    wanted = connections.Changes(
        name="Sample", url=sample.url, organizations=(), trackers=(TrackerId("default"), board.id)
    )
    connections.change(world.services, integration.id, wanted)
    world.storage.queues.waiting["reindex"].clear()

    world.run("reindex", Job(integration.id, "due", repository=world.repository(shop)))

    assert [job.repository for job in world.storage.queues.waiting["history"]] == [
        world.repository(shop)
    ]
