"""Cursors of repositories with tens of thousands of branches, which fit in no row."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.cursors import Cursor, Gap, Walk
from shared.errors import ChangedError
from shared.model import CommitId
from shared.storage.rows import TooLargeError

if TYPE_CHECKING:
    from shared.interfaces.storage import Records
    from shared.storage.installation import AzureStorage

pytestmark = pytest.mark.azurite

BRANCHES = 50_000


@pytest.fixture
def cursors(azure_storage: AzureStorage) -> Records[Cursor]:
    return azure_storage.records("cursors", Cursor)


def heads(count: int, *, seed: str = "") -> dict[str, CommitId]:
    """Return branches, each with a head of its own."""
    names = (f"users/developer-{n % 97}/PAY-{n}-a-feature-of-its-own" for n in range(count))
    return {name: sha(f"{seed}{name}") for name in names}


def sha(text: str) -> CommitId:
    return CommitId(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def walking(count: int) -> Cursor:
    """Return a cursor in the middle of a pass over branches of which each is to be read."""
    now = heads(count)
    gaps = tuple(Gap(name, head, sha("main")) for name, head in now.items())
    return Cursor(verified=now, walk=Walk(heads=now, gaps=gaps))


def test_cursor_of_fifty_thousand_branches_is_kept_whole(
    cursors: Records[Cursor], unique: str
) -> None:
    wanted = walking(BRANCHES)

    cursors.insert(unique, "a", wanted)

    found = cursors.get(unique, "a")
    assert found is not None
    assert found.value == wanted
    assert [record.value == wanted for record in cursors.list(unique)] == [True]


def test_long_cursor_moves_on_from_its_version_alone(cursors: Records[Cursor], unique: str) -> None:
    record = cursors.insert(unique, "a", Cursor(verified=heads(20_000)))
    moved = Cursor(verified=heads(20_000, seed="moved"))

    again = cursors.replace(record, moved)

    with pytest.raises(ChangedError):
        cursors.replace(record, Cursor())
    with pytest.raises(ChangedError):
        cursors.insert(unique, "a", moved)
    found = cursors.get(unique, "a")
    assert found is not None
    assert found.value == moved
    assert found.version == again.version


def test_cursor_that_became_short_again_is_one_row_and_leaves_nothing_behind(
    cursors: Records[Cursor], azure_storage: AzureStorage, unique: str
) -> None:
    record = cursors.insert(unique, "a", Cursor(verified=heads(20_000)))
    short = replace(record.value, verified=heads(3))

    cursors.replace(record, short)

    assert [r.value for r in cursors.list(unique)] == [short]
    cursors.delete(unique, "a")
    assert cursors.get(unique, "a") is None
    cursors.put(unique, "a", Cursor(verified=heads(20_000)))
    cursors.delete(unique, "a")
    assert rows_of(azure_storage, f"cursors.{unique}") == []


def test_long_cursor_stands_in_its_place_among_others(
    cursors: Records[Cursor], unique: str
) -> None:
    cursors.put(unique, "a", Cursor(commits_seen=1))
    cursors.put(unique, "b", Cursor(commits_seen=2, verified=heads(20_000)))
    cursors.put(unique, "c", Cursor(commits_seen=3))

    found = cursors.list(unique)

    assert [record.value.commits_seen for record in found] == [1, 2, 3]
    assert [record.key for record in cursors.list(unique, limit=2)] == ["a", "b"]


def test_cursor_beyond_all_bounds_is_refused_before_it_is_sent(
    cursors: Records[Cursor], unique: str
) -> None:
    with pytest.raises(TooLargeError):
        cursors.put(unique, "a", walking(4 * BRANCHES))

    assert cursors.get(unique, "a") is None


def rows_of(storage: AzureStorage, partition: str) -> list[str]:
    """Return the keys of all rows of a partition of the table `state`, hidden ones too."""
    client = storage.records("any", str)._client  # type: ignore[attr-defined]  # what nobody else sees
    found = client.query_entities(f"PartitionKey eq '{partition}'", select=["RowKey"])
    return [str(row["RowKey"]) for row in found]
