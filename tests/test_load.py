"""Under load no delivery is lost and none counts twice, and a push is linked within seconds.

One installation in a process of its own, with the storage emulator; real git, and deliveries as
service hooks send them. Figures are printed: `pytest -m system tests/test_load.py -s`.
"""

from __future__ import annotations

import base64
import json
import random
import statistics
import subprocess
import threading
import time
import urllib.parse
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, Final

import pytest

from shared.bootstrap import build
from shared.hooks.subscriptions import password_purpose
from shared.services import ONE_GROUP
from shared.settings import read_settings
from tests.installation import RunningInstallation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.configuration import Integration
    from shared.messages import Delivery
    from shared.services import Services
    from tests.conftest import Eventually

pytestmark = [pytest.mark.system, pytest.mark.azurite]

DELIVERIES: Final = 2000
AT_ONCE: Final = 32
SENT_TWICE: Final = 10
"""Every so-manieth delivery is sent a second time."""
PUSHES: Final = 50
MEDIAN_SECONDS: Final = 1.5
NEARLY_ALL_SECONDS: Final = 3.0
LOOKED_EVERY: Final = 0.05
FIRST_KEY: Final = 10_000
_IDENTITY: Final = ("-c", "user.name=Backend developer", "-c", "user.email=backend@example.com")


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningInstallation]:
    with RunningInstallation(tmp_path_factory.mktemp("devhost"), "--sample") as running:
        yield running


class Inside:
    """The same installation's storage, read from this process."""

    def __init__(self, installation: RunningInstallation) -> None:
        sample = installation.addresses.sample_organization
        assert sample is not None
        settings = {
            "AzureWebJobsStorage": installation.addresses.storage,
            "LOCAL_KEY_RING": installation.addresses.key_ring,
            "AZURE_DEVOPS_URL": "http://localhost:9",
        }
        self.services: Services = build(read_settings(settings))
        [record] = self.services.integrations.list(ONE_GROUP)
        self.integration: Integration = record.value

    def sender(self) -> str:
        """Return the header that the webhook's known sender brings."""
        record = self.services.webhooks.get(ONE_GROUP, self.integration.webhook_id)
        assert record is not None
        purpose = password_purpose(self.integration.id)
        password = self.services.vault.open(record.value.sealed_passwords[0], purpose=purpose)
        return _basic(record.value.user_name, password)

    def deliveries(self) -> list[Delivery]:
        """Return what the ledger has, without bodies."""
        ledger = self.services.storage.deliveries
        now = datetime.now(UTC)
        return ledger.page(self.integration.webhook_id, now=now, limit=2 * DELIVERIES)


