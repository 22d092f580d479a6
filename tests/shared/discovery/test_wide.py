"""What things cost in an organization of 5,000 repositories: as much as in one of 50."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from devhost.sample_organization import SampleOrganization
from shared.cursors import Cursor, PullRequestCursor
from shared.discovery.repository_pages import page_of_repositories
from shared.integrations.status import REPOSITORY_STATES
from shared.messages import Due, Job
from shared.model import ProjectId, RepositoryId
from shared.scheduling.schedule import plan
from shared.scheduling.ticking import tick
from tests.counting import CountedWorld

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devhost.azurite import Azurite
    from shared.configuration import Integration
    from shared.integrations.status import RepositoryState

pytestmark = pytest.mark.azurite

NARROW, WIDE = 50, 5000
DUE = 9
"""Repositories, and one project."""
BATCH = 100
PAGE = 1000


class Spent(NamedTuple):
    """What something took."""

    requests: int
    """To tables."""
    calls: int
    """To Azure DevOps."""
    jobs: int


class Indexed:
    """An organization that is known, and of which nothing is due."""

    def __init__(self, sample: SampleOrganization, azurite: Azurite, count: int) -> None:
        self.sample = sample
        self.count = count
        made = sample.add_alike(count, projects=10)
        self.ids = [RepositoryId(one.id) for one in made]
        self.project = ProjectId(made[0].project_id)
        self.world = CountedWorld(sample, azurite.connection_string, name=f"wide{count}")
        self.integration: Integration = self.world.connect()
        self.spent()
        self.first_discovery = self.do("discover")
        self._settle()
        # All tables are made by now.
        sample.push(self.ids[-1], "main", "PAY-2 Go on")
        self.world.run("reindex", Job(self.integration.id, "due", repository=self.ids[-1]))
        self.world.work()
        self.spent()

    def _settle(self) -> None:
        """Have all repositories indexed, without reading them one by one."""
        services, key = self.world.services, self.integration.id
        self.world.counted.queues.waiting["history"].clear()
        self.world.counted.queues.waiting["reindex"].clear()
        now = self.world.clock()
        heads = self.sample.head(self.ids[0], "main")
        done = Cursor(verified={"main": heads}, last_indexed_at=now, last_changed_at=now)  # type: ignore[dict-item]  # an id of the sample's
        services.cursors.put_all(key, dict.fromkeys(self.ids, done))
        projects = {one.project_id for one in self.sample.organization.repositories.values()}
        services.pull_request_cursors.put_all(
            key, dict.fromkeys(projects, PullRequestCursor(closed_until=now, last_indexed_at=now))
        )
        self.world.counted.forget("due.all")

    def do(self, reason: str) -> Spent:
        """Carry out one job about the integration, and nothing that follows from it."""
        self.world.run("reindex", Job(self.integration.id, reason))  # type: ignore[arg-type]  # a test's
        return self.spent()

    def tick(self) -> Spent:
        """Let the timer look, and carry out what it enqueues."""
        tick(self.world.services, now=self.world.clock())
        jobs = sum(len(waiting) for waiting in self.world.counted.queues.waiting.values())
        self.world.work()
        return self.spent(jobs)

    def spent(self, jobs: int = 0) -> Spent:
        """Return what was spent since this was last asked."""
        calls = len(self.sample.calls)
        self.sample.calls.reset()
        return Spent(self.world.counted.taken(), calls, jobs)


@pytest.fixture(scope="module")
def both(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Indexed]]:
    """Return the same organization twice, one of them a hundred times as wide."""
    folders: list[Path] = [tmp_path_factory.mktemp(f"n{count}") for count in (NARROW, WIDE)]
    with SampleOrganization(folders[0]) as narrow, SampleOrganization(folders[1]) as wide:
        yield [Indexed(narrow, azurite, NARROW), Indexed(wide, azurite, WIDE)]


def test_first_discovery_writes_a_hundred_at_a_time(both: list[Indexed]) -> None:
    narrow, wide = both
    # The records of repositories, their owners and the hints for the timer.
    written = 3 * (ceil(WIDE / BATCH) - ceil(NARROW / BATCH))

    grown = wide.first_discovery.requests - narrow.first_discovery.requests

    assert grown == written
    assert wide.first_discovery.calls == narrow.first_discovery.calls == 2


def test_tick_with_ten_due_costs_the_same(both: list[Indexed]) -> None:
    spent = []
    for indexed in both:
        services, key = indexed.world.services, indexed.integration.id
        # Spread over all that there are, and moved, so that each has something to be read.
        for repository in indexed.ids[:: indexed.count // DUE][:DUE]:
            indexed.sample.push(repository, "main", "PAY-2 Go on")
            plan(services, Due(key, repository=repository), at=indexed.world.clock())
        plan(services, Due(key, project=indexed.project), at=indexed.world.clock())
        indexed.world.clock.pass_by(seconds=2)
        indexed.spent()
        spent.append(indexed.tick())

    narrow, wide = spent
    assert narrow.jobs == DUE + 1
    assert wide == narrow


def test_tick_with_nothing_due_costs_the_same(both: list[Indexed]) -> None:
    narrow, wide = (indexed.tick() for indexed in both)

    assert narrow.jobs == 0
    assert wide == narrow


def test_pass_over_a_project_costs_the_same_whatever_else_there_is(both: list[Indexed]) -> None:
    spent = []
    for indexed in both:
        one = indexed.ids[0]
        indexed.sample.push(one, "topic", "Go on")
        indexed.sample.open_pull_request(one, "topic", "PAY-3 Review")
        indexed.spent()
        job = Job(indexed.integration.id, "due", project=indexed.project)
        indexed.world.run("reindex", job)
        spent.append(indexed.spent())

    assert spent[0] == spent[1]


def test_discovery_that_finds_nothing_new_only_reads(both: list[Indexed]) -> None:
    for indexed in both:
        indexed.do("discover")  # what was pushed above has changed nothing that is listed
    narrow, wide = (indexed.do("discover") for indexed in both)

    pages = ceil(WIDE / PAGE) - ceil(NARROW / PAGE)
    # The records of repositories, their owners, and their links.
    assert wide.requests - narrow.requests == 3 * pages
    assert wide.calls == narrow.calls == 2


def test_discovery_writes_what_changed_and_no_more(both: list[Indexed]) -> None:
    spent = []
    for indexed in both:
        before = indexed.do("discover")
        for repository in indexed.ids[1:4]:
            indexed.sample.rename_repository(repository, f"renamed-{repository[:8]}")
        spent.append(indexed.do("discover").requests - before.requests)

    assert spent == [1, 1]


@pytest.mark.parametrize("limit", [1, 50, 200])
def test_first_page_of_repositories_costs_the_same(both: list[Indexed], limit: int) -> None:
    spent = []
    for indexed in both:
        services, integration = indexed.world.services, indexed.integration
        indexed.spent()
        page = page_of_repositories(services, integration, limit=min(limit, NARROW - 1))
        spent.append(indexed.spent().requests)
        assert page.next is not None

    # The records, which tell where each stands, and the pull requests of the projects.
    assert spent == [2, 2]


@pytest.mark.parametrize(
    ("search", "states"),
    [("", ("idle",)), ("wide-", REPOSITORY_STATES), ("9", REPOSITORY_STATES), ("9", ("idle",))],
)
def test_search_whose_hits_lie_anywhere_reads_the_records_once_and_the_projects(
    both: list[Indexed], search: str, states: tuple[RepositoryState, ...]
) -> None:
    for indexed in both:
        services, integration = indexed.world.services, indexed.integration
        after, found = "", 0
        while True:
            left = len([i for i in indexed.ids if i > after])
            indexed.spent()

            page = page_of_repositories(
                services, integration, search=search, states=states, after=after, limit=200
            )

            assert indexed.spent().requests == max(1, ceil(left / PAGE)) + bool(page.rows)
            found += len(page.rows)
            if page.next is None:
                break
            after = page.next
        names = [row.name for row in indexed.sample.organization.repositories.values()]
        assert found == len([name for name in names if search in name])


def test_search_that_finds_nothing_reads_the_records_alone(both: list[Indexed]) -> None:
    for indexed in both:
        indexed.spent()

        page = page_of_repositories(
            indexed.world.services, indexed.integration, search="nothing", limit=50
        )

        assert page.rows == []
        assert indexed.spent().requests == ceil(indexed.count / PAGE)


def test_pass_over_a_repository_costs_the_same_whatever_else_there_is(
    both: list[Indexed],
) -> None:
    spent = []
    for indexed in both:
        job = Job(indexed.integration.id, "due", repository=indexed.ids[-1])
        indexed.world.run("reindex", job)
        indexed.spent()
        indexed.world.run("reindex", job)
        spent.append(indexed.spent())

    assert spent[0] == spent[1]


def test_repositories_of_another_integration_cost_pages_and_not_one_read_each(
    both: list[Indexed],
) -> None:
    spent = []
    for indexed in both:
        other = indexed.world.connect()
        indexed.world.run("reindex", Job(other.id, "discover"))
        indexed.spent()
        indexed.world.run("reindex", Job(other.id, "discover"))
        spent.append(indexed.spent())
        records = indexed.world.services.repositories.list(other.id)
        assert {record.value.left_out for record in records} == {"owned_elsewhere"}

    pages = ceil(WIDE / PAGE) - ceil(NARROW / PAGE)
    # Its own records, all owners, and what the owner indexes.
    assert spent[1].requests - spent[0].requests == 3 * pages
