"""What changed between two trees, as git's own diff sees it.

libgit2 needs milliseconds for a commit where git needs microseconds, so git is asked, for a
whole page of commits at once.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

import msgspec

from .git_command import GitFailedError, run_git

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .model import Repository

_KINDS = {"A": "add", "M": "edit", "T": "edit", "D": "delete", "R": "rename", "C": "add"}
_TREE = "040000"
_SUBMODULE = "160000"
_NO_MODE = "000000"
_KEPT_COUNTS = 200_000
"""Commits whose counts are remembered: about 40 MB."""


class TreeChange(msgspec.Struct, frozen=True):
    """One path that differs."""

    kind: str
    """As the API calls it: add, edit, delete, rename."""
    path: str
    """With a leading slash."""
    old_path: str
    """Where a renamed file was, else the same as `path`."""
    object_id: str
    old_object_id: str
    object_type: str
    """blob, tree or commit (a submodule)."""


def changes_between(repository: Repository, base: str, target: str) -> list[TreeChange]:
    """Return what turns the tree of commit *base* into that of *target*, folders included."""
    raw = run_git("diff-tree", *_LISTED, base, target, folder=repository.folder)
    return list(_read(raw.split(b"\0")))


def changes_of(repository: Repository, sha: str) -> list[TreeChange]:
    """Return what a commit changed against its first parent, folders included."""
    options = ("--root", "--diff-merges=first-parent", "--no-commit-id")
    raw = run_git("diff-tree", *_LISTED, *options, sha, folder=repository.folder)
    return list(_read(raw.split(b"\0")))


_LISTED = ("--raw", "-z", "-r", "-t", "-M", "--no-abbrev")


class ChangeCounter:
    """How many files commits add, edit and delete; a commit never changes, so it is kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: OrderedDict[str, tuple[int, int, int]] = OrderedDict()

    def of(self, repository: Repository, shas: Sequence[str]) -> dict[str, dict[str, int]]:
        """Return the counts by commit; none for a commit whose trees are not here."""
        missing = [sha for sha in shas if sha not in self._counts]
        if missing:
            counted = _count(repository, missing)
            with self._lock:
                self._counts.update(counted)
                while len(self._counts) > _KEPT_COUNTS:
                    self._counts.popitem(last=False)
        found = ((sha, self._counts.get(sha)) for sha in shas)
        return {
            sha: {"Add": counts[0], "Edit": counts[1], "Delete": counts[2]}
            for sha, counts in found
            if counts is not None
        }


def _count(repository: Repository, shas: list[str]) -> dict[str, tuple[int, int, int]]:
    options = ("--stdin", "--root", "--diff-merges=first-parent", "-r", "--raw", "--no-renames")
    given = "".join(f"{sha}\n" for sha in shas).encode()
    try:
        printed = run_git("diff-tree", *options, folder=repository.folder, given=given)
    except GitFailedError:
        # A partial or shallow clone lacks trees; the API's field is optional.
        return {}
    counts = {sha: [0, 0, 0] for sha in shas}
    current = counts[shas[0]]
    for line in printed.split(b"\n"):
        if line.startswith(b":"):
            letter = line.split(b" ", 5)[4][:1]
            current[{b"A": 0, b"D": 2}.get(letter, 1)] += 1
        elif line:
            current = counts[line.decode()]
    return {sha: (added, edited, deleted) for sha, (added, edited, deleted) in counts.items()}


def _read(fields: list[bytes]) -> Iterator[TreeChange]:
    at = 0
    while at + 1 < len(fields):
        old_mode, new_mode, old_id, new_id, status = fields[at].decode().lstrip(":").split(" ")
        renamed = status[0] in "RC"
        old_path = fields[at + 1].decode(errors="replace")
        path = fields[at + 2].decode(errors="replace") if renamed else old_path
        at += 3 if renamed else 2
        mode = old_mode if new_mode == _NO_MODE else new_mode
        yield TreeChange(
            kind=_KINDS.get(status[0], "edit"),
            path=f"/{path}",
            old_path=f"/{old_path}",
            object_id=new_id,
            old_object_id=old_id,
            object_type={_TREE: "tree", _SUBMODULE: "commit"}.get(mode, "blob"),
        )
