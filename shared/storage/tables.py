"""Records in an Azure table, through azure-data-tables: single rows and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec
from azure.core import MatchConditions
from azure.core.exceptions import (
    AzureError,
    ResourceExistsError,
    ResourceModifiedError,
    ResourceNotFoundError,
)
from azure.data.tables import TableClient, UpdateMode

from shared.errors import ChangedError, StorageUnavailableError
from shared.interfaces.storage import Record
from shared.storage.documents import from_properties, to_properties
from shared.storage.rows import BEHIND, KeyRange, is_plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from shared.storage.rows import Rows

T = TypeVar("T")
A = TypeVar("A")

_MOST_CHUNKS = 14


class DocumentRow(
    msgspec.Struct,
    frozen=True,
    rename={"row": "RowKey", "version": "odata.etag"},
):
    """A row as a key range reads it."""

    row: str
    version: str
    d: str | None = None
    z0: bytes = b""
    z1: bytes = b""
    z2: bytes = b""
    z3: bytes = b""
    z4: bytes = b""
    z5: bytes = b""
    z6: bytes = b""
    z7: bytes = b""
    z8: bytes = b""
    z9: bytes = b""
    z10: bytes = b""
    z11: bytes = b""
    z12: bytes = b""
    z13: bytes = b""

    def chunks(self) -> list[bytes]:
        """Return the compressed parts in order."""
        return [getattr(self, f"z{number}") for number in range(_MOST_CHUNKS)]


class TableRecords(Generic[T]):
    """Records of one type in the table `state`."""

    def __init__(self, name: str, kind: type[T], *, client: TableClient, rows: Rows) -> None:
        self._name = name
        self._kind = kind
        self._client = client
        self._rows = rows

    def get(self, group: str, key: str) -> Record[T] | None:
        """See Records.get."""
        if not (is_plain(group) and is_plain(key)):
            return None
        try:
            entity = self._client.get_entity(self._partition(group), key)
        except ResourceNotFoundError:
            return None
        except AzureError as error:
            raise _unavailable(error) from error
        chunks = [entity[f"z{n}"] for n in range(_MOST_CHUNKS) if f"z{n}" in entity]
        value = from_properties(entity.get("d"), chunks, self._kind)
        return Record(group, key, value, str(entity.metadata["etag"]))

    def insert(self, group: str, key: str, value: T) -> Record[T]:
        """See Records.insert."""
        entity = self._entity(group, key, value)
        written = self._write(lambda: self._client.create_entity(entity))
        return Record(group, key, value, written["etag"])

    def replace(self, record: Record[T], value: T) -> Record[T]:
        """See Records.replace."""
        entity = self._entity(record.group, record.key, value)
        written = self._write(
            lambda: self._client.update_entity(
                entity,
                mode=UpdateMode.REPLACE,
                etag=record.version,
                match_condition=MatchConditions.IfNotModified,
            )
        )
        return Record(record.group, record.key, value, written["etag"])

    def put(self, group: str, key: str, value: T) -> None:
        """See Records.put."""
        entity = self._entity(group, key, value)
        self._write(lambda: self._client.upsert_entity(entity, mode=UpdateMode.REPLACE))

    def delete(self, group: str, key: str) -> None:
        """See Records.delete."""
        try:
            self._client.delete_entity(self._partition(group), key)
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise _unavailable(error) from error

    def remove(self, record: Record[T]) -> None:
        """See Records.remove."""
        self._write(
            lambda: self._client.delete_entity(
                self._partition(record.group),
                record.key,
                etag=record.version,
                match_condition=MatchConditions.IfNotModified,
            )
        )

    def list(
        self, group: str, *, after: str = "", before: str = "", limit: int | None = None
    ) -> list[Record[T]]:
        """See Records.list."""
        if not is_plain(group):
            return []
        rows = self._rows.read(
            KeyRange(self._client.table_name, self._partition(group), after, before or BEHIND),
            DocumentRow,
            limit=limit if limit is not None else 1_000_000,
        )
        return [
            Record(group, row.row, from_properties(row.d, row.chunks(), self._kind), row.version)
            for row in rows
        ]

    def _partition(self, group: str) -> str:
        return f"{self._name}.{group}"

    def _entity(self, group: str, key: str, value: T) -> Mapping[str, Any]:
        return {
            "PartitionKey": self._partition(group),
            "RowKey": key,
            **to_properties(value),
        }

    def _write(self, call: Callable[[], A]) -> A:
        """Make the call; make the table first where it is missing."""
        try:
            try:
                return call()
            except ResourceNotFoundError as error:
                # The client gives this error its code for some operations only.
                if "TableNotFound" not in str(error):
                    raise ChangedError("The record was deleted by somebody else.") from error
                _make_table(self._client)
                return call()
        except (ResourceExistsError, ResourceModifiedError) as error:
            raise ChangedError("The record was changed by somebody else.") from error
        except AzureError as error:
            raise _unavailable(error) from error


def _make_table(client: TableClient) -> None:
    try:
        client.create_table()
    except ResourceExistsError:
        return


def _unavailable(error: AzureError) -> StorageUnavailableError:
    return StorageUnavailableError(f"Table storage did not answer: {error.message}")
