"""All storage of an installation: over an Azure account, or in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec import Struct

from shared.storage.audit import AuditTables
from shared.storage.changes import ChangeTables
from shared.storage.deliveries import DeliveryTables
from shared.storage.links import LinkTables
from shared.storage.memory import MemoryJobs, MemoryRecords, MemoryRows
from shared.storage.memory_archive import MemoryArchive
from shared.storage.table_names import STATE

if TYPE_CHECKING:
    from azure.data.tables import TableServiceClient

    from shared.configuration import Tracker
    from shared.interfaces.archive import Archive
    from shared.interfaces.links import Links
    from shared.interfaces.storage import Audit, Changes, Deliveries, Jobs, Records
    from shared.storage.account import StorageAccount
    from shared.storage.rows import Rows

T = TypeVar("T")

_LONG: Final = frozenset({"cursors"})
"""Records of which some do not fit in a row: a repository may have tens of thousands of branches.

To delete one takes a second request."""
_SHOWN: Final = frozenset({"repositories"})
"""Records that have something beside them."""
_CONNECTIONS: Final = 64
"""Kept open at most: workers, each with a few batches on their way."""


class _AnyRow(Struct):
    """A row of which nothing is read."""


class _RowStorage:
    """What both kinds of storage keep in rows."""

    def __init__(self, rows: Rows, jobs: Jobs) -> None:
        self.rows = rows
        self.jobs: Jobs = jobs
        self.changes: Changes = ChangeTables(rows)
        self.deliveries: Deliveries = DeliveryTables(rows)
        self.audit: Audit = AuditTables(rows)

    def links(self, tracker: Tracker) -> Links:
        """See Storage.links."""
        return LinkTables(self.rows, tracker.table_id)

    def drop_links(self, tracker: Tracker) -> None:
        """See Storage.drop_links."""
        self.rows.drop(f"links{tracker.table_id}")
        self.rows.drop(f"mentions{tracker.table_id}")


class MemoryStorage(_RowStorage):
    """Storage in memory."""

    def __init__(self) -> None:
        self.tables = MemoryRows()
        self.queues = MemoryJobs()
        self._records: dict[str, MemoryRecords[Any]] = {}
        self.archive: Archive = MemoryArchive(self.tables, self._records)
        super().__init__(self.tables, self.queues)

    def records(self, name: str, kind: type[T]) -> Records[T]:
        """See Storage.records."""
        return self._records.setdefault(name, MemoryRecords(kind))

    def check(self) -> None:
        """See Storage.check."""

    def check_queues(self) -> None:
        """See Storage.check_queues."""


class AzureStorage(_RowStorage):
    """Storage in an Azure account. Clients are made where they are first used."""

    def __init__(self, account: StorageAccount) -> None:
        from shared.storage.batches import TableRows  # noqa: PLC0415 — slow to import
        from shared.storage.queues import QueueJobs  # noqa: PLC0415 — slow to import
        from shared.storage.transport import PooledTransport  # noqa: PLC0415 — slow to import

        self._account = account
        self._transport = PooledTransport(connections=_CONNECTIONS)
        self._service: TableServiceClient | None = None
        self._rows = TableRows(account, self._transport)
        self._queues = QueueJobs(account, self._transport)
        super().__init__(self._rows, self._queues)

    def records(self, name: str, kind: type[T]) -> Records[T]:
        """See Storage.records."""
        from shared.storage.tables import TableRecords  # noqa: PLC0415 — slow to import

        client = self._tables().get_table_client(STATE)
        return TableRecords(
            name,
            kind,
            client=client,
            rows=self._rows,
            may_spread=name in _LONG,
            has_beside=name in _SHOWN,
        )

    @property
    def archive(self) -> Archive:
        """See Storage.archive."""
        from shared.storage.archive import TableArchive  # noqa: PLC0415 — slow to import

        return TableArchive(self._account, self._transport, self._rows)

    def check(self) -> None:
        """See Storage.check."""
        self._rows.get(STATE, "check", "check", _AnyRow)

    def check_queues(self) -> None:
        """See Storage.check_queues."""
        self._queues.check("hooks")

    def _tables(self) -> TableServiceClient:
        if self._service is None:
            from azure.core.credentials import AzureNamedKeyCredential  # noqa: PLC0415
            from azure.core.pipeline.transport import RequestsTransport  # noqa: PLC0415
            from azure.data.tables import TableServiceClient  # noqa: PLC0415

            account = self._account
            credential = account.identity or AzureNamedKeyCredential(account.name, account.key)
            self._service = TableServiceClient(
                account.table_url,
                credential=credential,
                transport=RequestsTransport(
                    use_env_settings=False, connection_timeout=5, read_timeout=15
                ),
                retry_total=3,
                retry_backoff_factor=0.2,
            )
        return self._service
