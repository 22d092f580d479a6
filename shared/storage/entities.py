"""The rows of links and mentions: how items are written into them and read from them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, TypeVar

import msgspec
from msgspec import Struct

from shared.issue_keys import Candidate, Evidence, IssueKey, pack, parse_issue_key, unpack
from shared.model import (
    CommitId,
    Flag,
    IntegrationId,
    Item,
    Kind,
    Link,
    Mention,
    PullRequestStatus,
    RepositoryId,
    Reviewer,
)
from shared.storage.link_keys import (
    kind_of_link,
    link_row_key,
    links_partition,
    mention_row_key,
    origin_of_link,
    parts_of_mention,
)
from shared.storage.rows import Delete, Put, encode_row

if TYPE_CHECKING:
    from collections.abc import Sequence

R = TypeVar("R", bound=Struct)

_PROPERTY_CHARACTERS: Final = 16_000
"""Half of what a string property may hold, since some characters count twice there."""
_MOST_EVIDENCE: Final = 20
_MOST_REVIEWERS: Final = 50


class ItemRow(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What links and mentions keep of an item."""

    integration: IntegrationId = IntegrationId("")
    id: str = ""
    title: str = ""
    author: str = ""
    at: datetime | None = None
    status: PullRequestStatus | None = None
    source: str | None = None
    target: str | None = None
    merge: CommitId | None = None
    reviewers: str = ""
    """A JSON list."""
    flags: str = ""
    """With a blank between."""


class LinkRow(ItemRow, frozen=True, omit_defaults=True, kw_only=True):
    """One issue and one item that names it."""

    partition: str = msgspec.field(name="PartitionKey")
    row: str = msgspec.field(name="RowKey")
    repository: RepositoryId
    evidence: str
    """A JSON list."""


class MentionRow(ItemRow, frozen=True, omit_defaults=True, kw_only=True):
    """One item and what it names; one that names nothing is hardly more than its keys."""

    partition: str = msgspec.field(name="PartitionKey")
    row: str = msgspec.field(name="RowKey")
    version: str = msgspec.field(name="odata.etag", default="")
    observed_at: datetime | None = None
    keys: str = msgspec.field(name="K", default="")
    """Accepted issue keys, with a blank between."""
    keys_1: str = msgspec.field(name="K1", default="")
    keys_2: str = msgspec.field(name="K2", default="")
    keys_3: str = msgspec.field(name="K3", default="")
    evidence: str = ""
    """A JSON object of key and evidence.

    Left out for commits, whose links are never restored, and where there is too much of it.
    """
    mark: str = ""
    rules: str = msgspec.field(name="r", default="")
    pattern_id: str = msgspec.field(name="p", default="")
    candidates: str = msgspec.field(name="C", default="")
    candidates_1: str = msgspec.field(name="C1", default="")
    candidates_2: str = msgspec.field(name="C2", default="")
    candidates_3: str = msgspec.field(name="C3", default="")


def link_put(link: Link) -> Put:
    """Return the operation that stores a link."""
    item = link.item
    partition = links_partition(link.issue_key)
    key = link_row_key(link.issue_key.number, item, link.origin)
    row = LinkRow(
        partition=partition,
        row=key,
        repository=item.repository,
        evidence=_json(link.evidence[:_MOST_EVIDENCE]),
        integration=item.integration,
        id=item.id,
        title=item.title,
        author=item.author,
        at=item.at,
        status=item.status,
        source=item.source_branch,
        target=item.target_branch,
        merge=item.merge_commit,
        reviewers=_json(item.reviewers[:_MOST_REVIEWERS]) if item.reviewers else "",
        flags=" ".join(item.flags),
    )
    return Put(partition, key, encode_row(row))


def link_delete(key: IssueKey, mention: Mention) -> Delete:
    """Return the operation that deletes the link that a mention makes to an issue."""
    row = link_row_key(key.number, mention.item, mention.origin)
    return Delete(links_partition(key), row)


def read_link(row: LinkRow, key: IssueKey) -> Link:
    """Return the link that a row of *key* holds."""
    item = _item(row, kind_of_link(row.row), row.id, row.repository)
    return Link(key, item, tuple(_read_evidence(row.evidence)), origin_of_link(row.row))


