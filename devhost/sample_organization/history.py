"""The order of a repository's commits, kept so that paging through it is not quadratic."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

import pygit2
from pygit2.enums import SortMode

from .git_command import run_git

if TYPE_CHECKING:
    from collections.abc import Iterator

_ID_BYTES = 20

NEWEST_FIRST = SortMode.TOPOLOGICAL | SortMode.TIME
"""By committer date, but no parent before its child."""


class Histories:
    """The newest-first orders that were asked for last, as packed ids: a megabyte for 50,000."""

    def __init__(self, *, kept: int = 16) -> None:
        self._kept = kept
        self._lock = threading.Lock()
        self._orders: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()

    def page(
        self, git: pygit2.Repository, head: str, *, without: str = "", skip: int, top: int
    ) -> list[pygit2.Oid]:
        """Return *top* ids after the first *skip* of those that *head* reaches, newest first.

        What *without* reaches is left out.
        """
        order = self._order(git, head, without)
        return list(_unpack(order[skip * _ID_BYTES : (skip + top) * _ID_BYTES]))

    def all(self, git: pygit2.Repository, head: str, *, without: str = "") -> Iterator[pygit2.Oid]:
        """Yield the whole order, newest first."""
        return _unpack(self._order(git, head, without))

    def _order(self, git: pygit2.Repository, head: str, without: str) -> bytes:
        key = (git.path, head, without)
        with self._lock:
            order = self._orders.get(key)
            if order is not None:
                self._orders.move_to_end(key)
                return order
        order = _walked(git, head, without)
        with self._lock:
            self._orders[key] = order
            while len(self._orders) > self._kept:
                self._orders.popitem(last=False)
        return order


def _walked(git: pygit2.Repository, head: str, without: str) -> bytes:
    """Return the packed ids, from libgit2 for a part of the history and from git for all of it.

    A part costs libgit2 a tenth of what starting git costs; all of a long one costs it thrice
    what git needs, with every other thread waiting.
    """
    if not without:
        printed = run_git("rev-list", "--date-order", head, folder=Path(git.path))
        return bytes.fromhex(printed.decode().replace("\n", ""))
    walker = git.walk(pygit2.Oid(hex=head), NEWEST_FIRST)
    walker.hide(pygit2.Oid(hex=without))
    return b"".join(commit.id.raw for commit in walker)


def _unpack(packed: bytes) -> Iterator[pygit2.Oid]:
    starts = range(0, len(packed), _ID_BYTES)
    return (pygit2.Oid(raw=packed[at : at + _ID_BYTES]) for at in starts)
