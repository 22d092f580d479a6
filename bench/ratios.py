"""Measures every ratio that has a goal, one after the other, on one workload."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.importing import measure_import
from bench.reading import measure_board, measure_page
from bench.receiving import measure_receiving
from bench.report import Line, Report, machine_load, report
from bench.stand import Stand, index
from bench.workload import workload
from bench.writing import measure_work, measure_writing, read
from devhost.azurite import Azurite

if TYPE_CHECKING:
    from collections.abc import Iterator


def measure_all() -> Report:
    """Return the report; a line is printed as soon as it is measured."""
    load_before = machine_load()
    found = workload()
    lines = []
    for line in _lines(found.project, found.pages()):
        print(f"{line.name}  {line.ratio.median:.2f}  {line.text}", flush=True)
        lines.append(line)
    print()
    return report(f"{len(found.commits):,} commits, {found.name}", lines, load_before=load_before)


def _lines(project: str, pages: list[bytes]) -> Iterator[Line]:
    with Azurite.start() as emulator:
        stand = Stand(emulator.connection_string, project=project)
        index(stand.writer(), read(pages))
        page = measure_page(stand)
        yield Line("R1", "a page of 50 links ÷ its query", page.ratio, 2.2, page.queries, 1)
        yield Line("R2", "commits stored ÷ full batches", measure_writing(stand, pages), 1.4)
        yield Line("R4", "our work on commits ÷ json.loads", measure_work(stand, pages), 28.0)
        board = measure_board(stand)
        yield Line("R5", "50 issues of a board ÷ queries", board.ratio, 1.4, board.queries, 8)
        received = measure_receiving(stand)
        yield Line("R8", "a webhook ÷ its two writes", received.ratio, 1.5, received.queries, 2)
    yield Line("R12", "import of the app ÷ its libraries", measure_import(), 1.3)
