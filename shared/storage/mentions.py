"""The table of mentions of one tracker, as it is read."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from shared.interfaces.links import StoredMention
from shared.model import CommitId
from shared.origins import HIDING, ITSELF
from shared.storage.entities import MentionRow, read_mention
from shared.storage.link_keys import MENTION_LETTERS, SUPPLEMENTS, mention_row_key
from shared.storage.rows import BEHIND, MOST_IN_A_PAGE, KeyRange

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from shared.model import Kind, Mention, Origin, RepositoryId
    from shared.storage.rows import Rows

_FEW: Final = 20
"""Up to so many rows are read one by one, more by a range over all of their kind."""

_KEYS: Final = ("PartitionKey", "RowKey", "K", "K1", "K2", "K3")


class _KeyRow(Struct, frozen=True):
    row: str = field(name="RowKey")
    pattern_id: str = field(name="p", default="")


class MentionTable:
    """Reads mentions by item, by kind and by repository."""

    def __init__(self, rows: Rows, name: str) -> None:
        self._rows = rows
        self.name = name

    def pages(
        self, repository: RepositoryId, *, kind: Kind | None = None
    ) -> Iterator[list[MentionRow]]:
        """Yield the rows of a repository, or what one kind of its items say themselves.

        They come a thousand at a time.
        """
        return self._pages(repository, "" if kind is None else f"{MENTION_LETTERS[kind]}.")

    def of_items(
        self,
        repository: RepositoryId,
        kind: Kind,
        ids: Collection[str],
        *,
        origin: Origin = ITSELF,
    ) -> dict[str, StoredMention]:
        """Return what *origin* tells of those of *ids* that it tells of."""
        wanted = set(ids)
        stored: Iterable[StoredMention]
        if len(wanted) <= _FEW:
            calls = [partial(self._get, repository, kind, i, origin) for i in wanted]
            rows = self._rows.together(calls)
            stored = [_stored(row) for row in rows if row is not None]
        elif origin:
            stored = self.supplements(repository, kind, origin=origin)
        else:
            # Numbers of pull requests lie together; of the others there may be a million, so that
            # they are looked through a page at a time.
            keys = [mention_row_key(kind, item_id, ITSELF) for item_id in wanted]
            pages = self._pages(repository, min(keys)[:-1], high=max(keys) + BEHIND)
            stored = (_stored(row) for page in pages for row in page)
        return {s.mention.item.id: s for s in stored if s.mention.item.id in wanted}

    def supplements(
        self, repository: RepositoryId, kind: Kind, *, origin: Origin = ITSELF
    ) -> Iterator[StoredMention]:
        """Yield what one origin tells of items of a kind, or what all of them tell."""
        low = f"{SUPPLEMENTS}{MENTION_LETTERS[kind]}."
        for page in self._pages(repository, f"{low}{origin}." if origin else low):
            yield from map(_stored, page)

    def commits(self, repository: RepositoryId, *, after: str, limit: int) -> list[Mention]:
        """See Links.commits."""
        low = f"{MENTION_LETTERS['commit']}."
        keys = KeyRange(self.name, repository, low + after, low + BEHIND)
        return [read_mention(row) for row in self._rows.read(keys, MentionRow, limit=limit)]

    def told(self, repository: RepositoryId, kind: Kind, *, limit: int) -> list[Mention]:
        """See Links.told."""
        low = f"{SUPPLEMENTS}{MENTION_LETTERS[kind]}."
        rows: list[MentionRow] = []
        for start, end in ((low + HIDING, low + BEHIND), (low, low + HIDING)):
            if len(rows) < limit:
                keys = KeyRange(self.name, repository, start, end)
                left = limit - len(rows)
                rows += self._rows.read(keys, MentionRow, limit=left, columns=_KEYS)
        return [read_mention(row) for row in rows]

    def seen(
        self, repository: RepositoryId, ids: Collection[CommitId], *, pattern_id: str
    ) -> set[CommitId]:
        """See Links.seen."""
        rows = {i: self._get(repository, "commit", i, ITSELF) for i in ids}
        return {i for i, row in rows.items() if row is not None and _has_met(row, pattern_id)}

    def commit_ids(self, repository: RepositoryId, *, pattern_id: str) -> set[CommitId]:
        """See Links.commit_ids."""
        columns = ("RowKey", "p") if pattern_id else ("RowKey",)
        low = f"{MENTION_LETTERS['commit']}."
        high = low + BEHIND
        found: set[CommitId] = set()
        while True:
            keys = KeyRange(self.name, repository, low, high)
            page = self._rows.read(keys, _KeyRow, columns=columns)
            found.update(CommitId(row.row[2:]) for row in page if _has_met(row, pattern_id))
            if len(page) < MOST_IN_A_PAGE:
                return found
            low = page[-1].row

    def _pages(
        self, repository: RepositoryId, low: str, *, high: str = ""
    ) -> Iterator[list[MentionRow]]:
        high = high or low + BEHIND
        while True:
            page = self._rows.read(KeyRange(self.name, repository, low, high), MentionRow)
            if page:
                yield page
            if len(page) < MOST_IN_A_PAGE:
                return
            low = page[-1].row

    def _get(
        self, repository: RepositoryId, kind: Kind, item_id: str, origin: Origin
    ) -> MentionRow | None:
        key = mention_row_key(kind, item_id, origin)
        return self._rows.get(self.name, repository, key, MentionRow)


def _has_met(row: MentionRow | _KeyRow, pattern_id: str) -> bool:
    return not pattern_id or row.pattern_id == pattern_id


def _stored(row: MentionRow) -> StoredMention:
    return StoredMention(read_mention(row), row.version)