def mention_put(mention: Mention, *, version: str | None = None) -> Put:
    """Return the operation that stores a mention, on the condition that *version* says."""
    item = mention.item
    key = mention_row_key(item.kind, item.id, mention.origin)
    # What is told of an item from elsewhere needs its title and its date, whether it names a key
    # or not; a branch has no more of them than its name.
    is_bare = not mention.candidates and item.kind == "branch"
    row = _bare_row(mention, key) if is_bare else _whole_row(mention, key)
    return Put(item.repository, key, encode_row(row), version)


def read_mention(row: MentionRow) -> Mention:
    """Return the mention that a row holds; a commit's keys come without evidence."""
    kind, origin, plain_id = parts_of_mention(row.row)
    repository = RepositoryId(row.partition)
    item = _item(row, kind, plain_id if kind == "commit" else row.id, repository)
    packed = row.candidates + row.candidates_1 + row.candidates_2 + row.candidates_3
    evidence = _read_evidence_by_key(row.evidence) if row.evidence else {}
    keys = row.keys + row.keys_1 + row.keys_2 + row.keys_3
    return Mention(
        item=item,
        keys={parse_issue_key(text): evidence.get(text, ()) for text in keys.split()},
        candidates=unpack(packed),
        rules=row.rules,
        observed_at=row.observed_at,
        mark=row.mark,
        origin=origin,
        pattern_id=row.pattern_id,
    )


def _bare_row(mention: Mention, key: str) -> MentionRow:
    item = mention.item
    return MentionRow(
        partition=item.repository,
        row=key,
        integration=item.integration,
        id=item.id,
        at=item.at,
        observed_at=mention.observed_at,
        mark=mention.mark,
    )


def _whole_row(mention: Mention, key: str) -> MentionRow:
    item = mention.item
    parts = _split(_packed(mention.candidates))
    keys = _split(" ".join(map(str, mention.keys)))
    return MentionRow(
        partition=item.repository,
        row=key,
        integration=item.integration,
        id="" if item.kind == "commit" else item.id,
        title=item.title,
        author=item.author,
        at=item.at,
        status=item.status,
        source=item.source_branch,
        target=item.target_branch,
        merge=item.merge_commit,
        reviewers=_json(item.reviewers[:_MOST_REVIEWERS]) if item.reviewers else "",
        flags=" ".join(item.flags),
        observed_at=mention.observed_at,
        mark=mention.mark,
        keys=keys[0],
        keys_1=keys[1],
        keys_2=keys[2],
        keys_3=keys[3],
        evidence="" if item.kind == "commit" else _evidence_by_key(mention),
        rules=mention.rules,
        pattern_id=mention.pattern_id,
        candidates=parts[0],
        candidates_1=parts[1],
        candidates_2=parts[2],
        candidates_3=parts[3],
    )


def _item(row: ItemRow, kind: Kind, item_id: str, repository: RepositoryId) -> Item:
    return Item(
        kind=kind,
        id=item_id,
        repository=repository,
        integration=row.integration,
        title=row.title,
        author=row.author,
        at=row.at,
        status=row.status,
        source_branch=row.source,
        target_branch=row.target,
        merge_commit=row.merge,
        reviewers=tuple(_read_reviewers(row.reviewers)) if row.reviewers else (),
        flags=_flags(row.flags) if row.flags else (),
    )


def _packed(candidates: Sequence[Candidate]) -> str:
    """Return packed candidates, the first half of them if all do not fit."""
    packed = pack(candidates)
    if len(packed) > 4 * _PROPERTY_CHARACTERS:
        return _packed(candidates[: len(candidates) // 2])
    return packed


def _split(text: str) -> tuple[str, str, str, str]:
    """Return a text in the four properties that hold it."""
    size = _PROPERTY_CHARACTERS
    return text[:size], text[size : 2 * size], text[2 * size : 3 * size], text[3 * size :]


def _evidence_by_key(mention: Mention) -> str:
    text = _json({str(key): found[:_MOST_EVIDENCE] for key, found in mention.keys.items()})
    return text if len(text) <= _PROPERTY_CHARACTERS else ""


def _json(values: object) -> str:
    return _ENCODER.encode(values).decode()


def _flags(text: str) -> tuple[Flag, ...]:
    return msgspec.convert(text.split(), tuple[Flag, ...])


_ENCODER = msgspec.json.Encoder()
_read_evidence = msgspec.json.Decoder(list[Evidence]).decode
_read_evidence_by_key = msgspec.json.Decoder(dict[str, tuple[Evidence, ...]]).decode
_read_reviewers = msgspec.json.Decoder(list[Reviewer]).decode
