"""How many requests storage takes to tell which commits are linked: counted, not timed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
from msgspec.structs import replace

from devhost.sample_organization import SampleOrganization
from shared.connections.opening import integration_of
from shared.index.seen_commits import MOST_READS, SeenCommits
from shared.model import RepositoryId
from shared.origins import of_pull_request
from shared.storage.rows import MOST_IN_A_PAGE
from tests.counting import CountedWorld
from tests.making import mention, sha

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.azurite import Azurite
    from shared.index.seen_commits import CommitPage

pytestmark = pytest.mark.azurite

RECORDS = 5
"""The integration, the repository, the tracker, who indexes it, and what was learned of it."""
TOLD = 2
"""What was detached by hand, and what is told besides."""
COMMITS = MOST_READS * MOST_IN_A_PAGE + 500


class Asked(NamedTuple):
    """A page, and the requests that it took."""

    page: CommitPage
    requests: int


class Indexed:
    """A repository of many commits, of which the last alone is unlinked."""

    def __init__(self, sample: SampleOrganization, azurite: Azurite) -> None:
        sample.add_project("Shop")
        made = sample.create_repository("Shop", "large")
        sample.push("large", "main", "PAY-1 Begin")
        self.world = CountedWorld(sample, azurite.connection_string, name="seencommits")
        self.integration = self.world.connect().id
        self.world.work()
        self.repository = RepositoryId(made.id)
        self.links = self.world.storage.links(self.world.tracker)
        self.links.remove_repository(self.repository)
        keys = ((number, ["PAY-1"] * (number < COMMITS - 1)) for number in range(COMMITS))
        writer = self.links.writer()
        writer.put(
            mention("commit", sha(number), *named, repository=self.repository)
            for number, named in keys
        )
        writer.flush()

    def ask(self, *, linked: bool | None = None, after: str = "", limit: int = 50) -> Asked:
        """Return a page, as a route or a page of the console asks for it."""
        self.world.counted.taken()
        integration = integration_of(self.world.services, self.integration)
        seen = SeenCommits(self.world.services, integration, self.repository)
        page = seen.page(linked=linked, after=after, limit=limit)
        return Asked(page, self.world.counted.taken())


@pytest.fixture(scope="module")
def indexed(azurite: Azurite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Indexed]:
    with SampleOrganization(tmp_path_factory.mktemp("large")) as sample:
        yield Indexed(sample, azurite)


@pytest.mark.parametrize("limit", [1, 50, 200])
@pytest.mark.parametrize("linked", [None, True])
def test_page_that_is_soon_full_takes_one_request_for_its_commits(
    indexed: Indexed, linked: bool | None, limit: int
) -> None:
    page, requests = indexed.ask(linked=linked, limit=limit)

    assert len(page.commits) == limit
    assert requests == RECORDS + TOLD + 1


def test_what_is_looked_for_far_behind_takes_ten_requests_a_page_at_most(
    indexed: Indexed,
) -> None:
    first = indexed.ask(linked=False)
    second = indexed.ask(linked=False, after=str(first.page.next))

    assert (len(first.page.commits), first.requests) == (0, RECORDS + TOLD + MOST_READS)
    assert (len(second.page.commits), second.requests) == (1, RECORDS + TOLD + 1)
    assert second.page.next is None


def test_what_is_told_from_elsewhere_takes_one_more_for_each_thousand(indexed: Indexed) -> None:
    origin = of_pull_request(7)
    told = [
        replace(mention("commit", sha(n), "PAY-2", repository=indexed.repository), origin=origin)
        for n in range(2 * MOST_IN_A_PAGE + 1)
    ]
    indexed.links.supplement(indexed.repository, {origin: told}, observed_at=None)

    page, requests = indexed.ask()
    indexed.links.supplement(indexed.repository, {origin: []}, observed_at=None)

    assert [len(commit.issue_keys) for commit in page.commits] == [2] * 50
    assert requests == RECORDS + TOLD + 2 + 1
