"""Several workers on one storage share what there is to do, and make good what one leaves behind.

Each is a whole development host in a process of its own: the queues, the leases and the timers
that several instances of the app have on Azure.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import pytest
from azure.data.tables import TableServiceClient

from devhost.azurite import Azurite
from devhost.sample_organization import SampleOrganization
from shared.bootstrap import build
from shared.integrations import connections
from shared.integrations.status import status_of
from shared.settings import read_settings
from shared.storage.secrets import make_key_ring
from shared.trackers import ensure_default_tracker
from tests.installation import ROOT
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path
    from typing import Self

    from shared.configuration import Integration
    from shared.services import Services

pytestmark = [pytest.mark.system, pytest.mark.azurite]

REPOSITORIES: Final = 500
WORKERS: Final = 4
_OWN_HISTORY_EVERY: Final = 25
_EVERY_FIVE_SECONDS: Final = "*/5 * * * * *"
_MOST_TAKEN_BY_ONE: Final = 3 * (8 + 4)
"""Messages that one host has in its hands: of each queue a batch, and the next one's threshold."""

_HOOKS: Final = False
"""What was indexed before its hooks were made is looked at once more, which is not counted here."""

Rows = dict[tuple[str, str, str], str]
Calls = Counter[tuple[str, str, str]]
"""Method, route and repository of calls to the git host, and how often each was made."""


class Worker:
    """A development host that shares its storage with others."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        folder.mkdir()
        for name in ("function_app.py", "host.json"):
            (folder / name).write_bytes((ROOT / name).read_bytes())
        self._log = folder / "worker.log"
        self._addresses = folder / ".devhost.json"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.hurried_host", "--port", "0"],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
                stdout=log,
                stderr=log,
            )

    def has_started(self) -> bool:
        """Whether it works; an error when it has ended instead."""
        assert self._process.poll() is None, self._log.read_text()
        return self._addresses.exists()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it."""
        self._process.send_signal(how)
        try:
            self._process.wait(timeout=40)
        finally:
            self._process.kill()

    def finished(self, function: str) -> int:
        """Return how many runs of a function it has finished."""
        return self._log.read_text().count(f" {function} finished in ")


class Fleet:
    """Storage of its own with the sample organization connected, and workers on it."""

    def __init__(self, sample: SampleOrganization, folder: Path) -> None:
        self._sample = sample
        self._folder = folder
        self._running = ExitStack()
        self.workers: list[Worker] = []

    def __enter__(self) -> Self:
        self._storage = self._running.enter_context(Azurite.start()).connection_string
        make_key_ring(self._folder / "key_ring.json")
        self._environment = {
            "AzureWebJobsStorage": self._storage,
            "LOCAL_KEY_RING": str(self._folder / "key_ring.json"),
            "AZURE_DEVOPS_URL": self._sample.base_url,
            "REINDEX_SCHEDULE": _EVERY_FIVE_SECONDS,
        }
        self._services: Services = build(read_settings(self._environment))
        ensure_default_tracker(self._services)
        return self

    def __exit__(self, *error: object) -> None:
        self._running.close()

    def start(self, count: int) -> None:
        """Start workers, and return when all of them wait for something to do."""
        for number in range(count):
            worker = Worker(self._folder / f"worker-{number}", self._environment)
            self._running.callback(worker.stop)
            self.workers.append(worker)
        until = time.monotonic() + 120
        while not all(worker.has_started() for worker in self.workers):
            assert time.monotonic() < until, "the workers did not start"
            threading.Event().wait(0.1)

    def connect(self) -> None:
        """Connect the organization, which begins the run."""
        self._sample.calls.reset()
        wanted = connections.Changes(
            name="Sample", url=self._sample.url, organizations=(), webhooks=_HOOKS
        )
        self.integration: Integration = connections.connect(
            self._services,
            "azure_devops",
            wanted,
            connections.NewConnection(self._sample.token),
        )

    def is_done(self) -> bool:
        """Whether every repository is indexed, and nothing waits."""
        return (
            self.indexed() == REPOSITORIES
            and status_of(self._services, self.integration).state == "idle"
        )

    def indexed(self) -> int:
        """Return how many repositories are indexed."""
        cursors = self._services.cursors.list(self.integration.id)
        return sum(cursor.value.state == "idle" for cursor in cursors)

    def calls(self) -> Calls:
        """Return what was asked of the git host about each repository."""
        return _calls_about_repositories(self._sample)

    def rows(self) -> Rows:
        """Return all rows of links and mentions, less what differs between two installations."""
        found: Rows = {}
        with TableServiceClient.from_connection_string(self._storage) as service:
            for table in service.list_tables():
                which = next((it for it in ("links", "mentions") if table.name.startswith(it)), "")
                if not which:
                    continue
                for entity in service.get_table_client(table.name).list_entities():
                    key = entity["PartitionKey"], entity["RowKey"]
                    found[which, *key] = _text(entity, self.integration)
        return found


