"""Storage in the emulator that counts every request to tables; queues are in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from azure.core.credentials import AzureNamedKeyCredential
from azure.core.pipeline.transport import RequestsTransport
from azure.data.tables import TableServiceClient

from bench.watching import WatchedTransport
from shared.services import Services
from shared.storage.account import StorageAccount
from shared.storage.audit import AuditTables
from shared.storage.batches import TableRows
from shared.storage.changes import ChangeTables
from shared.storage.deliveries import DeliveryTables
from shared.storage.documents import DocumentRow
from shared.storage.installation import AzureStorage
from shared.storage.memory import MemoryJobs
from shared.storage.rows import MOST_IN_A_BATCH, Delete, KeyRange
from shared.storage.secrets import KeyRing, new_key
from shared.storage.tables import TableRecords
from shared.storage.transport import PooledTransport
from shared.trackers import ensure_default_tracker
from tests.world import World

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.interfaces.storage import Records

T = TypeVar("T")
_CONNECTIONS = 16


class CountedStorage(AzureStorage):
    """Tables in the emulator, in a table of records of their own; queues in memory."""

    def __init__(self, connection_string: str, *, name: str) -> None:
        account = StorageAccount.from_connection_string(connection_string)
        super().__init__(account)
        self._name = name
        self._watched = (
            WatchedTransport(PooledTransport(connections=_CONNECTIONS)),
            WatchedTransport(RequestsTransport(use_env_settings=False)),
        )
        self.rows = TableRows(account, self._watched[0])
        self.changes = ChangeTables(self.rows)
        self.deliveries = DeliveryTables(self.rows)
        self.audit = AuditTables(self.rows)
        self.queues = MemoryJobs()
        self.jobs = self.queues
        self._client = TableServiceClient(
            account.table_url,
            credential=AzureNamedKeyCredential(account.name, account.key),
            transport=self._watched[1],
        ).get_table_client(name)

    def records(self, name: str, kind: type[T]) -> Records[T]:
        """See Storage.records."""
        return TableRecords(
            name,
            kind,
            client=self._client,
            rows=self.rows,
            may_spread=name == "cursors",
            has_beside=name == "repositories",
        )

    def taken(self) -> int:
        """Return how many requests there were since this was last asked."""
        return sum(len(transport.taken()) for transport in self._watched)

    def forget(self, partition: str) -> None:
        """Delete all records of a partition."""
        found = self.rows.read(KeyRange(self._name, partition), DocumentRow, limit=1_000_000)
        for start in range(0, len(found), MOST_IN_A_BATCH):
            batch = found[start : start + MOST_IN_A_BATCH]
            self.rows.write(self._name, [Delete(partition, row.row) for row in batch])


class CountedWorld(World):
    """A world whose storage counts."""

    def __init__(self, sample: SampleOrganization, connection_string: str, *, name: str) -> None:
        super().__init__(sample)
        self.counted = CountedStorage(connection_string, name=name)
        self.storage = self.counted  # type: ignore[assignment]  # as far as a world needs it
        self.services = Services.over(
            self.counted,
            vault=KeyRing([new_key("k1")]),
            git_hosts=self.services.git_hosts,
            clock=self.clock,
            public_url="",
        )
        ensure_default_tracker(self.services)
