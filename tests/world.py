"""A small world for tests: a sample organization, and services in memory that index it.

Jobs are carried out by the test itself, one after the other, so that it can stop between any two.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from shared import jobs
from shared.discovery.repository_pages import page_of_repositories
from shared.errors import DevlinksError
from shared.git_hosts.allow_list import AllowList
from shared.git_hosts.azure_devops import AzureDevOps
from shared.git_hosts.azure_devops.server import AzureDevOpsServer
from shared.git_hosts.dialling import Egress
from shared.git_hosts.egress import Sessions
from shared.git_hosts.git import GitServer
from shared.integrations import connections
from shared.integrations.status import repository_status, status_of
from shared.issue_keys import parse_issue_key
from shared.links import KINDS
from shared.model import RepositoryId
from shared.services import ONE_GROUP, Services
from shared.storage.installation import MemoryStorage
from shared.storage.secrets import KeyRing, new_key
from shared.trackers import ensure_default_tracker

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration, Tracker
    from shared.cursors import Cursor
    from shared.integrations.status import RepositoryStatus, Status
    from shared.messages import Job, QueueName


class Killed(BaseException):
    """The worker's process is gone: nothing that it would do in the end is done."""


class TestClock:
    """The time, which passes when a test says so and with each look at it."""

    __test__ = False

    def __init__(self) -> None:
        self._ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def pass_by(self, **more: float) -> None:
        """Let time pass."""
        self._ahead += timedelta(**more)


class World:
    """A sample organization, and an installation in memory."""

    def __init__(self, sample: SampleOrganization, *, public_url: str = "") -> None:
        self.sample = sample
        self.clock = TestClock()
        self.storage = MemoryStorage()
        self.waited: list[float] = []
        self.services = Services.over(
            self.storage,
            vault=KeyRing([new_key("k1")]),
            git_hosts={
                "azure_devops": AzureDevOps(
                    services_url=sample.base_url,
                    identity_url=sample.identity_url,
                    sessions=Sessions(),
                    clock=self.clock,
                    wait=self.waited.append,
                ),
                "azure_devops_server": AzureDevOpsServer(
                    egress=Egress(AllowList.read("localhost")),
                    clock=self.clock,
                    wait=self.waited.append,
                ),
                "git": GitServer(
                    services_url=sample.base_url,
                    egress=Egress(AllowList.read("localhost")),
                    clock=self.clock,
                ),
            },
            clock=self.clock,
            public_url=public_url,
        )
        ensure_default_tracker(self.services)

    def connect(self, *, token: str = "", **wanted: object) -> Integration:
        """Connect the sample organization; nothing is indexed yet."""
        fields: dict[str, object] = {"name": "Sample", "url": self.sample.url, "organizations": ()}
        changes = connections.Changes(**{**fields, **wanted})  # type: ignore[arg-type]  # a test's
        connection = connections.NewConnection(token or self.sample.token)
        return connections.connect(self.services, "azure_devops", changes, connection)

    def work(self, *, most: int = 10_000) -> int:
        """Carry out jobs until none is left, or *most*; return how many were."""
        done = 0
        while done < most and (found := self.storage.queues.take()) is not None:
            self.run(*found)
            done += 1
        return done

    def persist(self, *, most: int = 2_000) -> None:
        """Carry out jobs until none is left, each as often as the queue would try it.

        Some minutes pass between any two, so that what was put off is due by then.
        """
        attempts: Counter[Job] = Counter()
        for _ in range(most):
            found = self.storage.queues.take()
            if found is None:
                return
            queue, job = found
            attempts[job] += 1
            try:
                self.run(queue, job, attempt=attempts[job])
            except (DevlinksError, Killed):
                if attempts[job] < jobs.MOST_ATTEMPTS:
                    self.storage.queues.put(queue, job)
                else:
                    jobs.give_up(self.services, job)
            self.clock.pass_by(minutes=2)
        raise AssertionError("jobs never end")

    def run(self, queue: QueueName, job: Job, *, attempt: int = 1) -> None:
        """Carry out one job."""
        jobs.run(self.services, queue, job, attempt=attempt)

    @property
    def tracker(self) -> Tracker:
        """The default tracker as it is now."""
        record = self.services.trackers.get(ONE_GROUP, "default")
        assert record is not None
        return record.value

    def links(self, key: str) -> list[tuple[str, str]]:
        """Return kind and id of what links to an issue, in order, hidden or not."""
        stored = self.storage.links(self.tracker)
        found = stored.read(parse_issue_key(key), kinds=KINDS, after="", limit=1000)
        return [(s.link.item.kind, s.link.item.id) for s in found]

    def repository(self, name: str) -> RepositoryId:
        """Return a repository's id."""
        return RepositoryId(self.sample.repository(name).id)

    def cursor(self, integration: Integration, name: str) -> Cursor:
        """Return a repository's cursor."""
        record = self.services.cursors.get(integration.id, self.repository(name))
        assert record is not None, f"{name} was never indexed"
        return record.value

    def status(self, integration: Integration) -> Status:
        """Return where an integration stands."""
        return status_of(self.services, integration)

    def repositories(self, integration: Integration) -> dict[str, RepositoryStatus]:
        """Return where its repositories stand, by name."""
        records = [r.value for r in self.services.repositories.list(integration.id)]
        found = repository_status(self.services, integration, records)
        # What a list tells, at every moment, is what the cursors say.
        assert page_of_repositories(self.services, integration, limit=10_000).rows == found
        return {status.record.repository.name: status for status in found}

    def everything(self) -> dict[tuple[str, str, str], dict[str, object]]:
        """Return all rows of links and mentions, less what tells when they were observed."""
        found = {}
        for (table, partition), rows in self.storage.tables.tables.items():
            for key, (_, body) in rows.items():
                if table.startswith(("links", "mentions")):
                    row = msgspec.json.decode(body)
                    row.pop("observed_at", None)
                    found[table, partition, key] = row
        return found
