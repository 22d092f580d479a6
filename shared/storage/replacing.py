"""Replaces and deletes what items mention, so that links and mentions never part for long.

Links are written first and the mention last, on the condition that nobody else wrote it. Who
loses that race looks at what the other wrote and makes the links fit whichever observation is
newer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from shared.errors import ChangedError
from shared.interfaces.links import StoredMention
from shared.issue_keys import IssueKey
from shared.model import Item
from shared.storage.entities import (
    MentionRow,
    link_delete,
    link_put,
    mention_put,
    read_mention,
)
from shared.storage.link_keys import mention_row_key
from shared.storage.rows import ABSENT, MOST_IN_A_BATCH, Delete
from shared.storage.writing import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from shared.model import Kind, Mention, Origin, RepositoryId
    from shared.storage.mentions import MentionTable
    from shared.storage.rows import Rows

Change = tuple[StoredMention | None, "Mention"]
"""What was read, None where there was nothing, and what takes its place."""

_MENTIONS_AT_ONCE: Final = 5_000
_TRIES: Final = 5


class Replaced(Struct):
    """What replacing mentions did."""

    issues: set[IssueKey] = field(default_factory=set)
    """Those whose links changed."""
    items: list[Item] = field(default_factory=list)
    """Those that were known before and look different now."""


class Replacer:
    """Writes mentions of a tracker with their links."""

    def __init__(self, rows: Rows, *, links: str, mentions: MentionTable) -> None:
        self._rows = rows
        self._links = links
        self._mentions = mentions

    def replace(self, mentions: Sequence[Mention]) -> Replaced:
        """See Links.replace."""
        replaced = Replaced()
        groups: dict[tuple[RepositoryId, Kind, Origin], dict[str, Mention]] = {}
        for mention in mentions:
            item = mention.item
            group = groups.setdefault((item.repository, item.kind, mention.origin), {})
            group[item.id] = mention
        for (repository, kind, origin), group in groups.items():
            stored = self._mentions.of_items(repository, kind, group, origin=origin)
            changes = [(stored.get(item_id), new) for item_id, new in group.items()]
            replaced.issues |= self.exchange(changes)
            if not origin:
                replaced.items += [new.item for old, new in changes if _looks_new(new, old)]
        return replaced

    def exchange(self, changes: Sequence[Change]) -> set[IssueKey]:
        """Put mentions of one repository where others were read, unless these are newer.

        Returned are the issues whose links changed.
        """
        changed: set[IssueKey] = set()
        newer = [(old, new) for old, new in changes if not _is_older(new, old)]
        for start in range(0, len(newer), MOST_IN_A_BATCH):
            batch = newer[start : start + MOST_IN_A_BATCH]
            self._replace_batch(batch)
            changed.update(*(_changed_keys(old, new) for old, new in batch))
        return changed

    def remove(
        self, stored: Iterable[StoredMention], *, observed_at: datetime | None
    ) -> set[IssueKey]:
        """Delete mentions of one repository with their links, unless they are newer.

        Returned are the issues whose links changed.
        """
        older = [s for s in stored if not _is_newer(s, observed_at)]
        for start in range(0, len(older), MOST_IN_A_BATCH):
            self._remove_batch(older[start : start + MOST_IN_A_BATCH])
        return {key for s in older for key in s.mention.keys}

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

    def _remove_batch(self, batch: Sequence[StoredMention]) -> None:
        links = BatchWriter(self._rows, self._links)
        for stored in batch:
            for key in stored.mention.keys:
                links.add(link_delete(key, stored.mention))
        links.flush()
        try:
            self._rows.write(self._mentions.name, [_mention_delete(stored) for stored in batch])
        except ChangedError:
            for stored in batch:
                self._remove_one(stored)

    def _replace_batch(self, changes: Sequence[Change]) -> None:
        self._write_links(changes)
        try:
            self._write_mentions(changes)
        except ChangedError:
            for old, new in changes:
                self._replace_one(old, new)

    def _write_links(self, changes: Sequence[Change]) -> None:
        links = BatchWriter(self._rows, self._links)
        for old, new in changes:
            if old is not None:
                for key in old.mention.keys.keys() - new.keys.keys():
                    links.add(link_delete(key, old.mention))
            if old is None or not _has_same_links(old.mention, new):
                for link in new.links():
                    links.add(link_put(link))
        links.flush()

    def _write_mentions(self, changes: Sequence[Change]) -> None:
        puts = [mention_put(new, version=old.version if old else ABSENT) for old, new in changes]
        self._rows.write(self._mentions.name, puts)

    def _replace_one(self, old: StoredMention | None, new: Mention) -> None:
        """Write one mention whose links are written, or make the links fit a newer one."""
        item = new.item
        for _ in range(_TRIES):
            try:
                self._write_mentions([(old, new)])
            except ChangedError:
                old = self._now(new)
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
            other = self._now(new)
            # A commit says the same for ever: the next look at it puts its links as these are.
            if other is None or new.item.kind != "commit":
                self._exchange(new, other.mention if other else None)
            return other is None
        return True

    def _exchange(self, old: Mention | None, new: Mention | None) -> None:
        """Delete the links that only *old* has, and put those of *new*."""
        links = BatchWriter(self._rows, self._links)
        if old is not None:
            for key in old.keys.keys() - (new.keys.keys() if new else set()):
                links.add(link_delete(key, old))
        for link in new.links() if new else ():
            links.add(link_put(link))
        links.flush()

    def _remove_one(self, stored: StoredMention) -> None:
        """Delete a mention whose links are deleted, or put back those of who put it back."""
        try:
            self._rows.write(self._mentions.name, [_mention_delete(stored)])
        except ChangedError:
            other = self._now(stored.mention)
            if other is not None:
                self._exchange(stored.mention, other.mention)

    def _now(self, mention: Mention) -> StoredMention | None:
        item, origin = mention.item, mention.origin
        found = self._mentions.of_items(item.repository, item.kind, [item.id], origin=origin)
        return found.get(item.id)

    def _remove(self, rows: Sequence[MentionRow]) -> None:
        links = BatchWriter(self._rows, self._links)
        mentions = BatchWriter(self._rows, self._mentions.name)
        for row in rows:
            mention = read_mention(row)
            for key in mention.keys:
                links.add(link_delete(key, mention))
        links.flush()
        for row in rows:
            mentions.add(Delete(row.partition, row.row))
        mentions.flush()


def _looks_new(new: Mention, old: StoredMention | None) -> bool:
    return old is not None and new.item != old.mention.item and not _is_older(new, old)


def is_same(old: Mention, new: Mention) -> bool:
    """Tell whether there is nothing to write: links and what is kept besides are the same."""
    return _has_same_links(old, new) and old.observed_at == new.observed_at


def _is_older(new: Mention, old: StoredMention | None) -> bool:
    if old is None or old.mention.observed_at is None or new.observed_at is None:
        return False
    return new.observed_at < old.mention.observed_at


def _is_newer(stored: StoredMention, observed_at: datetime | None) -> bool:
    seen_at = stored.mention.observed_at
    return seen_at is not None and observed_at is not None and seen_at > observed_at


def _mention_delete(stored: StoredMention) -> Delete:
    item = stored.mention.item
    row = mention_row_key(item.kind, item.id, stored.mention.origin)
    return Delete(item.repository, row, stored.version)


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
