"""Measures every ratio that has a goal, one after the other, on one workload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.first_indexing import COMMITS as FIRST_COMMITS
from bench.first_indexing import measure_first_index, measure_memory
from bench.importing import measure_import
from bench.reading import measure_board, measure_page
from bench.receiving import measure_receiving
from bench.report import Line, Report, machine_load, report
from bench.stand import Stand, index
from bench.workload import Workload, workload
from bench.writing import measure_work, measure_writing, read
from devhost.azurite import Azurite

if TYPE_CHECKING:
    from collections.abc import Iterator


def measure_all() -> Report:
    """Return the report; a line is printed as soon as it is measured."""
    load_before = machine_load()
    found = workload()
    lines = []
    for line in _lines(found):
        print(f"{line.name}  {line.ratio.median:.2f}  {line.text}", flush=True)
        lines.append(line)
    print()
    return report(f"{len(found.commits):,} commits, {found.name}", lines, load_before=load_before)


def _lines(found: Workload) -> Iterator[Line]:
    pages, first = found.pages(), workload(FIRST_COMMITS).commits
    with Azurite.start() as emulator:
        stand = Stand(emulator.connection_string, project=found.project)
        index(stand.writer(), read(pages))
        page = measure_page(stand)
        yield Line(
            "R1",
            "a page of 50 links ÷ its query",
            page.ratio,
            2.2,
            queries=page.queries,
            most_queries=1,
        )
        yield Line("R2", "commits stored ÷ full batches", measure_writing(stand, pages), 1.4)
        yield Line("R4", "our work on commits ÷ json.loads", measure_work(stand, pages), 28.0)
        board = measure_board(stand)
        yield Line(
            "R5",
            "50 issues of a board ÷ queries",
            board.ratio,
            1.4,
            queries=board.queries,
            most_queries=8,
        )
        received = measure_receiving(stand)
        yield Line(
            "R8",
            "a webhook ÷ its two writes",
            received.ratio,
            1.5,
            queries=received.queries,
            most_queries=2,
        )
        yield Line("R10", "a first index ÷ clone and floor", measure_first_index(stand, first), 2.5)
        memory = measure_memory(emulator.connection_string)
        yield Line("R11", "memory for 60,000 commits ÷ 6,000", memory, 1.3, unit="MB")
    yield Line("R12", "import of the app ÷ its libraries", measure_import(), 1.3)