def _text(row: Mapping[str, object], integration: Integration) -> str:
    left_out = {"PartitionKey", "RowKey", "observed_at"}
    kept = {name: str(value) for name, value in row.items() if name not in left_out}
    return json.dumps(kept, sort_keys=True).replace(integration.id, "INTEGRATION")


def _calls_about_repositories(sample: SampleOrganization) -> Calls:
    return Counter(
        (call.method, call.route, call.repository) for call in sample.calls if call.repository
    )


def _soon(condition: Callable[[], bool], *, within: float) -> bool:
    """Look every second: the workers should have the storage for themselves."""
    until = time.monotonic() + within
    while not condition():
        if time.monotonic() > until:
            return False
        threading.Event().wait(1)
    return True


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleOrganization]:
    """Return a wide organization, some of whose repositories have a history of their own."""
    with SampleOrganization(tmp_path_factory.mktemp("sample")) as organization:
        made = organization.add_alike(REPOSITORIES, projects=10)
        for number, repository in enumerate(made[::_OWN_HISTORY_EVERY]):
            for step in range(5):
                organization.push(repository.id, "main", f"PAY-{100 * number + step + 2} Go on")
            organization.create_branch(repository.id, f"topic/PAY-{number + 5000}")
        yield organization


@pytest.fixture(scope="module")
def alone(sample: SampleOrganization) -> tuple[Rows, Calls]:
    """Return what one worker makes of the organization, job after job, and what it asks."""
    sample.calls.reset()
    world = World(sample)
    integration = world.connect(webhooks=_HOOKS)
    world.work()
    rows: Rows = {}
    for (table, partition, key), row in world.everything().items():
        which = table.removesuffix(world.tracker.table_id)
        rows[which, partition, key] = _text(row, integration)
    return rows, _calls_about_repositories(sample)


@pytest.fixture
def fleet(sample: SampleOrganization, tmp_path: Path) -> Iterator[Fleet]:
    """Return workers that are ready for a run."""
    with Fleet(sample, tmp_path) as started:
        started.start(WORKERS)
        yield started


def test_workers_share_a_run_and_no_repository_is_done_twice(
    fleet: Fleet, alone: tuple[Rows, Calls]
) -> None:
    rows, calls = alone

    fleet.connect()
    assert _soon(fleet.is_done, within=240), fleet.indexed()

    shares = [worker.finished("index_history") for worker in fleet.workers]
    ticks = [worker.finished("reindex_timer") for worker in fleet.workers]
    assert fleet.calls() == calls
    assert fleet.rows() == rows
    assert len(rows) > 2 * REPOSITORIES
    assert min(shares) >= REPOSITORIES // (4 * WORKERS), shares
    assert sum(count > 0 for count in ticks) == 1, ticks


def test_share_of_a_killed_worker_is_taken_over(fleet: Fleet, alone: tuple[Rows, Calls]) -> None:
    rows, calls = alone
    fleet.connect()
    assert _soon(lambda: fleet.indexed() > REPOSITORIES // 4, within=120)
    # The one that the others depend on most: it alone fires the timers.
    [victim] = [worker for worker in fleet.workers if worker.finished("reindex_timer")]

    victim.stop(signal.SIGKILL)
    was_half_way = fleet.indexed() < REPOSITORIES
    assert _soon(fleet.is_done, within=240), fleet.indexed()

    others = [worker for worker in fleet.workers if worker is not victim]
    repeated = {repository for _, _, repository in fleet.calls() - calls}
    assert was_half_way
    assert fleet.rows() == rows
    assert not calls - fleet.calls(), "each repository was read as one worker reads it, or again"
    assert len(repeated) <= _MOST_TAKEN_BY_ONE
    assert sum(worker.finished("reindex_timer") > 0 for worker in others) == 1
