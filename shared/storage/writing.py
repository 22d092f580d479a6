"""Gathers operations into full batches and sends several of them at once."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, Final

from shared.storage.rows import MOST_IN_A_BATCH, Operation, Put

if TYPE_CHECKING:
    from shared.storage.rows import Rows

_MOST_BYTES: Final = 3_500_000
"""The service takes 4 MiB with its own words around each row."""


class BatchWriter:
    """Writes operations on one table, a batch when a partition has enough of them.

    Of two operations on one row the later one counts. Not for two threads.
    """

    def __init__(self, rows: Rows, table: str) -> None:
        self._rows = rows
        self._table = table
        self._waiting: dict[str, dict[str, Operation]] = {}
        self._bytes: dict[str, int] = {}
        self._on_the_way: set[Future[None]] = set()
        self._pool: ThreadPoolExecutor | None = None

    def add(self, operation: Operation) -> None:
        """Take an operation; it may be sent at once, and is sent by `flush` at the latest."""
        partition = operation.partition
        waiting = self._waiting.setdefault(partition, {})
        waiting[operation.row] = operation
        if isinstance(operation, Put):
            self._bytes[partition] = self._bytes.get(partition, 0) + len(operation.body)
        if len(waiting) == MOST_IN_A_BATCH or self._bytes.get(partition, 0) > _MOST_BYTES:
            self._send(partition)

    def flush(self) -> None:
        """Return when everything taken is stored; the first error is raised."""
        alone = len(self._waiting) == 1 and not self._on_the_way
        for partition in list(self._waiting):
            if alone:
                self._rows.write(self._table, list(self._take(partition)))
            else:
                self._send(partition)
        done, self._on_the_way = self._on_the_way, set()
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None
        for future in done:
            future.result()

    def _take(self, partition: str) -> list[Operation]:
        self._bytes.pop(partition, None)
        return list(self._waiting.pop(partition).values())

    def _send(self, partition: str) -> None:
        operations = self._take(partition)
        if self._rows.concurrency == 1:
            self._rows.write(self._table, operations)
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self._rows.concurrency, "batch")
        # A few batches may queue up; more would only hold memory.
        while len(self._on_the_way) >= 2 * self._rows.concurrency:
            done, self._on_the_way = wait(self._on_the_way, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
        future = self._pool.submit(self._rows.write, self._table, operations)
        self._on_the_way.add(future)
