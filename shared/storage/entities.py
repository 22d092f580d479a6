"""The rows of links and mentions: their keys, and how items are written into them.

Every key is a function of facts that never change, so that a row can be put without reading it
first, and two workers that index the same commit write the same row. An issue's links lie
together in one partition, in the order in which they are shown:

    links     <PROJECT>.<number mod 8>   <number>.<kind>.<order>.<id>.<repository>
    mentions  <repository id>            <kind>.<id>
"""

from __future__ import annotations

import hashlib
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
from shared.storage.rows import Delete, Put, encode_row

if TYPE_CHECKING:
    from collections.abc import Sequence

R = TypeVar("R", bound=Struct)

SHARDS: Final = 8
"""Partitions that a project's issues are spread over; a constant of the schema version."""

LINK_LETTERS: Final[dict[Kind, str]] = {"branch": "a", "pull_request": "b", "commit": "c"}
MENTION_LETTERS: Final[dict[Kind, str]] = {"branch": "b", "pull_request": "p", "commit": "c"}
_LINK_KINDS: Final = {letter: kind for kind, letter in LINK_LETTERS.items()}
_MENTION_KINDS: Final = {letter: kind for kind, letter in MENTION_LETTERS.items()}
_PARTITIONS: Final = {"AB": "~ab", "#": "~n"}

_LATEST: Final = 9_999_999_999
"""Epoch seconds in 2286. An order is what is left until then, so that the newest comes first."""
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
    candidates: str = msgspec.field(name="C", default="")
    candidates_1: str = msgspec.field(name="C1", default="")
    candidates_2: str = msgspec.field(name="C2", default="")
    candidates_3: str = msgspec.field(name="C3", default="")


def links_partition(key: IssueKey) -> str:
    """Return the partition that an issue's links lie in."""
    return f"{_PARTITIONS.get(key.project, key.project)}.{key.number % SHARDS}"


def link_row_key(number: int, item: Item) -> str:
    """Return where the link of issue *number* to *item* stands in its partition."""
    return f"{number:010d}.{_position(item)}"


def mention_row_key(kind: Kind, item_id: str) -> str:
    """Return where an item's mention stands in its repository's partition."""
    return f"{MENTION_LETTERS[kind]}.{_ref_hash(item_id) if kind == 'branch' else item_id}"


def link_put(link: Link) -> Put:
    """Return the operation that stores a link."""
    item = link.item
    partition = links_partition(link.issue_key)
    key = link_row_key(link.issue_key.number, item)
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


def link_delete(key: IssueKey, item: Item) -> Delete:
    """Return the operation that deletes a link."""
    return Delete(links_partition(key), link_row_key(key.number, item))


def read_link(row: LinkRow, key: IssueKey) -> Link:
    """Return the link that a row of *key* holds."""
    kind = _LINK_KINDS[row.row[11]]
    evidence = tuple(_read_evidence(row.evidence))
    return Link(key, _item(row, kind, row.id, row.repository), evidence)


def mention_put(mention: Mention, *, version: str | None = None) -> Put:
    """Return the operation that stores a mention, on the condition that *version* says."""
    item = mention.item
    key = mention_row_key(item.kind, item.id)
    if not mention.candidates:
        bare = MentionRow(
            partition=item.repository,
            row=key,
            integration=item.integration,
            id="" if item.kind == "commit" else item.id,
            at=None if item.kind == "commit" else item.at,
            observed_at=mention.observed_at,
            mark=mention.mark,
        )
        return Put(item.repository, key, encode_row(bare), version)
    parts = _split(_packed(mention.candidates))
    keys = _split(" ".join(map(str, mention.keys)))
    row = MentionRow(
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
        candidates=parts[0],
        candidates_1=parts[1],
        candidates_2=parts[2],
        candidates_3=parts[3],
    )
    return Put(item.repository, key, encode_row(row), version)


def read_mention(row: MentionRow) -> Mention:
    """Return the mention that a row holds; a commit's keys come without evidence."""
    kind = _MENTION_KINDS[row.row[0]]
    repository = RepositoryId(row.partition)
    item = _item(row, kind, row.row[2:] if kind == "commit" else row.id, repository)
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


def _position(item: Item) -> str:
    repository = item.repository.replace("-", "")[:16]
    if item.kind == "branch":
        return f"a.0.{_ref_hash(item.id)}.{repository}"
    assert item.at is not None, "a commit or a pull request has a date"
    order = min(max(_LATEST - int(item.at.timestamp()), 0), _LATEST)
    item_id = item.id[:20] if item.kind == "commit" else item.id
    return f"{LINK_LETTERS[item.kind]}.{order:010d}.{item_id}.{repository}"


def _ref_hash(branch: str) -> str:
    ref = f"refs/heads/{branch}".encode(errors="surrogatepass")
    return hashlib.sha1(ref, usedforsecurity=False).hexdigest()[:20]


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
