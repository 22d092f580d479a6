"""The lean hot path writes and reads the same rows as azure-data-tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from azure.core.credentials import AzureNamedKeyCredential
from azure.data.tables import TableClient, TableServiceClient, UpdateMode

from shared.errors import ChangedError, SettingsError, StorageUnavailableError
from shared.storage.account import StorageAccount
from shared.storage.batches import TableRows
from shared.storage.rows import ABSENT, Delete, KeyRange, Merge, Put
from shared.storage.transport import PooledTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from devhost.azurite import Azurite

TEXTS = [
    "plain",
    "it's 'quoted'",
    "line\u2028separator",
    "\U0001f600",
    "tab\tand\nnewline",
    "<xml> & %41 +",
]


class TextRow(msgspec.Struct, frozen=True):
    row: str = msgspec.field(name="RowKey")
    text: str = ""
    count: int = 0


class VersionedRow(TextRow, frozen=True):
    version: str = msgspec.field(name="odata.etag", default="")


def account_of(azurite: Azurite) -> StorageAccount:
    return StorageAccount.from_connection_string(azurite.connection_string)


@pytest.fixture
def rows(azurite: Azurite) -> TableRows:
    return TableRows(account_of(azurite), PooledTransport(connections=8))


@pytest.fixture
def client(azurite: Azurite, unique: str) -> Iterator[TableClient]:
    account = account_of(azurite)
    credential = AzureNamedKeyCredential(account.name, account.key)
    with TableServiceClient(account.table_url, credential=credential) as service:
        yield service.create_table_if_not_exists(unique)


def put(row: str, text: str = "", *, version: str | None = None) -> Put:
    body = msgspec.json.encode({"PartitionKey": "p", "RowKey": row, "text": text, "count": 3})
    if not body.isascii():
        import json  # noqa: PLC0415

        body = json.dumps(msgspec.json.decode(body)).encode()
    return Put("p", row, body, version)


def test_the_official_client_reads_what_a_batch_wrote(
    rows: TableRows, client: TableClient, unique: str
) -> None:
    rows.write(unique, [put(f"r{n}", text) for n, text in enumerate(TEXTS)])

    found = {e["RowKey"]: (e["text"], e["count"]) for e in client.list_entities()}

    assert found == {f"r{n}": (text, 3) for n, text in enumerate(TEXTS)}


def test_a_range_reads_what_the_official_client_wrote(
    rows: TableRows, client: TableClient, unique: str
) -> None:
    for n, text in enumerate(TEXTS):
        client.create_entity({"PartitionKey": "p", "RowKey": f"r{n}", "text": text, "count": n})

    found = rows.read(KeyRange(unique, "p"), TextRow)

    assert [(row.text, row.count) for row in found] == [(t, n) for n, t in enumerate(TEXTS)]


def test_both_know_a_row_by_the_same_version(
    rows: TableRows, client: TableClient, unique: str
) -> None:
    rows.write(unique, [put("a", "first")])
    [listed] = rows.read(KeyRange(unique, "p"), VersionedRow)
    got = rows.get(unique, "p", "a", VersionedRow)

    official = client.get_entity("p", "a").metadata["etag"]

    assert listed.version == official
    assert got is not None
    assert got.version == official


def test_a_batch_replaces_a_row_as_a_whole(
    rows: TableRows, client: TableClient, unique: str
) -> None:
    client.upsert_entity(
        {"PartitionKey": "p", "RowKey": "a", "text": "old", "more": 1}, mode=UpdateMode.REPLACE
    )

    rows.write(unique, [put("a", "new"), put("b", "new")])

    assert "more" not in client.get_entity("p", "a")


def test_keys_with_any_allowed_character_are_found_again(rows: TableRows, unique: str) -> None:
    keys = ["~ab.1", "it's", "a b", "ä", "a+b", "a=b&c", "(x)", "a:b", "100%"]
    rows.write(unique, [put(key, key) for key in keys])

    for key in keys:
        found = rows.get(unique, "p", key, TextRow)
        assert found is not None
        assert found.text == key
        rows.write(unique, [Delete("p", key)])

    assert rows.read(KeyRange(unique, "p", high="\x7f\x7f"), TextRow) == []


def version_of(rows: TableRows, table: str, row: str) -> str:
    found = rows.get(table, "p", row, VersionedRow)
    return found.version if found else ABSENT


def change(rows: TableRows, table: str) -> None:
    rows.write(table, [put("a", "changed by another")])


@pytest.mark.parametrize("beside", [[], [put("b"), put("c")]], ids=["alone", "in a batch"])
@pytest.mark.parametrize(
    "operation",
    [
        lambda version: put("a", "mine", version=version),
        lambda version: Delete("p", "a", version),
        lambda version: Merge("p", "a", b'{"text":"mine"}', version),
        lambda _version: put("a", "mine", version=ABSENT),
    ],
    ids=["put", "delete", "merge", "insert"],
)
def test_nothing_of_a_batch_is_done_when_one_row_was_changed(
    rows: TableRows, unique: str, operation: Callable[[str], Any], beside: list[Put]
) -> None:
    rows.write(unique, [put("a", "first")])
    version = version_of(rows, unique, "a")
    change(rows, unique)

    with pytest.raises(ChangedError):
        rows.write(unique, [operation(version), *beside])

    assert [row.text for row in rows.read(KeyRange(unique, "p"), TextRow)] == ["changed by another"]


@pytest.mark.parametrize("beside", [[], [put("b", "there")]], ids=["alone", "in a batch"])
def test_what_is_gone_already_does_not_keep_the_rest_from_being_done(
    rows: TableRows, unique: str, beside: list[Put]
) -> None:
    rows.write(unique, [put("x", "there")])

    rows.write(unique, [Delete("p", "gone"), *beside])
    rows.write(unique, [Merge("p", "gone", b'{"text":"no"}'), *beside])

    left = {row.row for row in rows.read(KeyRange(unique, "p"), TextRow)}
    assert left == {"x"} | {operation.row for operation in beside}


def test_a_merge_leaves_the_other_properties_as_they_were(rows: TableRows, unique: str) -> None:
    rows.write(unique, [put("a", "old")])

    rows.write(unique, [Merge("p", "a", b'{"text":"new"}')])

    found = rows.get(unique, "p", "a", TextRow)
    assert found == TextRow("a", "new", 3)


def test_a_table_that_is_missing_is_made_by_the_first_write_and_reads_as_empty(
    rows: TableRows, unique: str
) -> None:
    assert rows.read(KeyRange(f"{unique}a", "p"), TextRow) == []
    assert rows.get(f"{unique}a", "p", "a", TextRow) is None

    rows.write(f"{unique}a", [put("a", "there")])
    rows.write(f"{unique}b", [put("a", "there"), put("b", "there")])

    assert rows.get(f"{unique}a", "p", "a", TextRow) is not None
    assert len(rows.read(KeyRange(f"{unique}b", "p"), TextRow)) == 2


def test_bounds_are_excluded_and_a_limit_is_kept(rows: TableRows, unique: str) -> None:
    rows.write(unique, [put(f"r{n}") for n in range(9)])

    found = rows.read(KeyRange(unique, "p", "r2", "r7"), TextRow, limit=3)

    assert [row.row for row in found] == ["r3", "r4", "r5"]


def test_rows_are_kept_by_a_property(rows: TableRows, unique: str) -> None:
    rows.write(unique, [put("a", "x' or 'y"), put("b", "z")])

    found = rows.read(KeyRange(unique, "p"), TextRow, where=("text", "x' or 'y"))

    assert [row.row for row in found] == ["a"]


def test_a_quote_in_a_partition_reaches_no_other_row(rows: TableRows, unique: str) -> None:
    rows.write(unique, [put("a")])

    assert rows.read(KeyRange(unique, "x' or PartitionKey ne 'x"), TextRow) == []


def test_storage_that_does_not_answer_is_said_so() -> None:
    account = StorageAccount(
        table_url="http://127.0.0.1:9/a",
        queue_url="http://127.0.0.1:9/a",
        name="a",
        key="QUJD",
    )
    rows = TableRows(account, PooledTransport(connections=1))

    with pytest.raises(StorageUnavailableError):
        rows.read(KeyRange("t", "p"), TextRow)


def test_a_wrong_account_key_is_said_so(azurite: Azurite) -> None:
    from msgspec.structs import replace  # noqa: PLC0415

    rows = TableRows(replace(account_of(azurite), key="QUJD"), PooledTransport(connections=1))

    with pytest.raises(StorageUnavailableError, match="refused"):
        rows.read(KeyRange("t", "p"), TextRow)


@pytest.mark.parametrize(
    ("text", "tables"),
    [
        (
            (
                "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=QUJD;"
                "EndpointSuffix=core.windows.net"
            ),
            "https://acme.table.core.windows.net",
        ),
        (
            (
                "AccountName=acme;AccountKey=QUJD;TableEndpoint=https://t.example/;"
                "QueueEndpoint=https://q.example"
            ),
            "https://t.example",
        ),
        ("UseDevelopmentStorage=true", "http://127.0.0.1:10002/devstoreaccount1"),
    ],
)
def test_a_connection_string_tells_where_the_tables_are(text: str, tables: str) -> None:
    assert StorageAccount.from_connection_string(text).table_url == tables


@pytest.mark.parametrize("text", ["", "nonsense", "AccountName=acme", "AccountKey=QUJD"])
def test_a_connection_string_that_lacks_something_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="AzureWebJobsStorage"):
        StorageAccount.from_connection_string(text)
