"""Storage that hangs, and workers that die, in the middle of a burst: the links come true."""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from devhost.azurite import Azurite
from devhost.sample_organization import SampleOrganization
from shared.storage.secrets import make_key_ring
from tests.installation import RunningInstallation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.conftest import Eventually

pytestmark = [pytest.mark.system, pytest.mark.azurite]

_REPOSITORIES = 3
_OUTAGE_SECONDS = 30.0
_SECONDS_TO_HEAL = 240.0
"""Longer than Azure DevOps goes on repeating a delivery, and than the timer waits."""


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with a few repositories."""
    with SampleOrganization(tmp_path) as started:
        started.add_project("Shop")
        for number in range(_REPOSITORIES):
            started.create_repository("Shop", f"part-{number}")
            started.push(f"part-{number}", "main", "Start")
        yield started


@pytest.fixture
def emulator() -> Iterator[Azurite]:
    """Return storage that no other test uses."""
    with Azurite.start() as started:
        yield started


@pytest.fixture
def start(
    tmp_path: Path, sample: SampleOrganization, emulator: Azurite
) -> Iterator[Callable[[], RunningInstallation]]:
    """Return a way to start the installation, always at the same address and storage."""
    folder = tmp_path / "devhost"
    folder.mkdir()
    make_key_ring(folder / "keys.json")
    settings = {
        "AzureWebJobsStorage": emulator.connection_string,
        "LOCAL_KEY_RING": str(folder / "keys.json"),
        "AZURE_DEVOPS_URL": sample.base_url,
        "REINDEX_SCHEDULE": "0 * * * * *",
    }
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = str(bound.getsockname()[1])
    with ExitStack() as started:

        def begin() -> RunningInstallation:
            # One that was killed has left its addresses behind.
            (folder / ".devhost.json").unlink(missing_ok=True)
            # Of two ports the last one counts.
            return started.enter_context(RunningInstallation(folder, "--port", port, **settings))

        yield begin


@pytest.fixture
def installation(
    start: Callable[[], RunningInstallation], sample: SampleOrganization, eventually: Eventually
) -> RunningInstallation:
    """Return an installation that has indexed the organization and hears of its pushes."""
    running = start()
    connection = {"kind": "pat", "token": sample.token}
    body = {"git_host": "azure_devops", "url": sample.url, "connection": connection}
    made = running.call("POST", "integrations", body)
    assert made.status == 201, made.body
    path = f"integrations/{made.body['id']}/status"
    assert eventually(lambda: running.call("GET", path).body["state"] == "idle", within=60)
    return running


class Pushes:
    """Pushes commits, each naming an issue of its own."""

    def __init__(self, sample: SampleOrganization) -> None:
        self._sample = sample
        self.truth: dict[str, list[str]] = {}
        """Issue → the commit that names it."""

    def push(self, count: int) -> None:
        """Push so many commits, one after the other, to each repository in turn."""
        for _ in range(count):
            number = len(self.truth) + 1
            key = f"PAY-{number}"
            commit = self._sample.push(f"part-{number % _REPOSITORIES}", "main", f"{key} Work")
            self.truth[key] = [commit]
            pause(0.02)

    def linked(self, installation: RunningInstallation) -> dict[str, list[str]]:
        """Return what links to the issues now."""
        body = {"issues": list(self.truth), "limit_per_issue": 20}
        answer = installation.call("POST", "links/query", body)
        assert answer.status == 200, answer.body
        return {
            issue["issue_key"]: [link["id"] for link in issue["links"]]
            for issue in answer.body["issues"]
        }


def pause(seconds: float) -> None:
    threading.Event().wait(seconds)


def test_no_push_is_lost_while_storage_hangs(
    installation: RunningInstallation,
    sample: SampleOrganization,
    emulator: Azurite,
    eventually: Eventually,
) -> None:
    pushes = Pushes(sample)
    pushes.push(20)

    os.kill(emulator.process_id, signal.SIGSTOP)
    try:
        pushes.push(20)
        pause(_OUTAGE_SECONDS)
    finally:
        os.kill(emulator.process_id, signal.SIGCONT)
    pushes.push(20)

    assert eventually(
        lambda: pushes.linked(installation) == pushes.truth, within=_SECONDS_TO_HEAL
    ), pushes.linked(installation)


def test_no_push_is_lost_when_workers_are_killed(
    installation: RunningInstallation,
    start: Callable[[], RunningInstallation],
    sample: SampleOrganization,
    eventually: Eventually,
) -> None:
    pushes = Pushes(sample)
    running = installation
    for milliseconds in (0, 40, 150, 400):
        pushes.push(10)
        pause(milliseconds / 1000)
        running.stop(signal.SIGKILL)
        pushes.push(5)
        running = start()

    assert eventually(lambda: pushes.linked(running) == pushes.truth, within=_SECONDS_TO_HEAL), (
        pushes.linked(running)
    )
    assert len(pushes.truth) == 60
