"""Replaces and deletes what items mention, so that links and mentions never part for long.

Links are written first and the mention last, on the condition that nobody else wrote it. Who
loses that race looks at what the other wrote and makes the links fit whichever observation is
newer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.errors import ChangedError
from shared.interfaces.storage import StoredMention
from shared.storage.entities import (
    MentionRow,
    link_delete,
    link_put,
    mention_put,
    mention_row_key,
    read_mention,
)
from shared.storage.rows import ABSENT, MOST_IN_A_BATCH, Delete
from shared.storage.writing import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.issue_keys import IssueKey
    from shared.model import Kind, Mention, RepositoryId
    from shared.storage.mentions import MentionTable
    from shared.storage.rows import Rows

_Change = tuple[StoredMention | None, "Mention"]

_MENTIONS_AT_ONCE: Final = 5_000
_TRIES: Final = 5


class Replacer:
    """Writes mentions of a tracker with their links."""

    def __init__(self, rows: Rows, *, links: str, mentions: MentionTable) -> None:
        self._rows = rows
        self._links = links
        self._mentions = mentions

    def replace(self, mentions: Sequence[Mention]) -> set[IssueKey]:
        """See Links.replace."""
        changed: set[IssueKey] = set()
        groups: dict[tuple[RepositoryId, Kind], dict[str, Mention]] = {}
        for mention in mentions:
            item = mention.item
            groups.setdefault((item.repository, item.kind), {})[item.id] = mention
        for (repository, kind), group in groups.items():
            stored = self._mentions.of_items(repository, kind, group)
            changes = [(stored.get(item_id), new) for item_id, new in group.items()]
            newer = [(old, new) for old, new in changes if not _is_older(new, old)]
            for start in range(0, len(newer), MOST_IN_A_BATCH):
                batch = newer[start : start + MOST_IN_A_BATCH]
                self._replace_batch(batch)
                changed.update(*(_changed_keys(old, new) for old, new in batch))
        return changed

    def delete(
        self, repository: RepositoryId, kind: Kind, ids: Sequence[str], *, observed_at: datetime
    ) -> set[IssueKey]:
        """See Links.delete."""
        changed: set[IssueKey] = set()
        for stored in self._mentions.of_items(repository, kind, ids).values():
            seen_at = stored.mention.observed_at
            if seen_at is None or seen_at <= observed_at:
                self._delete_one(stored)
                changed.update(stored.mention.keys)
        return changed

    def restate(self, changes: Sequence[tuple[StoredMention, Mention]]) -> int:
        """See Links.restate."""
        left = 0
        for start in range(0, len(changes), MOST_IN_A_BATCH):
            batch = changes[start : start + MOST_IN_A_BATCH]
            self._write_links(batch)
            try:
                self._write_mentions(batch)
            except ChangedError:
                left += sum(not self._restate_one(old, new) for old, new in batch)
        return left

    def remove_repository(self, repository: RepositoryId) -> None:
        """See Links.remove_repository."""
        rows: list[MentionRow] = []
        for page in self._mentions.pages(repository):
            rows += page
            if len(rows) >= _MENTIONS_AT_ONCE:
                self._remove(rows)
                rows = []
        self._remove(rows)

    def _replace_batch(self, changes: Sequence[_Change]) -> None:
        self._write_links(changes)
        try:
            self._write_mentions(changes)
        except ChangedError:
            for old, new in changes:
                self._replace_one(old, new)

    def _write_links(self, changes: Sequence[_Change]) -> None:
        links = BatchWriter(self._rows, self._links)
        for old, new in changes:
            if old is not None:
                for key in old.mention.keys.keys() - new.keys.keys():
                    links.add(link_delete(key, old.mention.item))
            if old is None or not _has_same_links(old.mention, new):
                for link in new.links():
                    links.add(link_put(link))
        links.flush()

    def _write_mentions(self, changes: Sequence[_Change]) -> None:
        puts = [mention_put(new, version=old.version if old else ABSENT) for old, new in changes]
        self._rows.write(self._mentions.name, puts)

    def _replace_one(self, old: StoredMention | None, new: Mention) -> None:
        """Write one mention whose links are written, or make the links fit a newer one."""
        item = new.item
        for _ in range(_TRIES):
            try:
                self._write_mentions([(old, new)])
            except ChangedError:
                stored = self._mentions.of_items(item.repository, item.kind, [item.id])
                old = stored.get(item.id)
                if old is not None and _is_older(new, old):
                    self._exchange(new, old.mention)
                    return
                self._exchange(None if old is None else old.mention, new)
            else:
                return
        raise ChangedError(f"The mention of {item.kind} {item.id} keeps changing.")

    def _restate_one(self, old: StoredMention, new: Mention) -> bool:
        try:
            self._write_mentions([(old, new)])
        except ChangedError:
            return False
        return True

    def _exchange(self, old: Mention | None, new: Mention) -> None:
        """Delete the links that only *old* has, and put those of *new*."""
        links = BatchWriter(self._rows, self._links)
        if old is not None:
            for key in old.keys.keys() - new.keys.keys():
                links.add(link_delete(key, old.item))
        for link in new.links():
            links.add(link_put(link))
        links.flush()

    def _delete_one(self, stored: StoredMention) -> None:
        item = stored.mention.item
        links = BatchWriter(self._rows, self._links)
        for key in stored.mention.keys:
            links.add(link_delete(key, item))
        links.flush()
        row = mention_row_key(item.kind, item.id)
        try:
            self._rows.write(self._mentions.name, [Delete(item.repository, row, stored.version)])
        except ChangedError:
            # Somebody put it back meanwhile: its links have to be there again.
            found = self._mentions.of_items(item.repository, item.kind, [item.id])
            for other in found.values():
                self._exchange(stored.mention, other.mention)

    def _remove(self, rows: Sequence[MentionRow]) -> None:
        links = BatchWriter(self._rows, self._links)
        mentions = BatchWriter(self._rows, self._mentions.name)
        for row in rows:
            mention = read_mention(row)
            for key in mention.keys:
                links.add(link_delete(key, mention.item))
        links.flush()
        for row in rows:
            mentions.add(Delete(row.partition, row.row))
        mentions.flush()


def _is_older(new: Mention, old: StoredMention | None) -> bool:
    if old is None or old.mention.observed_at is None or new.observed_at is None:
        return False
    return new.observed_at < old.mention.observed_at


def _changed_keys(old: StoredMention | None, new: Mention) -> set[IssueKey]:
    if old is None:
        return set(new.keys)
    if _has_same_links(old.mention, new):
        return set()
    return old.mention.keys.keys() | new.keys.keys()


def _has_same_links(old: Mention, new: Mention) -> bool:
    return (
        old.item == new.item
        and old.candidates == new.candidates
        and old.rules == new.rules
        and old.keys.keys() == new.keys.keys()
    )
