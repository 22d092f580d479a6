"""The requests that operators' costs are reckoned from are those that are made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from devhost.sample_organization import SampleOrganization
from shared.messages import Due, Job
from shared.model import ProjectId, RepositoryId
from shared.scheduling.schedule import plan
from shared.scheduling.ticking import tick
from tests.counting import CountedWorld
from tests.documents import OPERATE, rows, section
from tests.hooks import deliver, push_event

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.azurite import Azurite

pytestmark = pytest.mark.azurite

COSTS = section(OPERATE, "Costs")
TOLD = {found[1]: int(row[2]) for row in rows(COSTS) if (found := re.match(r"`(\w+)`[: ]", row[0]))}
A_TICK, A_LISTING = map(int, re.findall(r"a day of (\d+) requests", COSTS))


class Counted:
    """An organization that is indexed, and of which nothing is due."""

    def __init__(self, sample: SampleOrganization, azurite: Azurite) -> None:
        self.sample = sample
        sample.add_project("Shop")
        sample.create_repository("Shop", "shop")
        sample.push("shop", "main", "PAY-1 Begin")
        made = sample.add_alike(9, projects=1)
        self.ids = [RepositoryId(one.id) for one in made]
        self.project = ProjectId(made[0].project_id)
        self.world = CountedWorld(sample, azurite.connection_string, name="reckoned")
        self.integration = self.world.connect()
        self.world.work()
        self.world.clock.pass_by(minutes=16)
        for job in (
            Job(self.integration.id, "discover"),
            *(Job(self.integration.id, "due", repository=one) for one in self.ids),
            Job(self.integration.id, "due", project=self.project),
        ):
            self.spent_by(job)
        self.world.work()
        self.tick()

    def spent_by(self, job: Job) -> int:
        """Return how many requests a job makes."""
        self.world.counted.taken()
        self.world.run("reindex", job)
        return self.world.counted.taken()

    def tick(self, *, due: int = 0) -> int:
        """Return how many requests a tick makes that finds so many repositories due."""
        services, key = self.world.services, self.integration.id
        self.world.counted.forget("due.all")
        for repository in self.ids[:due]:
            cursor = services.cursors.get(key, repository)
            assert cursor is not None
            services.cursors.replace(cursor, replace(cursor.value, next_at=None))
            plan(services, Due(key, repository=repository), at=self.world.clock())
        self.world.clock.pass_by(seconds=2)
        self.world.counted.taken()
        tick(services, now=self.world.clock())
        spent = self.world.counted.taken()
        self.world.work()
        return spent

    def push(self, number: int) -> int:
        """Return how many requests follow from a push that its service hook tells of as a whole."""
        old = self.sample.head("shop", "main")
        message = f"PAY-{number} Go on"
        new = self.sample.push("shop", "main", message)
        body = push_event(self.world, (str(new), message), old=str(old), new=str(new))
        self.world.counted.taken()
        deliver(self.world, self.integration, body)
        self.world.work()
        return self.world.counted.taken()


@pytest.fixture(scope="module")
def counted(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counted]:
    with SampleOrganization(tmp_path_factory.mktemp("counted")) as sample:
        yield Counted(sample, azurite)


def test_tick_costs_what_is_told(counted: Counted) -> None:
    assert counted.tick() == A_TICK
    assert f"{A_TICK} requests, and 6 for each that is due" in OPERATE
    assert counted.tick(due=5) == A_TICK + 6 * 5


def test_listing_that_finds_nothing_new_costs_what_is_told(counted: Counted) -> None:
    assert counted.spent_by(Job(counted.integration.id, "discover")) == A_LISTING


def test_look_at_a_quiet_repository_costs_what_is_told_with_its_share_of_a_tick(
    counted: Counted,
) -> None:
    job = Job(counted.integration.id, "due", repository=counted.ids[0])

    assert counted.spent_by(job) + 6 == TOLD["look"]


def test_pass_over_a_quiet_project_costs_what_is_told_with_its_share_of_a_tick(
    counted: Counted,
) -> None:
    job = Job(counted.integration.id, "due", project=counted.project)

    assert counted.spent_by(job) + 6 == TOLD["pass"]


def test_push_that_a_service_hook_tells_of_costs_what_is_told(counted: Counted) -> None:
    counted.push(2)  # makes the tables of the day

    assert counted.push(3) == TOLD["event"]
