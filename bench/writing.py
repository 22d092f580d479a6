"""R2 and R4: what it costs to store ten thousand commits, in time and in work of our own."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Final

import msgspec

from bench.raw import RawConnection, rendered
from bench.rounds import Ratio, Round, measure
from bench.stand import index
from bench.workload import CommitPage
from shared.git_hosts.azure_devops.decode import read_commit
from shared.index.indexing import mention_of_commit
from shared.storage.entities import link_put, mention_put
from shared.storage.rows import MOST_IN_A_BATCH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.stand import Stand
    from shared.model import Commit
    from shared.storage.rows import Put

_TIMES: Final = 10
"""Reading JSON is over so soon that it is timed over several goes."""
_decode = msgspec.json.Decoder(CommitPage).decode


def measure_writing(stand: Stand, pages: Sequence[bytes]) -> Ratio:
    """Return R2: pages in memory → stored, ÷ the same rows in full batches over a raw socket."""
    batches, named = full_batches(stand, read(pages)), stand.tracker.table_id

    def one_round() -> Round:
        floor = time_of_floor(stand, batches, named)
        return Round(floor, _time_of_product(stand, pages))

    return measure(one_round)


def measure_work(stand: Stand, pages: Sequence[bytes]) -> Ratio:
    """Return R4: our processor time to decode, index and store, ÷ that of `json.loads`."""

    def one_round() -> Round:
        since = time.process_time()
        for _ in range(_TIMES):
            for page in pages:
                json.loads(page)
        floor = (time.process_time() - since) / _TIMES
        stand.move_to_fresh_tables()
        writer = stand.writer()
        since = time.process_time()
        index(writer, read(pages))
        return Round(floor, time.process_time() - since)

    return measure(one_round)


def read(pages: Sequence[bytes]) -> Iterator[list[Commit]]:
    """Yield the commits of each page."""
    for page in pages:
        yield [read_commit(commit) for commit in _decode(page).value]


def full_batches(stand: Stand, pages: Iterable[Sequence[Commit]]) -> list[bytes]:
    """Return the requests that store the same rows in as few batches as there can be.

    They are made by sending them once, and name the tables that the stand has now.
    """
    target = stand.target
    rows: dict[tuple[str, str], dict[str, Put]] = {}
    links, mentions = stand.tables
    for page in pages:
        for commit in page:
            mention = mention_of_commit(commit, target)
            puts = [(links, link_put(link)) for link in mention.links()]
            for table, put in (*puts, (mentions, mention_put(mention))):
                rows.setdefault((table, put.partition), {})[put.row] = put
    stand.transport.taken()
    for (table, _), puts_by_row in rows.items():
        puts_of_one = list(puts_by_row.values())
        for start in range(0, len(puts_of_one), MOST_IN_A_BATCH):
            stand.rows.write(table, puts_of_one[start : start + MOST_IN_A_BATCH])
    return [rendered(request) for request in stand.transport.taken()]


def time_of_floor(stand: Stand, batches: Sequence[bytes], named: str) -> float:
    """Return how long those requests take over a raw socket, on fresh tables."""
    stand.move_to_fresh_tables()
    old, new = named.encode(), stand.tracker.table_id.encode()
    requests = [batch.replace(old, new) for batch in batches]
    with RawConnection(stand.account.table_url) as connection:
        since = time.perf_counter()
        for request in requests:
            connection.exchange(request)
        return time.perf_counter() - since


def _time_of_product(stand: Stand, pages: Sequence[bytes]) -> float:
    stand.move_to_fresh_tables()
    writer = stand.writer()
    since = time.perf_counter()
    index(writer, read(pages))
    return time.perf_counter() - since
