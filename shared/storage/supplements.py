"""Keeps what is told of items from elsewhere, and has it follow what becomes of the items."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from shared.origins import kinds_of
from shared.storage.replacing import is_same

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from shared.interfaces.links import StoredMention
    from shared.issue_keys import IssueKey
    from shared.model import Item, Kind, Mention, Origin, RepositoryId
    from shared.storage.mentions import MentionTable
    from shared.storage.replacing import Change, Replacer
    from shared.storage.rows import Rows

_Place = tuple["Origin", "Kind", str]


class SupplementTable:
    """What origins tell of the items of one tracker."""

    def __init__(self, rows: Rows, mentions: MentionTable, replacer: Replacer) -> None:
        self._rows = rows
        self._mentions = mentions
        self._replacer = replacer

    def put(
        self,
        repository: RepositoryId,
        told: Mapping[Origin, Sequence[Mention]],
        *,
        observed_at: datetime | None,
    ) -> set[IssueKey]:
        """See Links.supplement."""
        known = {_place(s.mention): s for s in self._told_by(repository, told)}
        new = {_place(mention): mention for mentions in told.values() for mention in mentions}
        # What has not changed is not written: most of what is told again is the same.
        changes: list[Change] = [
            (known.get(place), mention)
            for place, mention in new.items()
            if place not in known or not is_same(known[place].mention, mention)
        ]
        changed = self._replacer.exchange(changes)
        gone = [s for place, s in known.items() if place not in new]
        return changed | self._replacer.remove(gone, observed_at=observed_at)

    def follow(self, items: Sequence[Item]) -> set[IssueKey]:
        """Show items as they are now wherever something is told of them.

        Returned are the issues whose links changed.
        """
        changed: set[IssueKey] = set()
        groups: dict[tuple[RepositoryId, Kind], dict[str, Item]] = {}
        for item in items:
            groups.setdefault((item.repository, item.kind), {})[item.id] = item
        for (repository, kind), now in groups.items():
            stored = self._mentions.supplements(repository, kind)
            changes: list[Change] = [
                (s, replace(s.mention, item=now[s.mention.item.id]))
                for s in stored
                if s.mention.item.id in now
            ]
            changed |= self._replacer.exchange(changes)
        return changed

    def forget(
        self, repository: RepositoryId, kind: Kind, ids: Collection[str], *, observed_at: datetime
    ) -> set[IssueKey]:
        """Forget what is told of items that are gone; return the issues whose links changed."""
        stored = self._mentions.supplements(repository, kind)
        gone = [s for s in stored if s.mention.item.id in ids]
        return self._replacer.remove(gone, observed_at=observed_at)

    def _told_by(
        self, repository: RepositoryId, origins: Collection[Origin]
    ) -> list[StoredMention]:
        calls = [
            partial(self._read, repository, kind, origin)
            for origin in origins
            for kind in kinds_of(origin)
        ]
        return [stored for found in self._rows.together(calls) for stored in found]

    def _read(self, repository: RepositoryId, kind: Kind, origin: Origin) -> list[StoredMention]:
        return list(self._mentions.supplements(repository, kind, origin=origin))


def _place(mention: Mention) -> _Place:
    return mention.origin, mention.item.kind, mention.item.id
