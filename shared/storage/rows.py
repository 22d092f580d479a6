"""Rows of a table as the stores above see them: JSON bodies in, typed values out.

There are two implementations, `batches.TableRows` over the network and `memory.MemoryRows`, so
that each store is written once and tested on both.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import msgspec
from msgspec import Struct

from shared.errors import OperatorError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

R = TypeVar("R")
T = TypeVar("T")

MOST_IN_A_BATCH = 100
"""Operations in one atomic batch.

https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions
"""

MOST_IN_A_PAGE = 1000
"""Rows in one answer of a query."""

BEHIND = "~"
"""Sorts behind every key that we use."""

ABSENT = ""
"""The version of a row that must not be there."""


_PLAIN_KEY: Final = re.compile(r"[0-9A-Za-z._~*-]{1,512}")
_MOST_UNITS: Final = 32 * 1024
"""UTF-16 units in a string property: 64 KiB.

https://learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
"""
_MOST_BYTES: Final = 1_000_000
"""In a row, with something to spare for how the service counts it."""
_ENCODER: Final = msgspec.json.Encoder()


class TooLargeError(OperatorError):
    """What is to be kept does not fit in a row."""

    code = "too_large_to_keep"


class Put(Struct, frozen=True):
    """Insert a row or replace it as a whole."""

    partition: str
    row: str
    body: bytes
    """The row as a JSON object in ASCII, its keys included."""
    version: str | None = None
    """Only if the stored row has it; `ABSENT`: only if there is none; None: whatever is there."""
    keeps_others: bool = False
    """Properties that it does not name stay as they are; only without a version."""


class Merge(Struct, frozen=True):
    """Change some properties of a row; that there is none is fine, and stays so."""

    partition: str
    row: str
    body: bytes
    version: str | None = None


class Delete(Struct, frozen=True):
    """Delete a row; without a version, that there is none is fine."""

    partition: str
    row: str
    version: str | None = None


Operation = Put | Merge | Delete


class KeyRange(Struct, frozen=True):
    """Rows of one partition, those with low < key < high."""

    table: str
    partition: str
    low: str = ""
    high: str = BEHIND


class Rows(Protocol):
    """The tables of one account. A table that is missing is made when it is first written."""

    concurrency: int
    """How many batches may be on their way at once."""

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        """Return what *calls* return, in their order, each of them reading rows.

        They are made at the same time as far as that helps. The first error is raised.
        """

    def get(self, table: str, partition: str, row: str, kind: type[R]) -> R | None:
        """Return one row as *kind*, or None."""

    def read(
        self,
        keys: KeyRange,
        kind: type[R],
        *,
        limit: int = MOST_IN_A_PAGE,
        columns: Sequence[str] = (),
        where: tuple[str, str] | None = None,
    ) -> list[R]:
        """Return the first *limit* rows of a range, in order of key.

        A field of *kind* named `odata.etag` receives the version. *columns* restricts what is
        fetched, empty fetches all; *where* keeps rows whose property has that value.
        """

    def write(self, table: str, operations: Sequence[Operation]) -> None:
        """Carry out up to a hundred operations on different rows of one partition: all or none.

        ChangedError: a row has not the version that its operation names.
        """

    def drop(self, table: str) -> None:
        """Delete a table with all its rows; that there is none is fine."""


def is_plain(key: str) -> bool:
    """Tell whether a key is of the characters that ours are made of.

    A key from outside that is not can be no row's, and the service would refuse some of them.
    """
    return _PLAIN_KEY.fullmatch(key) is not None


def encode_row(properties: object) -> bytes:
    """Return a row as JSON in ASCII.

    A raw U+2028 in a batch, which commit messages do contain, makes the emulator answer 500.
    """
    body = _ENCODER.encode(properties)
    return body if body.isascii() else json.dumps(msgspec.json.decode(body)).encode()


def check_size(put: Put) -> None:
    """Return when a row may be sent; TooLargeError when the service would refuse it.

    The emulator takes rows of any size.
    """
    if len(put.body) < _MOST_UNITS:
        return
    row = msgspec.json.decode(put.body, type=dict[str, object])
    for name, value in row.items():
        if isinstance(value, str) and f"{name}@odata.type" not in row:
            units = len(value.encode("utf-16-le", "surrogatepass")) // 2
            if units > _MOST_UNITS:
                raise TooLargeError(f"{name} of a row has {units:,} characters.")
    if len(put.body) > _MOST_BYTES:
        raise TooLargeError(f"A row has {len(put.body):,} bytes.")
