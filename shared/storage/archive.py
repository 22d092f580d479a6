"""Reads whole tables, and writes their rows again elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import msgspec
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest
from msgspec import Struct

from shared.errors import StorageUnavailableError
from shared.interfaces.archive import KeptRow, Place
from shared.storage.account import PROTOCOL_HEADERS
from shared.storage.rows import MOST_IN_A_PAGE, Put, encode_row
from shared.storage.table_names import OURS, check, records_of
from shared.storage.writing import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from azure.core.pipeline.transport import HttpTransport
    from azure.core.rest import HttpResponse

    from shared.storage.account import StorageAccount
    from shared.storage.rows import Rows

_OK: Final = 200
_NOT_FOUND: Final = 404
_HEADERS: Final = {
    **PROTOCOL_HEADERS,
    "Accept": "application/json;odata=minimalmetadata",
    "DataServiceVersion": "3.0",
}
_OF_THE_SERVICE: Final = ("odata.", "Timestamp", "PartitionKey", "RowKey")


class _Table(Struct, frozen=True):
    name: str = msgspec.field(name="TableName")


class _Tables(Struct, frozen=True):
    value: list[_Table]


class _Page(Struct, frozen=True):
    value: list[dict[str, object]]


class TableArchive:
    """See Archive; over an Azure account."""

    def __init__(
        self, account: StorageAccount, transport: HttpTransport[Any, Any], rows: Rows
    ) -> None:
        self._client = account.client("table", transport=transport)
        self._url = account.table_url
        self._rows = rows

    def tables(self) -> list[str]:
        """See Archive.tables."""
        found: list[str] = []
        continuation = ""
        while True:
            answer = self._get(f"{self._url}/Tables?$top={MOST_IN_A_PAGE}{continuation}")
            self._expect(answer)
            names = [
                table.name for table in msgspec.json.decode(answer.content, type=_Tables).value
            ]
            found += [name for name in names if OURS.fullmatch(name)]
            following = answer.headers.get("x-ms-continuation-NextTableName")
            if following is None:
                return sorted(found)
            continuation = f"&NextTableName={quote(following)}"

    def page(self, table: str, *, after: Place) -> list[KeptRow]:
        """See Archive.page."""
        partition = _literal(after.partition)
        found: list[KeptRow] = []
        # One filter with `or` would have the service begin at the table's start each time.
        if after.partition:
            same = f"PartitionKey eq {partition} and RowKey gt {_literal(after.row)}"
            found += self._read(table, same, limit=MOST_IN_A_PAGE)
        if len(found) < MOST_IN_A_PAGE:
            behind = f"PartitionKey gt {partition}"
            found += self._read(table, behind, limit=MOST_IN_A_PAGE - len(found))
        return found

    def put(self, rows: Sequence[KeptRow]) -> None:
        """See Archive.put."""
        writers: dict[str, BatchWriter] = {}
        for kept in rows:
            check(kept)
            writer = writers.setdefault(kept.table, BatchWriter(self._rows, kept.table))
            keys = {"PartitionKey": kept.place.partition, "RowKey": kept.place.row}
            body = encode_row({**keys, **kept.properties})
            writer.add(Put(kept.place.partition, kept.place.row, body))
        for writer in writers.values():
            writer.flush()

    def _read(self, table: str, condition: str, *, limit: int) -> list[KeptRow]:
        query = f"{self._url}/{table}()?$filter={quote(condition)}"
        found: list[KeptRow] = []
        continuation = ""
        while len(found) < limit:
            answer = self._get(f"{query}&$top={limit - len(found)}{continuation}")
            if answer.status_code == _NOT_FOUND:
                break
            self._expect(answer)
            page = msgspec.json.decode(answer.content, type=_Page)
            found += [_kept(table, row) for row in page.value]
            # A page may be short, even empty, and yet not the last: only the header tells.
            partition = answer.headers.get("x-ms-continuation-NextPartitionKey")
            if partition is None:
                break
            row = answer.headers.get("x-ms-continuation-NextRowKey", "")
            continuation = f"&NextPartitionKey={quote(partition)}&NextRowKey={quote(row)}"
        return found

    def _get(self, url: str) -> HttpResponse:
        try:
            return self._client.send_request(HttpRequest("GET", url, headers=_HEADERS))
        except AzureError as error:
            raise StorageUnavailableError(f"Table storage did not answer: {error}") from error

    def _expect(self, answer: HttpResponse) -> None:
        if answer.status_code != _OK:
            raise StorageUnavailableError(
                f"Table storage refused a request: {answer.status_code} {answer.reason}"
            )


def _kept(table: str, row: dict[str, object]) -> KeptRow:
    place = Place(str(row["PartitionKey"]), str(row["RowKey"]))
    properties = {
        name: value for name, value in row.items() if not name.startswith(_OF_THE_SERVICE)
    }
    return KeptRow(table, place, properties, records_of(table, place.partition))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
