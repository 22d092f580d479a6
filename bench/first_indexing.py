"""R10 and R11: what a first index takes, in time and in memory, from the git host to the tables."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from bench.generator import PROJECT, generate
from bench.histories import fast_import, import_commits
from bench.rounds import Ratio, Round, measure
from bench.serving import served
from bench.stand import Stand
from bench.writing import full_batches, time_of_floor
from devhost.sample_organization.git_command import run_git
from shared import jobs
from shared.cursors import Cursor
from shared.messages import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.recorded import RecordedCommit
    from bench.serving import Served

COMMITS: Final = 15_000
BRANCH: Final = "main"
_FEW: Final = 6_000
_MANY: Final = 60_000


def measure_first_index(stand: Stand, commits: Sequence[RecordedCommit]) -> Ratio:
    """Return R10: a first index, ÷ a clone without trees and the floor of storing its links."""
    with tempfile.TemporaryDirectory(prefix="devlinks-bench-") as folder:
        repository = Path(folder) / "shop.git"
        make_repository(repository, commits)
        with served(repository) as sample:
            stand.connect(sample)
            history = list(stand.history())
            batches, named = full_batches(stand, history), stand.tracker.table_id
            stand.transport.remembers = False

            def one_round() -> Round:
                floor = _time_of_clone(sample, repository, Path(folder) / "clone.git")
                floor += time_of_floor(stand, batches, named)
                return Round(floor, _time_of_first_index(stand))

            return measure(one_round)


def measure_memory(connection_string: str) -> Ratio:
    """Return R11: the peak memory of a process that indexes 60,000 commits, ÷ 6,000; in bytes."""

    def one_round() -> Round:
        return Round(*(_peak(connection_string, count) for count in (_FEW, _MANY)))

    return measure(one_round, rounds=1)


def make_repository(folder: Path, commits: Sequence[RecordedCommit]) -> None:
    """Make a bare repository of commits, newest first; parents that are not among them go.

    The first is the head of the default branch, and whatever has no child that of another one.
    """
    ids = {commit.sha for commit in commits}
    closed = [replace(c, parents=tuple(p for p in c.parents if p in ids)) for c in commits]
    tips = ids.difference(*(commit.parents for commit in closed)) - {closed[0].sha}
    heads = {BRANCH: closed[0].sha} | {f"line-{n}": tip for n, tip in enumerate(sorted(tips), 1)}
    import_commits(folder, BRANCH, fast_import(closed, branches=heads, tags={}))


def index_first(stand: Stand) -> None:
    """Have the stand's repository indexed as if for the first time, by its job."""
    integration, repository = stand.integration.id, stand.repository.id
    stand.services.cursors.put(integration, repository, Cursor())
    jobs.run(stand.services, "history", Job(integration, "first", repository=repository), attempt=1)


def _peak(connection_string: str, count: int) -> float:
    with tempfile.TemporaryDirectory(prefix="devlinks-bench-") as folder:
        repository = Path(folder) / "shop.git"
        make_repository(repository, generate(count))
        # A process of its own, since a peak never falls.
        spawn = multiprocessing.get_context("spawn")
        with served(repository) as sample, ProcessPoolExecutor(1, mp_context=spawn) as alone:
            return alone.submit(_peak_of_first_index, connection_string, sample).result()


def _peak_of_first_index(connection_string: str, sample: Served) -> float:
    stand = Stand(connection_string, project=PROJECT)
    stand.transport.remembers = False
    stand.connect(sample)
    index_first(stand)
    # What getrusage tells of a process counts what its parent held, too.
    status = Path("/proc/self/status").read_text()
    return float(status.partition("VmHWM:")[2].split()[0]) * 1024


def _time_of_clone(sample: Served, repository: Path, into: Path) -> float:
    since = time.perf_counter()
    run_git(
        "clone", "--quiet", "--bare", "--filter=tree:0", sample.clone_url(repository), str(into),
        folder=into.parent,
    )  # fmt: skip
    taken = time.perf_counter() - since
    shutil.rmtree(into)
    return taken


def _time_of_first_index(stand: Stand) -> float:
    stand.move_to_fresh_tables()
    since = time.perf_counter()
    index_first(stand)
    return time.perf_counter() - since
