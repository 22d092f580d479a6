"""Write commits and tags into a bare repository."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pygit2
from pygit2.enums import FileMode, ObjectType

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from .model import Person


class FileChange(msgspec.Struct, frozen=True):
    """One file's change in a commit that is being made."""

    path: str
    content: bytes | None = None
    """None takes the file away, or moves it as it was where `moved_from` is given."""
    moved_from: str = ""


def signature_of(person: Person, when: datetime) -> pygit2.Signature:
    """Return *person* as the author of a commit made at *when*."""
    return pygit2.Signature(person.name, person.email, int(when.timestamp()), 0)


def write_commit(
    git: pygit2.Repository,
    parents: Sequence[str],
    changes: Sequence[FileChange],
    *,
    message: str,
    author: pygit2.Signature,
    committer: pygit2.Signature | None = None,
) -> str:
    """Make a commit with *changes* upon the tree of the first parent, and return its id.

    KeyError names a file that is to be moved or taken away and is not there.
    """
    index = pygit2.Index()
    if parents:
        index.read_tree(git[parents[0]].peel(pygit2.Tree))
    for change in changes:
        _apply(git, index, change)
    tree = index.write_tree(git)
    return str(git.create_commit(None, author, committer or author, message, tree, list(parents)))


def write_tag(
    git: pygit2.Repository, name: str, sha: str, *, message: str, who: pygit2.Signature
) -> str:
    """Make an annotated tag of a commit, which no ref points at yet, and return its id."""
    # libgit2's own call would make the ref at once, past the journal.
    text = (
        f"object {sha}\ntype commit\ntag {name}\n"
        f"tagger {who.name} <{who.email}> {who.time} +0000\n\n{message}\n"
    )
    return str(git.write(ObjectType.TAG, text.encode()))


def _apply(git: pygit2.Repository, index: pygit2.Index, change: FileChange) -> None:
    path = change.path.lstrip("/")
    if change.moved_from:
        old = change.moved_from.lstrip("/")
        entry = index[old]
        index.remove(old)
        blob = entry.id if change.content is None else git.create_blob(change.content)
        index.add(pygit2.IndexEntry(path, blob, entry.mode))
    elif change.content is None:
        index.remove(index[path].path)
    else:
        mode = index[path].mode if path in index else FileMode.BLOB
        index.add(pygit2.IndexEntry(path, git.create_blob(change.content), mode))
