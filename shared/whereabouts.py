"""Where each repository stands, kept beside its record: a list of many reads both at once.

The cursor decides, and is written first. Should a worker stop between the two, the list tells
what was before, until the next pass over the repository.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared.cursors import Cursor, Failure, WorkState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.interfaces.storage import Record, Records
    from shared.progress import RepositoryRecord

_LONGEST_REASON: Final = 2000


class Whereabouts(Struct, frozen=True, array_like=True):
    """What a list shows of a repository's cursor."""

    state: WorkState = "new"
    commits: int = 0
    branches: int = 0
    last_indexed_at: datetime | None = None
    failure: Failure | None = None
    is_walking: bool = False
    """A pass was begun that is not finished: its branches are stored already."""


def whereabouts_of(cursor: Cursor) -> Whereabouts:
    """Return where the repository stands whose cursor this is."""
    failure = cursor.failure
    if failure is not None and len(failure.text) > _LONGEST_REASON:
        failure = replace(failure, text=failure.text[:_LONGEST_REASON])
    return Whereabouts(
        state=cursor.state,
        commits=cursor.commits_seen,
        branches=len(cursor.verified.keys() | cursor.heard.keys()),
        last_indexed_at=cursor.last_indexed_at,
        failure=failure,
        is_walking=cursor.walk is not None,
    )


def whereabouts_beside(record: Record[RepositoryRecord]) -> Whereabouts:
    """Return where a repository stands, as its record was read with it."""
    return _DECODER.decode(record.beside) if record.beside else Whereabouts()


def keep_whereabouts(
    cursors: Records[Cursor],
    repositories: Records[RepositoryRecord],
    integration: str,
    repository: str,
) -> None:
    """Keep where a repository stands beside a record that is newer than its cursor."""
    stored = cursors.get(integration, repository)
    if stored is not None:
        repositories.put_beside(integration, {repository: _told(stored.value)})


class ShownCursors:
    """The cursors of repositories; what a list shows of one is kept beside the record."""

    def __init__(self, cursors: Records[Cursor], repositories: Records[RepositoryRecord]) -> None:
        self._cursors = cursors
        self._repositories = repositories

    def get(self, group: str, key: str) -> Record[Cursor] | None:
        """See Records.get."""
        return self._cursors.get(group, key)

    def insert(self, group: str, key: str, value: Cursor) -> Record[Cursor]:
        """See Records.insert."""
        record = self._cursors.insert(group, key, value)
        self._show(group, key, value)
        return record

    def replace(self, record: Record[Cursor], value: Cursor) -> Record[Cursor]:
        """See Records.replace."""
        kept = self._cursors.replace(record, value)
        if whereabouts_of(value) != whereabouts_of(record.value):
            self._show(record.group, record.key, value)
        return kept

    def put(self, group: str, key: str, value: Cursor) -> None:
        """See Records.put."""
        self._cursors.put(group, key, value)
        self._show(group, key, value)

    def put_all(self, group: str, values: Mapping[str, Cursor]) -> None:
        """See Records.put_all."""
        self._cursors.put_all(group, values)
        for key, value in values.items():
            self._show(group, key, value)

    def insert_all(self, group: str, values: Mapping[str, Cursor]) -> set[str]:
        """See Records.insert_all."""
        kept = self._cursors.insert_all(group, values)
        for key in kept:
            self._show(group, key, values[key])
        return kept

    def put_beside(self, group: str, texts: Mapping[str, str]) -> None:
        """See Records.put_beside."""
        self._cursors.put_beside(group, texts)

    def delete(self, group: str, key: str) -> None:
        """See Records.delete; who forgets a cursor forgets the repository."""
        self._cursors.delete(group, key)

    def remove(self, record: Record[Cursor]) -> None:
        """See Records.remove."""
        self._cursors.remove(record)

    def list(
        self, group: str, *, after: str = "", before: str = "", limit: int | None = None
    ) -> list[Record[Cursor]]:
        """See Records.list."""
        return self._cursors.list(group, after=after, before=before, limit=limit)

    def _show(self, group: str, key: str, value: Cursor) -> None:
        """Keep what a list shows; of two workers at once, the later cursor is shown in the end.

        Whoever writes last looks again, and finds what it shows, or writes once more.
        """
        while True:
            self._repositories.put_beside(group, {key: _told(value)})
            latest = self._cursors.get(group, key)
            if latest is None or whereabouts_of(latest.value) == whereabouts_of(value):
                return
            value = latest.value


def _told(cursor: Cursor) -> str:
    return _ENCODER.encode(whereabouts_of(cursor)).decode()


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Whereabouts)