class Sender:
    """Sends deliveries to one webhook; each thread over a connection of its own."""

    def __init__(self, url: str, authorization: str) -> None:
        parts = urllib.parse.urlsplit(url)
        self._address = parts.hostname or "", parts.port or 80
        self._path = parts.path
        self._headers = {"Authorization": authorization, "Content-Type": "application/json"}
        self._own = threading.local()
        self._opened: list[HTTPConnection] = []

    def send(self, body: bytes) -> tuple[int, float]:
        """Return the status that a body is answered with, and how long that took."""
        if not hasattr(self._own, "connection"):
            self._own.connection = HTTPConnection(*self._address, timeout=60)
            self._opened.append(self._own.connection)
        connection: HTTPConnection = self._own.connection
        began = time.perf_counter()
        connection.request("POST", self._path, body, self._headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status, time.perf_counter() - began

    def close(self) -> None:
        """Close every thread's connection."""
        for connection in self._opened:
            connection.close()


def test_two_thousand_deliveries_at_once_are_all_kept_and_none_counts_twice(
    installation: RunningInstallation, tmp_path: Path, eventually: Eventually
) -> None:
    clone = _clone(installation, tmp_path)
    commits = _commit_many(clone, DELIVERIES)
    _git(installation, "push", "-q", "origin", "HEAD", folder=clone)
    inside = Inside(installation)
    bodies = {str(uuid.uuid4()): n for n in range(DELIVERIES)}
    repository = _repository(installation)
    prepared = [_push(event, repository, commits, n) for event, n in bodies.items()]
    sent = prepared + prepared[::SENT_TWICE]
    random.Random(1).shuffle(sent)
    webhook = f"{installation.addresses.api}/webhooks/{inside.integration.webhook_id}"
    sender = Sender(webhook, inside.sender())
    began = time.perf_counter()

    with ThreadPoolExecutor(AT_ONCE) as senders:
        answers = list(senders.map(sender.send, sent))
    sender.close()

    received_in = time.perf_counter() - began
    ours = _about(inside, bodies)
    assert eventually(
        lambda: all(it.state == "done" for it in _about(inside, bodies)), within=300
    ), Counter(it.state for it in _about(inside, bodies))
    done_in = time.perf_counter() - began
    times = [seconds * 1000 for _, seconds in answers]
    print(  # noqa: T201 — what the test is read for
        f"\n{len(sent)} deliveries, {AT_ONCE} at once: {len(sent) / received_in:.0f} a second,"
        f" answered in {_figures(times, 'ms')}; all were done after {done_in:.0f} s"
    )
    assert Counter(status for status, _ in answers) == {
        202: DELIVERIES,
        200: len(sent) - DELIVERIES,
    }
    assert len(ours) == DELIVERIES
    assert sum(it.repeats for it in ours) == len(sent) - DELIVERIES
    assert _linked(installation) == {
        f"PAY-{FIRST_KEY + n}": [sha] for n, sha in enumerate(commits[1:])
    }


def test_a_push_is_linked_within_seconds(
    installation: RunningInstallation, tmp_path: Path, eventually: Eventually
) -> None:
    clone = _clone(installation, tmp_path)
    pause = threading.Event()
    seconds = []

    for number in range(PUSHES):
        key = f"PAY-{2 * FIRST_KEY + number}"
        _git(installation, *_IDENTITY, "commit", "-q", "--allow-empty", "-m", key, folder=clone)
        # Pushes come at any moment of the pause between two looks at the queue.
        pause.wait(random.uniform(0, 2))
        _git(installation, "push", "-q", "origin", "HEAD", folder=clone)
        pushed = time.perf_counter()
        while not installation.links(key) and time.perf_counter() - pushed < 30:
            pause.wait(LOOKED_EVERY)
        seconds.append(time.perf_counter() - pushed)

    print(f"\n{PUSHES} pushes, from the push's end to its link: {_figures(seconds, 's')}")  # noqa: T201 — likewise
    assert statistics.median(seconds) <= MEDIAN_SECONDS
    assert statistics.quantiles(seconds, n=20)[-1] <= NEARLY_ALL_SECONDS


def _figures(values: list[float], unit: str) -> str:
    nearly_all = statistics.quantiles(values, n=20)[-1]
    return (
        f"{statistics.median(values):.2f} {unit} (median), {nearly_all:.2f} {unit} (95 %),"
        f" {max(values):.2f} {unit} (most)"
    )


def _about(inside: Inside, events: dict[str, int]) -> list[Delivery]:
    return [it for it in inside.deliveries() if it.id.rpartition(".")[2] in events]


def _linked(installation: RunningInstallation) -> dict[str, list[str]]:
    """Return the commits of every issue that the load is about."""
    found = {}
    for start in range(0, DELIVERIES, 100):
        keys = [f"PAY-{FIRST_KEY + n}" for n in range(start, start + 100)]
        answer = installation.call("POST", "links/query", {"issues": keys})
        for issue in answer.body["issues"]:
            found[issue["issue_key"]] = [link["id"] for link in issue["links"]]
    return found


def _push(event_id: str, repository: dict[str, Any], commits: list[str], number: int) -> bytes:
    """Return the event of the push that brought one commit."""
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    who = {"name": "Backend developer", "email": "backend@example.com", "date": now}
    commit = {
        "commitId": commits[number + 1],
        "comment": f"PAY-{FIRST_KEY + number}",
        "author": who,
        "committer": who,
    }
    moved = {
        "name": "refs/heads/main",
        "oldObjectId": commits[number],
        "newObjectId": commits[number + 1],
    }
    event = {
        "id": event_id,
        "eventType": "git.push",
        "createdDate": now,
        "resource": {"commits": [commit], "refUpdates": [moved], "repository": repository},
        "resourceContainers": {"project": {"id": repository["project"]["id"]}},
    }
    return json.dumps(event).encode()


def _repository(installation: RunningInstallation) -> dict[str, Any]:
    inside = Inside(installation)
    records = inside.services.repositories.list(inside.integration.id)
    found = next(r.value.repository for r in records if r.value.repository.name == "shop")
    return {
        "id": found.id,
        "name": found.name,
        "project": {"id": found.project_id, "name": found.project},
    }


def _clone(installation: RunningInstallation, folder: Path) -> Path:
    [integration] = installation.call("GET", "integrations").body["integrations"]
    path = f"integrations/{integration['id']}/repositories?limit=200"
    rows = installation.call("GET", path).body["repositories"]
    url = str(next(row["url"] for row in rows if row["name"] == "shop"))
    _git(installation, "clone", "-q", url, "clone", folder=folder)
    return folder / "clone"


def _commit_many(clone: Path, count: int) -> list[str]:
    """Commit *count* times without files; return the head before, and each commit."""
    branch = _run("git", "symbolic-ref", "HEAD", folder=clone)
    stream = []
    for number in range(count):
        message = f"PAY-{FIRST_KEY + number}"
        stream.append(
            f"commit {branch}\ncommitter Backend developer <backend@example.com>"
            f" {int(time.time())} +0000\ndata {len(message)}\n{message}\n"
        )
        if number == 0:
            stream.append(f"from {branch}^0\n")
    _run("git", "fast-import", "--quiet", folder=clone, given="".join(stream))
    log = _run(
        "git", "rev-list", "--reverse", "--first-parent", f"-{count + 1}", branch, folder=clone
    )
    return log.split()


def _git(installation: RunningInstallation, *words: str, folder: Path) -> str:
    """Run git with the credentials of the sample organization."""
    sample = installation.addresses.sample_organization
    assert sample is not None
    header = f"http.extraHeader=Authorization: {_basic('', sample.token)}"
    return _run("git", "-c", header, *words, folder=folder)


def _run(*words: str, folder: Path, given: str = "") -> str:
    done = subprocess.run(
        words, cwd=folder, input=given, capture_output=True, text=True, check=True, timeout=120
    )
    return done.stdout.strip()


def _basic(user_name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user_name}:{password}".encode()).decode()
