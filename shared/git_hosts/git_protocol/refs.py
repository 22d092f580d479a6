"""Which branches and tags a repository has, in one or two calls."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.git_hosts.git_protocol.packets import (
    AGENT,
    DELIMITER,
    FLUSH,
    VERSION_2,
    Packets,
    RefLine,
    lines,
    read_greeting,
    ref_line,
)
from shared.git_hosts.git_protocol.remote import Caps
from shared.model import Branch, CommitId, Tag

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from shared.git_hosts.git_protocol.packets import Greeting
    from shared.git_hosts.git_protocol.remote import Conversation, Remote

_HEADS: Final = b"refs/heads/"
_TAGS: Final = b"refs/tags/"
_HEAD: Final = b"HEAD"
_UNBORN: Final = b"unborn"


class Refs(Struct, frozen=True):
    """The branches and tags of a repository at one moment."""

    branches: tuple[Branch, ...]
    tags: tuple[Tag, ...]
    """Each with what it leads to in the end, which is nearly always a commit."""
    default_branch: str | None
    """None: the repository has none, or does not tell."""
    observed_at: datetime | None
    """The remote's clock; None where it does not tell."""


def read_refs(remote: Remote, *, caps: Caps | None = None) -> Refs:
    """Return all branches and tags; a name that is no UTF-8 comes with `�` in it."""
    caps = caps or Caps()
    with remote.talk(until=time.monotonic() + caps.seconds) as talk:
        greeting = read_greeting(talk.greeting(most=caps.refs_bytes), name=remote.name)
        found = greeting.refs
        if greeting.version == VERSION_2:
            found = tuple(_listed(talk, greeting, remote.name, caps))
        return _refs(found, talk.told_at)


def _listed(talk: Conversation, greeting: Greeting, name: str, caps: Caps) -> Iterator[RefLine]:
    wanted = [b"peel", b"symrefs", b"ref-prefix HEAD"]
    wanted += [b"ref-prefix " + _HEADS, b"ref-prefix " + _TAGS]
    if _UNBORN in greeting.capabilities.get(b"ls-refs", b""):
        wanted.append(_UNBORN)
    command = lines(b"command=ls-refs", AGENT)
    if b"object-format" in greeting.capabilities:
        command += lines(b"object-format=sha1")
    request = command + DELIMITER + lines(*wanted) + FLUSH
    for line in Packets(talk.ask(request, most=caps.refs_bytes), name=name).section():
        object_id, _, rest = line.partition(b" ")
        ref, *attributes = rest.split(b" ")
        told = dict(attribute.partition(b":")[::2] for attribute in attributes)
        target = told.get(b"symref-target", b"")
        if object_id == _UNBORN:
            yield RefLine(ref, "", target=target)
        else:
            yield ref_line(ref, object_id, told.get(b"peeled", b""), target, name=name)


def _refs(found: Iterable[RefLine], told_at: datetime | None) -> Refs:
    branches: list[Branch] = []
    tags: list[Tag] = []
    head: RefLine | None = None
    for ref in found:
        if ref.name.startswith(_HEADS):
            branches.append(Branch(_text(ref.name, _HEADS), CommitId(ref.object_id)))
        elif ref.name.startswith(_TAGS):
            tags.append(Tag(_text(ref.name, _TAGS), CommitId(ref.peeled or ref.object_id)))
        elif ref.name == _HEAD:
            head = ref
    return Refs(tuple(branches), tuple(tags), _default(head, branches), told_at)


def _default(head: RefLine | None, branches: list[Branch]) -> str | None:
    """Return HEAD's branch; where it is not told, the one that stands on the same commit."""
    if head is None:
        return None
    if head.target:
        return _text(head.target, _HEADS)
    there = [branch.name for branch in branches if branch.head == head.object_id]
    return next((name for name in ("main", "master") if name in there), there[0] if there else None)


def _text(ref: bytes, prefix: bytes) -> str:
    return ref.removeprefix(prefix).decode(errors="replace")
