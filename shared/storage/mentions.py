"""The table of mentions of one tracker, as it is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from shared.interfaces.storage import StoredMention
from shared.model import CommitId
from shared.storage.entities import (
    MENTION_LETTERS,
    MentionRow,
    mention_row_key,
    read_mention,
)
from shared.storage.rows import BEHIND, MOST_IN_A_PAGE, KeyRange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from shared.model import Kind, RepositoryId
    from shared.storage.rows import Rows

_FEW: Final = 20
"""Up to so many rows are read one by one, more by a range over all of their kind."""


class _KeyRow(Struct, frozen=True):
    row: str = field(name="RowKey")


class MentionTable:
    """Reads mentions by item, by kind and by repository."""

    def __init__(self, rows: Rows, name: str) -> None:
        self._rows = rows
        self.name = name

    def pages(
        self, repository: RepositoryId, *, kind: Kind | None = None
    ) -> Iterator[list[MentionRow]]:
        """Yield the rows of a repository, or of one kind of its items, a thousand at a time."""
        low = "" if kind is None else f"{MENTION_LETTERS[kind]}."
        high = low + BEHIND
        while True:
            page = self._rows.read(KeyRange(self.name, repository, low, high), MentionRow)
            if page:
                yield page
            if len(page) < MOST_IN_A_PAGE:
                return
            low = page[-1].row

    def of_items(
        self, repository: RepositoryId, kind: Kind, ids: Collection[str]
    ) -> dict[str, StoredMention]:
        """Return the stored mentions of those of *ids* that have one."""
        if len(ids) <= _FEW:
            rows = [self._get(repository, kind, item_id) for item_id in ids]
        else:
            rows = [row for page in self.pages(repository, kind=kind) for row in page]
        stored = (StoredMention(read_mention(r), r.version) for r in rows if r is not None)
        wanted = set(ids)
        return {s.mention.item.id: s for s in stored if s.mention.item.id in wanted}

    def seen(self, repository: RepositoryId, ids: Collection[CommitId]) -> set[CommitId]:
        """Return those of *ids* that have a mention."""
        return {i for i in ids if self._get(repository, "commit", i) is not None}

    def commit_ids(self, repository: RepositoryId) -> set[CommitId]:
        """Return all commits of a repository that have a mention."""
        low = f"{MENTION_LETTERS['commit']}."
        high = low + BEHIND
        found: set[CommitId] = set()
        while True:
            keys = KeyRange(self.name, repository, low, high)
            page = self._rows.read(keys, _KeyRow, columns=("RowKey",))
            found.update(CommitId(row.row[2:]) for row in page)
            if len(page) < MOST_IN_A_PAGE:
                return found
            low = page[-1].row

    def _get(self, repository: RepositoryId, kind: Kind, item_id: str) -> MentionRow | None:
        return self._rows.get(self.name, repository, mention_row_key(kind, item_id), MentionRow)
