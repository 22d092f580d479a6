"""Twins of the tables and queues that live in memory, for tests that are about something else.

They keep the rules that matter: versions, atomic batches, order of keys, limits of size.
"""

from __future__ import annotations

import itertools
import json
import threading
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import msgspec

from shared.errors import ChangedError
from shared.interfaces.storage import Record
from shared.storage.rows import (
    ABSENT,
    MOST_IN_A_BATCH,
    MOST_IN_A_PAGE,
    Delete,
    KeyRange,
    Merge,
    Operation,
    Put,
    check_size,
    is_plain,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import timedelta

    from shared.messages import Job, QueueName

R = TypeVar("R")
T = TypeVar("T")

_Rows = dict[str, tuple[str, bytes]]
"""Row key → version and body."""


class MemoryRows:
    """Tables in memory."""

    concurrency = 1

    def __init__(self) -> None:
        self.tables: dict[tuple[str, str], _Rows] = {}
        self._versions = itertools.count(1)
        self._lock = threading.Lock()

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """See Rows.together."""
        return [call() for call in calls]

    def get(self, table: str, partition: str, row: str, kind: type[R]) -> R | None:
        """See Rows.get."""
        stored = self.tables.get((table, partition), {}).get(row)
        return None if stored is None else msgspec.convert(_shown(*stored), kind)

    def read(
        self,
        keys: KeyRange,
        kind: type[R],
        *,
        limit: int = MOST_IN_A_PAGE,
        columns: Sequence[str] = (),
        where: tuple[str, str] | None = None,
    ) -> list[R]:
        """See Rows.read."""
        with self._lock:
            rows = self.tables.get((keys.table, keys.partition), {})
            ordered = sorted(rows)
            start, end = bisect_right(ordered, keys.low), bisect_left(ordered, keys.high)
            shown = [_shown(*rows[key]) for key in ordered[start:end]]
        if where is not None:
            shown = [row for row in shown if row.get(where[0]) == where[1]]
        if columns:
            shown = [{name: row[name] for name in columns if name in row} for row in shown]
        return msgspec.convert(shown[:limit], list[kind])  # type: ignore[valid-type]

    def write(self, table: str, operations: Sequence[Operation]) -> None:
        """See Rows.write."""
        _check(operations)
        with self._lock:
            for operation in operations:
                self._check_version(table, operation)
            for operation in operations:
                rows = self.tables.setdefault((table, operation.partition), {})
                if isinstance(operation, Delete):
                    rows.pop(operation.row, None)
                    continue
                body = operation.body
                is_there = operation.row in rows
                if isinstance(operation, Merge) and not is_there:
                    continue
                if is_there and (isinstance(operation, Merge) or operation.keeps_others):
                    changed = msgspec.json.decode(rows[operation.row][1])
                    changed |= msgspec.json.decode(body)
                    body = json.dumps(changed).encode()
                rows[operation.row] = (str(next(self._versions)), body)

    def drop(self, table: str) -> None:
        """See Rows.drop."""
        with self._lock:
            for key in [k for k in self.tables if k[0] == table]:
                del self.tables[key]

    def _check_version(self, table: str, operation: Operation) -> None:
        stored = self.tables.get((table, operation.partition), {}).get(operation.row)
        actual = ABSENT if stored is None else stored[0]
        if operation.version not in {None, actual}:
            raise ChangedError(f"A row of {table} was changed by somebody else.")


class MemoryRecords(Generic[T]):
    """Records of one type in memory, as JSON: what is read is never what was put."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._records: dict[tuple[str, str], tuple[str, bytes]] = {}
        self._beside: dict[tuple[str, str], str] = {}
        self._versions = itertools.count(1)
        self._lock = threading.Lock()

    def get(self, group: str, key: str) -> Record[T] | None:
        """See Records.get."""
        stored = self._records.get((group, key))
        return None if stored is None else self._record(group, key, stored)

    def insert(self, group: str, key: str, value: T) -> Record[T]:
        """See Records.insert."""
        with self._lock:
            if (group, key) in self._records:
                raise ChangedError("The record was changed by somebody else.")
            return self._keep(group, key, value)

    def replace(self, record: Record[T], value: T) -> Record[T]:
        """See Records.replace."""
        with self._lock:
            self._check_version(record)
            return self._keep(record.group, record.key, value)

    def put(self, group: str, key: str, value: T) -> None:
        """See Records.put."""
        with self._lock:
            self._keep(group, key, value)

    def put_all(self, group: str, values: Mapping[str, T]) -> None:
        """See Records.put_all."""
        for key, value in values.items():
            self.put(group, key, value)

    def insert_all(self, group: str, values: Mapping[str, T]) -> set[str]:
        """See Records.insert_all."""
        with self._lock:
            fresh = {k: v for k, v in values.items() if (group, k) not in self._records}
            for key, value in fresh.items():
                self._keep(group, key, value)
        return set(fresh)

    def put_beside(self, group: str, texts: Mapping[str, str]) -> None:
        """See Records.put_beside."""
        with self._lock:
            for key, text in texts.items():
                if (group, key) in self._records:
                    _, body = self._records[group, key]
                    self._records[group, key] = (str(next(self._versions)), body)
                    self._beside[group, key] = text

    def delete(self, group: str, key: str) -> None:
        """See Records.delete."""
        with self._lock:
            self._records.pop((group, key), None)
            self._beside.pop((group, key), None)

    def remove(self, record: Record[T]) -> None:
        """See Records.remove."""
        with self._lock:
            self._check_version(record)
            del self._records[record.group, record.key]
            self._beside.pop((record.group, record.key), None)

    def list(
        self, group: str, *, after: str = "", before: str = "", limit: int | None = None
    ) -> list[Record[T]]:
        """See Records.list."""
        with self._lock:
            keys = sorted(key for of, key in self._records if of == group)
        wanted = [key for key in keys if key > after and (not before or key < before)]
        found = (self.get(group, key) for key in wanted[:limit])
        return [record for record in found if record is not None]

    def kept(self) -> Sequence[tuple[str, str, dict[str, object]]]:
        """Return all there are, in any order: group, key, and what a row of a table would hold."""
        with self._lock:
            stored = list(self._records.items())
        found = []
        for (group, key), (_, body) in stored:
            properties: dict[str, object] = {"d": body.decode()}
            if (group, key) in self._beside:
                properties["beside"] = self._beside[group, key]
            found.append((group, key, properties))
        return found

    def restore(self, group: str, key: str, properties: Mapping[str, object]) -> None:
        """Keep what `kept` returned."""
        with self._lock:
            self._records[group, key] = (str(next(self._versions)), str(properties["d"]).encode())
            if "beside" in properties:
                self._beside[group, key] = str(properties["beside"])

    def _keep(self, group: str, key: str, value: T) -> Record[T]:
        assert is_plain(group), f"odd group {group!r}"
        assert is_plain(key), f"odd key {key!r}"
        stored = (str(next(self._versions)), msgspec.json.encode(value))
        self._records[group, key] = stored
        return self._record(group, key, stored)

    def _record(self, group: str, key: str, stored: tuple[str, bytes]) -> Record[T]:
        version, text = stored
        value = msgspec.json.decode(text, type=self._kind)
        return Record(group, key, value, version, self._beside.get((group, key), ""))

    def _check_version(self, record: Record[T]) -> None:
        stored = self._records.get((record.group, record.key))
        if stored is None or stored[0] != record.version:
            raise ChangedError("The record was changed by somebody else.")


class MemoryJobs:
    """Queues in memory; delays are remembered and not waited for."""

    def __init__(self) -> None:
        self.waiting: dict[QueueName, list[Job]] = {"hooks": [], "reindex": [], "history": []}
        self.delays: list[timedelta] = []

    def put(self, queue: QueueName, job: Job, *, delay: timedelta | None = None) -> None:
        """See Jobs.put."""
        self.waiting[queue].append(job)
        if delay is not None:
            self.delays.append(delay)

    def take(self) -> tuple[QueueName, Job] | None:
        """Return the next job, those of hooks first, or None when nothing waits."""
        for queue, jobs in self.waiting.items():
            if jobs:
                return queue, jobs.pop(0)
        return None


def _shown(version: str, body: bytes) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.json.decode(body)
    row["odata.etag"] = version
    return row


def _check(operations: Sequence[Operation]) -> None:
    """Refuse what the real service would refuse and would be easy to overlook here."""
    assert len(operations) <= MOST_IN_A_BATCH, "too many operations in a batch"
    assert len({o.partition for o in operations}) <= 1, "a batch is of one partition"
    assert len({o.row for o in operations}) == len(operations), "a row stands twice in a batch"
    assert all(is_plain(o.partition) and is_plain(o.row) for o in operations), "odd keys"
    for operation in operations:
        if isinstance(operation, Put):
            check_size(operation)
            assert operation.body.isascii(), "bodies are ASCII"
            row = msgspec.json.decode(operation.body)
            assert row["PartitionKey"] == operation.partition
            assert row["RowKey"] == operation.row
