"""Workers that are killed at any moment leave nothing that another does not make good.

This is the operating system's SIGKILL against real storage: what is tried between any two writes
in memory (tests/shared/index) holds for a process that dies with requests on their way.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azure.data.tables import TableServiceClient

from devhost.azurite import Azurite
from devhost.sample_organization import SampleOrganization
from devhost.sample_organization.stories import tell_stories
from shared.bootstrap import build
from shared.integrations import connections
from shared.integrations.status import status_of
from shared.settings import read_settings
from shared.storage.secrets import make_key_ring
from shared.trackers import ensure_default_tracker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.configuration import Integration
    from shared.services import Services

pytestmark = [pytest.mark.system, pytest.mark.azurite]

_ROOT = Path(__file__).resolve().parents[1]
_KILLED = 8
"""Workers in a row, at moments spread over the requests that the whole work takes."""


class Installation:
    """Storage of its own, with the sample organization connected and nothing indexed yet."""

    def __init__(self, sample: SampleOrganization, emulator: Azurite, folder: Path) -> None:
        self._storage = emulator.connection_string
        make_key_ring(folder / "key_ring.json")
        self._environment = {
            "AzureWebJobsStorage": self._storage,
            "LOCAL_KEY_RING": str(folder / "key_ring.json"),
            "AZURE_DEVOPS_URL": sample.base_url,
        }
        self._workers = 0
        self.services: Services = build(read_settings(self._environment))
        ensure_default_tracker(self.services)
        wanted = connections.Changes(name="Sample", url=sample.url, organizations=())
        connection = connections.NewConnection(sample.token)
        self.integration: Integration = connections.connect(
            self.services, "azure_devops", wanted, connection
        )

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start a worker to which all leases of its predecessors have run out."""
        self._workers += 1
        return subprocess.Popen(
            [sys.executable, "-m", "tests.worker", str(self._workers * 20)],
            cwd=_ROOT,
            env={**os.environ, **self._environment},
        )

    def rows(self) -> dict[tuple[str, str, str], str]:
        """Return all rows of links and mentions, less what differs between two installations."""
        found = {}
        with TableServiceClient.from_connection_string(self._storage) as service:
            for table in service.list_tables():
                which = next((it for it in ("links", "mentions") if table.name.startswith(it)), "")
                if not which:
                    continue
                for entity in service.get_table_client(table.name).list_entities():
                    row = {name: str(value) for name, value in sorted(entity.items())}
                    key = row.pop("PartitionKey"), row.pop("RowKey")
                    row.pop("observed_at", None)
                    text = json.dumps(row).replace(self.integration.id, "INTEGRATION")
                    found[which, *key] = text
        return found


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path_factory.mktemp("sample")) as organization:
        tell_stories(organization)
        yield organization


def test_killed_again_and_again_the_links_are_those_of_an_undisturbed_run(
    sample: SampleOrganization, tmp_path: Path
) -> None:
    with Azurite.start() as emulator:
        undisturbed = Installation(sample, emulator, tmp_path)
        sample.calls.reset()
        assert undisturbed.start_worker().wait(timeout=120) == 0
        requests = len(sample.calls)
        expected = undisturbed.rows()
    with Azurite.start() as emulator:
        disturbed = Installation(sample, emulator, tmp_path)
        unfinished = []
        for number in range(1, _KILLED + 1):
            _kill_after(disturbed, sample, number * requests // (_KILLED + 1), later=number)
            unfinished.append(disturbed.rows() != expected)
        assert disturbed.start_worker().wait(timeout=120) == 0
        status = status_of(disturbed.services, disturbed.integration)
        found = disturbed.rows()

    assert sum(unfinished) >= _KILLED // 2, "workers were killed in the middle of their work"
    assert status.state == "idle"
    assert found == expected
    assert len(expected) > 50


def _kill_after(
    installation: Installation, sample: SampleOrganization, requests: int, *, later: int
) -> None:
    """Start a worker and kill it some milliseconds after it has made so many requests."""
    sample.calls.reset()
    worker = installation.start_worker()
    while worker.poll() is None and len(sample.calls) < requests:
        time.sleep(0.001)
    time.sleep(later * 0.004)
    worker.kill()
    worker.wait(timeout=10)
