"""Records in an Azure table, through azure-data-tables: single rows and their versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

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
from shared.storage.documents import (
    MOST_CHUNKS,
    DocumentRow,
    from_properties,
    to_properties,
    to_rows_properties,
)
from shared.storage.rows import (
    ABSENT,
    BEHIND,
    MOST_IN_A_BATCH,
    Delete,
    KeyRange,
    Merge,
    Put,
    TooLargeError,
    encode_row,
    is_plain,
)
from shared.storage.spreading import SpreadValues
from shared.storage.writing import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from shared.storage.rows import Rows

T = TypeVar("T")
A = TypeVar("A")

_READ_AGAIN = 5
"""A value of several rows may be replaced between the reading of the first and of the others."""


class TableRecords(Generic[T]):
    """Records of one type in the table `state`."""

    def __init__(
        self,
        name: str,
        kind: type[T],
        *,
        client: TableClient,
        rows: Rows,
        may_spread: bool,
        has_beside: bool = False,
    ) -> None:
        """Keep records that take one row each, or several where they *may_spread*.

        Those that *have* something *beside* them are short, and written without touching it.
        """
        self._name = name
        self._kind = kind
        self._client = client
        self._rows = rows
        self._spread = SpreadValues(rows, client.table_name) if may_spread else None
        self._mode = UpdateMode.MERGE if has_beside else UpdateMode.REPLACE
        self._has_beside = has_beside

    def get(self, group: str, key: str) -> Record[T] | None:
        """See Records.get."""
        if not (is_plain(group) and is_plain(key)):
            return None
        for _ in range(_READ_AGAIN):
            try:
                entity = self._client.get_entity(self._partition(group), key)
            except ResourceNotFoundError:
                return None
            except AzureError as error:
                raise _unavailable(error) from error
            if "parts" in entity:
                value = self._read_spread(group, key, str(entity["parts"]))
                if value is None:
                    continue
            else:
                chunks = [entity[f"z{n}"] for n in range(MOST_CHUNKS) if f"z{n}" in entity]
                value = from_properties(entity.get("d"), chunks, self._kind)
            beside = str(entity.get("beside", ""))
            return Record(group, key, value, str(entity.metadata["etag"]), beside)
        raise StorageUnavailableError("A record is being replaced again and again.")

    def insert(self, group: str, key: str, value: T) -> Record[T]:
        """See Records.insert."""
        entity = self._entity(group, key, value)
        if entity is None:
            return self._write_spread(group, key, value, ABSENT)
        written = self._write(lambda: self._client.create_entity(entity))
        return Record(group, key, value, written["etag"])

    def replace(self, record: Record[T], value: T) -> Record[T]:
        """See Records.replace."""
        entity = self._entity(record.group, record.key, value)
        if entity is None:
            return self._write_spread(record.group, record.key, value, record.version)
        written = self._write(
            lambda: self._client.update_entity(
                entity,
                mode=self._mode,
                etag=record.version,
                match_condition=MatchConditions.IfNotModified,
            )
        )
        return Record(record.group, record.key, value, written["etag"])

    def put(self, group: str, key: str, value: T) -> None:
        """See Records.put."""
        entity = self._entity(group, key, value)
        if entity is None:
            self._write_spread(group, key, value, None)
            return
        self._write(lambda: self._client.upsert_entity(entity, mode=self._mode))

    def put_all(self, group: str, values: Mapping[str, T]) -> None:
        """See Records.put_all."""
        writer = BatchWriter(self._rows, self._client.table_name)
        for key, value in values.items():
            writer.add(self._row(group, key, value, version=None))
        writer.flush()

    def insert_all(self, group: str, values: Mapping[str, T]) -> set[str]:
        """See Records.insert_all."""
        kept: set[str] = set()
        puts = [self._row(group, key, value, version=ABSENT) for key, value in values.items()]
        for start in range(0, len(puts), MOST_IN_A_BATCH):
            kept |= self._insert(puts[start : start + MOST_IN_A_BATCH])
        return kept

    def put_beside(self, group: str, texts: Mapping[str, str]) -> None:
        """See Records.put_beside."""
        assert self._has_beside, "only records that were made for it have something beside them"
        partition = self._partition(group)
        writer = BatchWriter(self._rows, self._client.table_name)
        for key, text in texts.items():
            row = {"PartitionKey": partition, "RowKey": key, "beside": text}
            writer.add(Merge(partition, key, encode_row(row)))
        writer.flush()

    def delete(self, group: str, key: str) -> None:
        """See Records.delete."""
        try:
            self._client.delete_entity(self._partition(group), key)
        except ResourceNotFoundError:
            return
        except AzureError as error:
            raise _unavailable(error) from error
        if self._spread is not None:
            self._spread.forget(self._partition(group), key)

    def remove(self, record: Record[T]) -> None:
        """See Records.remove."""
        # The client takes a row that is not there for one that it has deleted: of two who remove
        # a record at once, each would be the one who did.
        operation = Delete(self._partition(record.group), record.key, record.version)
        self._rows.write(self._client.table_name, [operation])

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
        found = (self._listed(group, row) for row in rows)
        return [record for record in found if record is not None]

    def _listed(self, group: str, row: DocumentRow) -> Record[T] | None:
        if row.parts:
            return self.get(group, row.row)
        value = from_properties(row.d, row.chunks(), self._kind)
        return Record(group, row.row, value, row.version, row.beside)

    def _insert(self, puts: Sequence[Put]) -> set[str]:
        """Insert rows of one batch; where one is there already, those that are not."""
        try:
            self._rows.write(self._client.table_name, puts)
        except ChangedError:
            if len(puts) == 1:
                return set()
            return {row for put in puts for row in self._insert([put])}
        return {put.row for put in puts}

    def _row(self, group: str, key: str, value: T, *, version: str | None) -> Put:
        partition = self._partition(group)
        named = {"PartitionKey": partition, "RowKey": key}
        body = encode_row({**named, **to_rows_properties(to_properties(value))})
        return Put(partition, key, body, version, self._has_beside)

    def _read_spread(self, group: str, key: str, mark: str) -> T | None:
        assert self._spread is not None, "only records that may spread are spread"
        return self._spread.read(self._partition(group), key, mark, self._kind)

    def _write_spread(self, group: str, key: str, value: T, version: str | None) -> Record[T]:
        assert self._spread is not None, "only records that may spread are spread"
        written = self._spread.write(self._partition(group), key, value, version=version)
        return Record(group, key, value, written)

    def _partition(self, group: str) -> str:
        return f"{self._name}.{group}"

    def _entity(self, group: str, key: str, value: T) -> Mapping[str, Any] | None:
        """Return the value as one row; None when it has to be spread over several."""
        try:
            properties = to_properties(value)
        except TooLargeError:
            if self._spread is None:
                raise
            return None
        if self._has_beside and "d" not in properties:
            raise TooLargeError("A record that has something beside it must be short.")
        return {"PartitionKey": self._partition(group), "RowKey": key, **properties}

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
