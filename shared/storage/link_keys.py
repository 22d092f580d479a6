"""Where links and mentions stand in their tables: keys made of facts that never change.

So a row can be put without reading it first, and two workers that index the same commit write the
same row. An issue's links lie together in one partition, in the order in which they are shown;
what is told of an item from elsewhere lies right behind what the item says itself:

    links     <PROJECT>.<number mod 8>   <number>.<kind>.<order>.<id>.<repository>[.<origin>]
    mentions  <repository id>            <kind>.<id>
                                         s.<kind>.<origin>.<id>
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from shared.model import Kind, Origin
from shared.origins import ITSELF

if TYPE_CHECKING:
    from shared.issue_keys import IssueKey
    from shared.model import Item

SHARDS: Final = 8
"""Partitions that a project's issues are spread over; a constant of the schema version."""

LINK_LETTERS: Final[dict[Kind, str]] = {"branch": "a", "pull_request": "b", "commit": "c"}
MENTION_LETTERS: Final[dict[Kind, str]] = {"branch": "b", "pull_request": "p", "commit": "c"}
SUPPLEMENTS: Final = "s."
"""Sorts behind all that items say themselves."""
_LINK_KINDS: Final = {letter: kind for kind, letter in LINK_LETTERS.items()}
_MENTION_KINDS: Final = {letter: kind for kind, letter in MENTION_LETTERS.items()}
_PARTITIONS: Final = {"AB": "~ab", "#": "~n"}
_KIND_AT: Final = 11
_DOTS_WITH_ORIGIN: Final = 5

_LATEST: Final = 9_999_999_999
"""Epoch seconds in 2286. An order is what is left until then, so that the newest comes first."""


def links_partition(key: IssueKey) -> str:
    """Return the partition that an issue's links lie in."""
    return f"{_PARTITIONS.get(key.project, key.project)}.{key.number % SHARDS}"


def link_row_key(number: int, item: Item, origin: Origin = ITSELF) -> str:
    """Return where the link of issue *number* to *item* stands in its partition."""
    place = f"{number:010d}.{_position(item)}"
    return f"{place}.{origin}" if origin else place


def kind_of_link(row_key: str) -> Kind:
    """Return the kind of item that a link is to."""
    return _LINK_KINDS[row_key[_KIND_AT]]


def origin_of_link(row_key: str) -> Origin:
    """Return who tells of a link."""
    if row_key.count(".") < _DOTS_WITH_ORIGIN:
        return ITSELF
    return Origin(row_key.rpartition(".")[2])


def mention_row_key(kind: Kind, item_id: str, origin: Origin = ITSELF) -> str:
    """Return where what *origin* tells of an item stands in its repository's partition."""
    plain_id = _ref_hash(item_id) if kind == "branch" else item_id
    if not origin:
        return f"{MENTION_LETTERS[kind]}.{plain_id}"
    return f"{SUPPLEMENTS}{MENTION_LETTERS[kind]}.{origin}.{plain_id}"


def parts_of_mention(row_key: str) -> tuple[Kind, Origin, str]:
    """Return the kind, the origin and the plain id of a mention: of a branch, the ref's hash."""
    if not row_key.startswith(SUPPLEMENTS):
        return _MENTION_KINDS[row_key[0]], ITSELF, row_key[2:]
    _, letter, origin, plain_id = row_key.split(".", 3)
    return _MENTION_KINDS[letter], Origin(origin), plain_id


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
