"""Whole tables are read and written again, in an account as in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec import Struct, field

from shared.errors import BadRequestError
from shared.interfaces.archive import KeptRow, Place
from shared.storage.installation import AzureStorage, MemoryStorage
from shared.storage.rows import KeyRange, Put, encode_row

if TYPE_CHECKING:
    from shared.interfaces.storage import Storage


class _Row(Struct, frozen=True):
    row: str = field(name="RowKey")
    title: str


class _Long(Struct, frozen=True):
    """A value that is compressed over several properties, since it is long."""

    name: str
    parts: tuple[str, ...]


def put_rows(storage: Storage, table: str, count: int) -> None:
    """Put rows in partitions of different sizes."""
    assert isinstance(storage, AzureStorage | MemoryStorage)
    sizes = {"PAY.0": count - 3, "PAY.1": 0, "QA.0": 1, "SHOP.7": 2}
    for partition, size in sizes.items():
        for start in range(0, size, 100):
            puts = []
            for number in range(start, min(start + 100, size)):
                key = f"{number:010d}"
                row = {"PartitionKey": partition, "RowKey": key, "title": f"'{number}' \u2028"}
                puts.append(Put(partition, key, encode_row(row)))
            storage.rows.write(table, puts)


def all_rows(storage: Storage, table: str) -> list[KeptRow]:
    found: list[KeptRow] = []
    while page := storage.archive.page(table, after=found[-1].place if found else Place()):
        assert len(page) <= 1000
        found += page
    return found


@pytest.mark.parametrize("count", [3, 999, 1000, 1001, 2003, 2500])
def test_all_rows_are_read_in_order_over_partitions_and_pages(
    storage: Storage, unique: str, count: int
) -> None:
    table = f"links{unique}{count}"
    put_rows(storage, table, count)

    rows = all_rows(storage, table)

    places = [(row.place.partition, row.place.row) for row in rows]
    assert len(places) == count
    assert places == sorted(set(places))
    assert table in storage.archive.tables()


def test_row_that_is_put_elsewhere_is_what_it_was(storage: Storage, unique: str) -> None:
    assert isinstance(storage, AzureStorage | MemoryStorage)
    put_rows(storage, f"links{unique}", 5)
    rows = all_rows(storage, f"links{unique}")

    storage.archive.put([KeptRow(f"links{unique}b", r.place, r.properties) for r in rows])

    assert storage.rows.read(KeyRange(f"links{unique}b", "PAY.0"), _Row) == storage.rows.read(
        KeyRange(f"links{unique}", "PAY.0"), _Row
    )
    assert all(set(row.properties) == {"title"} for row in rows)


@pytest.mark.parametrize("length", [1, 20_000])
def test_record_is_restored_whether_it_is_short_or_long(
    storage: Storage, unique: str, length: int
) -> None:
    records = storage.records(unique, _Long)
    value = _Long("€ \u2028", tuple(str(number) for number in range(length)))
    records.put("all", "one", value)
    [kept] = [row for row in all_rows(storage, "state") if row.records == unique]

    records.delete("all", "one")
    storage.archive.put([kept])

    found = records.get("all", "one")
    assert found is not None
    assert found.value == value


def test_what_stands_beside_a_record_comes_along(storage: Storage) -> None:
    records = storage.records("repositories", str)
    records.put("archive", "one", "value")
    records.put_beside("archive", {"one": "beside"})
    [kept] = [row for row in all_rows(storage, "state") if ".archive" in row.place.partition]

    records.delete("archive", "one")
    storage.archive.put([kept])

    [found] = records.list("archive")
    assert (found.value, found.beside) == ("value", "beside")


def test_tables_of_others_are_none_of_ours(azure_storage: AzureStorage) -> None:
    row = encode_row({"PartitionKey": "a", "RowKey": "b"})
    azure_storage.rows.write("AzureFunctionsDiagnosticEvents202611", [Put("a", "b", row)])

    assert "AzureFunctionsDiagnosticEvents202611" not in azure_storage.archive.tables()


def test_table_that_there_is_not_has_no_rows(storage: Storage) -> None:
    assert storage.archive.page("linksnone", after=Place()) == []


@pytest.mark.parametrize(
    ("table", "records"), [("state", "users"), ("state", ""), ("others", "sessions")]
)
def test_row_that_says_it_is_of_something_else_is_refused(
    storage: Storage, table: str, records: str
) -> None:
    with pytest.raises(BadRequestError):
        storage.archive.put([KeptRow(table, Place("sessions.all", "a"), {"d": "{}"}, records)])
