"""The links and mentions of one tracker, over rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from shared.interfaces.links import LinkWriter, StoredLink, StoredMention
from shared.issue_keys import IssueKey
from shared.model import RepositoryId
from shared.origins import ITSELF
from shared.storage.entities import (
    LinkRow,
    link_put,
    mention_put,
    read_link,
    read_mention,
)
from shared.storage.link_keys import LINK_LETTERS, SHARDS, links_partition
from shared.storage.mentions import MentionTable
from shared.storage.replacing import Replacer
from shared.storage.rows import BEHIND, MOST_IN_A_PAGE, KeyRange
from shared.storage.supplements import SupplementTable
from shared.storage.writing import BatchWriter

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from shared.model import CommitId, Kind, Mention, Origin
    from shared.storage.rows import Rows

_WIDEST_GAP: Final = 200
"""Issue numbers this close are read in one range: rows between them cost less than a query."""
_NUMBER_DIGITS: Final = 10


class _NamedRow(Struct, frozen=True):
    row: str = field(name="RowKey")
    repository: RepositoryId = RepositoryId("")


class LinkTables:
    """See Links."""

    def __init__(self, rows: Rows, table_id: str) -> None:
        self._rows = rows
        self._links = f"links{table_id}"
        self._mentions = MentionTable(rows, f"mentions{table_id}")
        self._replacer = Replacer(rows, links=self._links, mentions=self._mentions)
        self._supplements = SupplementTable(rows, self._mentions, self._replacer)

    def read(
        self, issue_key: IssueKey, *, kinds: Collection[Kind], after: str, limit: int
    ) -> list[StoredLink]:
        """See Links.read."""
        number = f"{issue_key.number:0{_NUMBER_DIGITS}d}."
        letters = sorted(LINK_LETTERS[kind] for kind in kinds)
        if len(letters) == len(LINK_LETTERS):
            letters = [""]
        found: list[StoredLink] = []
        for letter in letters:
            rows = self._rows.read(
                KeyRange(
                    self._links,
                    links_partition(issue_key),
                    low=max(number + letter, number + after),
                    high=number + letter + BEHIND,
                ),
                LinkRow,
                limit=limit - len(found),
            )
            found += [_stored(row, issue_key) for row in rows]
            if len(found) >= limit:
                break
        return found

    def read_many(
        self, issue_keys: Sequence[IssueKey], *, limit: int
    ) -> dict[IssueKey, list[StoredLink]]:
        """See Links.read_many."""
        calls = [partial(self._read_range, keys, limit) for keys in _ranges(issue_keys)]
        found: dict[IssueKey, list[StoredLink]] = {}
        for part in self._rows.together(calls):
            found |= part
        return found

    def writer(self) -> LinkWriter:
        """See Links.writer."""
        return _CommitWriter(self._rows, links=self._links, mentions=self._mentions.name)

    def replace(self, mentions: Sequence[Mention]) -> set[IssueKey]:
        """See Links.replace."""
        replaced = self._replacer.replace(mentions)
        return replaced.issues | self._supplements.follow(replaced.items)

    def delete(
        self,
        repository: RepositoryId,
        kind: Kind,
        ids: Sequence[str],
        *,
        observed_at: datetime,
        origin: Origin = ITSELF,
    ) -> set[IssueKey]:
        """See Links.delete."""
        stored = self._mentions.of_items(repository, kind, ids, origin=origin)
        changed = self._replacer.remove(stored.values(), observed_at=observed_at)
        if kind == "branch" and not origin and ids:
            changed |= self._supplements.forget(
                repository, kind, frozenset(ids), observed_at=observed_at
            )
        return changed

    def supplement(
        self,
        repository: RepositoryId,
        told: Mapping[Origin, Sequence[Mention]],
        *,
        observed_at: datetime | None,
    ) -> set[IssueKey]:
        """See Links.supplement."""
        return self._supplements.put(repository, told, observed_at=observed_at)

    def stored(
        self,
        repository: RepositoryId,
        kind: Kind,
        ids: Collection[str],
        *,
        origin: Origin = ITSELF,
    ) -> dict[str, StoredMention]:
        """See Links.stored."""
        return self._mentions.of_items(repository, kind, ids, origin=origin)

    def seen(
        self, repository: RepositoryId, ids: Collection[CommitId], *, pattern_id: str = ""
    ) -> set[CommitId]:
        """See Links.seen."""
        return self._mentions.seen(repository, ids, pattern_id=pattern_id)

    def commit_ids(self, repository: RepositoryId, *, pattern_id: str = "") -> set[CommitId]:
        """See Links.commit_ids."""
        return self._mentions.commit_ids(repository, pattern_id=pattern_id)

    def mentions(
        self, repository: RepositoryId, *, kind: Kind | None = None
    ) -> Iterator[StoredMention]:
        """See Links.mentions."""
        for page in self._mentions.pages(repository, kind=kind):
            for row in page:
                yield StoredMention(read_mention(row), row.version)

    def commits(self, repository: RepositoryId, *, after: str, limit: int) -> list[Mention]:
        """See Links.commits."""
        return self._mentions.commits(repository, after=after, limit=limit)

    def told(self, repository: RepositoryId, kind: Kind, *, limit: int) -> list[Mention]:
        """See Links.told."""
        return self._mentions.told(repository, kind, limit=limit)

    def named(self, project: str) -> Iterator[tuple[int, RepositoryId]]:
        """See Links.named."""
        for shard in range(SHARDS):
            low = ""
            partition = links_partition(IssueKey(project, shard))
            while True:
                keys = KeyRange(self._links, partition, low, BEHIND)
                page = self._rows.read(keys, _NamedRow, columns=("RowKey", "repository"))
                yield from ((int(row.row[:_NUMBER_DIGITS]), row.repository) for row in page)
                if len(page) < MOST_IN_A_PAGE:
                    break
                low = page[-1].row

    def forget_kind(self, repository: RepositoryId, kind: Kind) -> set[IssueKey]:
        """See Links.forget_kind."""
        changed: set[IssueKey] = set()
        for page in self._mentions.pages(repository, kind=kind):
            stored = [StoredMention(read_mention(row), row.version) for row in page]
            changed |= self._replacer.remove(stored, observed_at=None)
        return changed

    def restate(self, changes: Sequence[tuple[StoredMention, Mention]]) -> int:
        """See Links.restate."""
        return self._replacer.restate(changes)

    def remove_repository(self, repository: RepositoryId) -> None:
        """See Links.remove_repository."""
        self._replacer.remove_repository(repository)

    def _read_range(
        self, issue_keys: Sequence[IssueKey], limit: int
    ) -> dict[IssueKey, list[StoredLink]]:
        """Return the links of issues of one partition, their numbers ascending."""
        if len(issue_keys) > 1:
            rows = self._rows.read(
                KeyRange(
                    self._links,
                    links_partition(issue_keys[0]),
                    low=f"{issue_keys[0].number:0{_NUMBER_DIGITS}d}.",
                    high=f"{issue_keys[-1].number:0{_NUMBER_DIGITS}d}.{BEHIND}",
                ),
                LinkRow,
            )
            if len(rows) < MOST_IN_A_PAGE:
                return _by_issue(rows, issue_keys, limit)
        return {
            key: self.read(key, kinds=LINK_LETTERS, after="", limit=limit) for key in issue_keys
        }


class _CommitWriter:
    """See LinkWriter."""

    def __init__(self, rows: Rows, *, links: str, mentions: str) -> None:
        self._links = BatchWriter(rows, links)
        self._mentions = BatchWriter(rows, mentions)
        self._held: list[Mention] = []

    def put(self, mentions: Iterable[Mention]) -> None:
        for mention in mentions:
            self._held.append(mention)
            for link in mention.links():
                self._links.add(link_put(link))

    def flush(self) -> None:
        self._links.flush()
        # A commit whose mention is there counts as seen and is not fetched again, so no mention
        # may be stored before its links.
        for mention in self._held:
            self._mentions.add(mention_put(mention))
        self._held.clear()
        self._mentions.flush()


def _stored(row: LinkRow, key: IssueKey) -> StoredLink:
    return StoredLink(read_link(row, key), row.row[_NUMBER_DIGITS + 1 :])


def _by_issue(
    rows: Iterable[LinkRow], issue_keys: Sequence[IssueKey], limit: int
) -> dict[IssueKey, list[StoredLink]]:
    found: dict[IssueKey, list[StoredLink]] = {key: [] for key in issue_keys}
    by_number = {f"{key.number:0{_NUMBER_DIGITS}d}": key for key in issue_keys}
    for row in rows:
        key = by_number.get(row.row[:_NUMBER_DIGITS])
        if key is not None and len(found[key]) < limit:
            found[key].append(_stored(row, key))
    return found


def _ranges(issue_keys: Sequence[IssueKey]) -> list[list[IssueKey]]:
    """Return the issues grouped so that each group is one range of one partition."""
    by_partition: dict[str, list[IssueKey]] = {}
    for key in sorted(set(issue_keys)):
        by_partition.setdefault(links_partition(key), []).append(key)
    ranges: list[list[IssueKey]] = []
    for keys in by_partition.values():
        ranges.append([keys[0]])
        for key in keys[1:]:
            if key.number - ranges[-1][-1].number <= _WIDEST_GAP:
                ranges[-1].append(key)
            else:
                ranges.append([key])
    return ranges
