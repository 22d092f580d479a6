"""How many requests storage takes for a repository of ten thousand commits: counted, not timed."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest

from bench.reading import BOARD, BoardAnswer, asking, board
from bench.stand import Stand, index
from bench.workload import workload
from bench.writing import read
from shared.storage.rows import MOST_IN_A_BATCH, MOST_IN_A_PAGE
from tests.making import REPOSITORY, mention

if TYPE_CHECKING:
    from devhost.azurite import Azurite

pytestmark = pytest.mark.azurite


class Indexed(NamedTuple):
    """A repository that was indexed, and what that took."""

    stand: Stand
    mentions: int
    links: int
    requests: int


@pytest.fixture(scope="module")
def indexed(azurite: Azurite) -> Indexed:
    return index_ten_thousand(azurite)


def index_ten_thousand(azurite: Azurite) -> Indexed:
    found = workload()
    stand = Stand(azurite.connection_string, project=found.project)
    stand.transport.taken()
    links = index(stand.writer(), read(found.pages()))
    return Indexed(stand, len(found.commits), links, len(stand.transport.taken()))


def test_indexing_takes_a_fifth_more_requests_than_full_batches_at_most(indexed: Indexed) -> None:
    full = ceil(indexed.links / MOST_IN_A_BATCH) + ceil(indexed.mentions / MOST_IN_A_BATCH)

    assert indexed.mentions == 10_000
    assert indexed.links > 5_000
    assert indexed.requests <= 1.2 * full


def test_a_board_of_fifty_issues_takes_eight_queries_at_most(indexed: Indexed) -> None:
    issues = board(indexed.stand)
    ask = asking(indexed.stand, "query_links", {"issues": [str(key) for key in issues]})
    ask()  # what is known for half a minute is read here
    indexed.stand.transport.taken()

    found = msgspec.json.decode(ask(), type=BoardAnswer)

    assert sum(bool(issue.links) for issue in found.issues) == BOARD
    assert len(indexed.stand.transport.taken()) <= 8


def test_removing_a_repository_takes_few_requests_beyond_reading_and_deleting_its_rows(
    azurite: Azurite,
) -> None:
    stand, mentions, links, _ = index_ten_thousand(azurite)
    fewest = ceil(mentions / MOST_IN_A_PAGE) + ceil(links / MOST_IN_A_BATCH)
    fewest += ceil(mentions / MOST_IN_A_BATCH)
    stand.transport.taken()

    stand.links.remove_repository(stand.repository.id)

    assert len(stand.transport.taken()) <= 1.6 * fewest
    assert list(stand.links.mentions(stand.repository.id)) == []


def test_fifty_pull_requests_among_thousands_are_read_in_one_query(azurite: Azurite) -> None:
    stand = Stand(azurite.connection_string, project="PAY")
    numbers = [str(number) for number in range(10_000, 12_500)]
    stand.links.replace([mention("pull_request", number, "PAY-1") for number in numbers])
    stand.transport.taken()

    found = stand.links.stored(REPOSITORY, "pull_request", numbers[-50:])

    assert set(found) == set(numbers[-50:])
    assert len(stand.transport.taken()) == 1
