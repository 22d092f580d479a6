"""The test stand: storage in a fresh emulator, and what an installation has after it connected.

Jobs and git hosts are left out: a stand measures storage, indexing and the endpoints.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from msgspec.structs import replace

from bench.watching import WatchedTransport
from shared import trackers
from shared.access import api_tokens
from shared.bootstrap import utc_now
from shared.configuration import Connection, Integration
from shared.connections.opening import open_organization
from shared.connections.presenting import secret_purpose
from shared.git_hosts.azure_devops import AzureDevOps
from shared.git_hosts.egress import Sessions
from shared.index.reindexing import COMMITS_A_FLUSH
from shared.index.targets import targets_of
from shared.index.writing import IndexWriter
from shared.model import IntegrationId, ProjectId, Repository, RepositoryId, WebhookId
from shared.progress import RepositoryRecord
from shared.services import ONE_GROUP, Services
from shared.storage.account import StorageAccount
from shared.storage.batches import TableRows
from shared.storage.deliveries import DeliveryTables
from shared.storage.installation import AzureStorage
from shared.storage.queues import QueueJobs
from shared.storage.secrets import KeyRing, new_key
from shared.storage.transport import PooledTransport

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from bench.serving import Served
    from shared.configuration import Tracker
    from shared.index.indexing import Target
    from shared.index.targets import TrackerTarget
    from shared.interfaces.git_host import GitHost
    from shared.interfaces.git_host_family import GitHostFamily
    from shared.interfaces.links import Links
    from shared.model import Commit, GitHostKind

_CONNECTIONS: Final = 16
_URL: Final = "https://dev.azure.com/contoso"
_REPOSITORY: Final = Repository(
    id=RepositoryId("0d5bb114-7bd9-4ae1-8554-aec3d164f94c"),
    name="shop",
    project_id=ProjectId("9cea8cb0-1dd1-4358-8b27-a55fa170e4e9"),
    project="Shop",
    organization="contoso",
    url=f"{_URL}/Shop/_git/shop",
    default_branch="main",
)


class Stand:
    """An installation with one tracker of one project, fed by one repository."""

    def __init__(self, connection_string: str, *, project: str) -> None:
        self.account = StorageAccount.from_connection_string(connection_string)
        self.transport = WatchedTransport(PooledTransport(connections=_CONNECTIONS))
        self.rows = TableRows(self.account, self.transport)
        """All rows but those of records; what goes through them and to queues is watched."""
        self.storage = AzureStorage(self.account)
        self.storage.rows = self.rows
        self.storage.deliveries = DeliveryTables(self.rows)
        self._git_hosts: dict[GitHostKind, GitHostFamily] = {}
        self.storage.jobs = QueueJobs(self.account, self.transport)
        self.services = Services.over(
            self.storage,
            vault=KeyRing([new_key("k1")]),
            git_hosts=self._git_hosts,
            clock=utc_now,
            public_url="",
        )
        self.repository = _REPOSITORY
        self.tracker = self._make_tracker(project)
        self.integration = self._make_integration()
        self.token = self._make_token()

    @property
    def links(self) -> Links:
        """The links of the tracker."""
        return self.storage.links(self.tracker)

    @property
    def tables(self) -> tuple[str, str]:
        """The names of the tracker's tables."""
        return f"links{self.tracker.table_id}", f"mentions{self.tracker.table_id}"

    def move_to_fresh_tables(self) -> None:
        """Drop the tracker's tables, and give it new ones, which are there and empty."""
        for table in self.tables:
            self.rows.drop(table)
        record = trackers.tracker_record(self.services, self.tracker.id)
        fresh = replace(record.value, table_id=new_table_id())
        self.tracker = self.services.trackers.replace(record, fresh).value
        self.services.known_trackers.forget(ONE_GROUP, self.tracker.id)
        for table in self.tables:
            self.rows.make(table)
        # A token is good for the tables that its tracker had when it was made.
        self.token = self._make_token()

    def connect(self, sample: Served) -> None:
        """Connect the only repository of a sample organization in place of the made-up one."""
        services = self.services
        self._git_hosts["azure_devops"] = AzureDevOps(
            services_url=sample.base_url, sessions=Sessions(), clock=utc_now, wait=time.sleep
        )
        url = f"{sample.base_url}/{sample.organization}"
        found = replace(self.integration, url=url, organizations=(sample.organization,))
        services.integrations.put(ONE_GROUP, found.id, found)
        sealed = services.vault.seal(sample.token, purpose=secret_purpose(found.id))
        services.connections.put(ONE_GROUP, found.id, Connection("pat", sealed))
        self.integration = found
        [listed] = self._host().listing().repositories
        self.repository = listed.repository
        services.repositories.put(found.id, self.repository.id, RepositoryRecord(self.repository))
        services.owners.put(self.tracker.id, self.repository.id, found.id)

    def history(self) -> Iterator[Sequence[Commit]]:
        """Yield the commits of the connected repository."""
        heads = {branch.head for branch in self._host().heads(self.repository).branches}
        return self._host().history(self.repository, wanted=heads, known=())

    def _host(self) -> GitHost:
        return open_organization(self.services, self.integration, self.integration.organizations[0])

    @property
    def target(self) -> Target:
        """Whose commits are indexed, and by which rules."""
        return self._targets()[0].target

    def writer(self) -> IndexWriter:
        """Return what a job would write the repository's commits with."""
        return IndexWriter(self._targets(), self.storage.changes)

    def _make_token(self) -> str:
        return api_tokens.create_token(
            self.services, name="Plugin", scopes=["links:read"], tracker=self.tracker.id
        ).text

    def _targets(self) -> list[TrackerTarget]:
        return targets_of(self.services, self.integration, self.repository)

    def _make_tracker(self, project: str) -> Tracker:
        blank = trackers.new_tracker(self.services, "Board", tracker_id=new_table_id())
        wanted = replace(blank, grammars=("jira",), projects=(project,))
        tracker = trackers.create_tracker(self.services, wanted)
        for table in (f"links{tracker.table_id}", f"mentions{tracker.table_id}"):
            self.rows.make(table)
        return tracker

    def _make_integration(self) -> Integration:
        services = self.services
        integration = Integration(
            id=IntegrationId(uuid4().hex),
            name="Contoso",
            git_host="azure_devops",
            url=_URL,
            organizations=("contoso",),
            trackers=(self.tracker.id,),
            webhook_id=WebhookId(uuid4().hex),
            created_at=datetime.now(UTC),
        )
        services.integrations.insert(ONE_GROUP, integration.id, integration)
        record = RepositoryRecord(self.repository)
        services.repositories.insert(integration.id, self.repository.id, record)
        services.owners.insert(self.tracker.id, self.repository.id, integration.id)
        return integration


def index(writer: IndexWriter, pages: Iterable[Sequence[Commit]]) -> int:
    """Store commits as a job does, a flush for every few pages; return how many links they make."""
    links = waiting = 0
    for page in pages:
        links += writer.put_commits(page)
        waiting += len(page)
        if waiting >= COMMITS_A_FLUSH:
            writer.flush(utc_now)
            waiting = 0
    writer.flush(utc_now)
    return links


def new_table_id() -> str:
    """Return an id that no other tracker has, always of the same length."""
    return f"t{uuid4().hex[:11]}"
