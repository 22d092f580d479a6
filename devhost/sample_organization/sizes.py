"""How big repositories are: the bytes of their objects on disk."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .journal import Journal
    from .model import Repository


class Sizes:
    """The sizes, measured again only after a push: nothing else changes what a repository holds."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._measured: dict[tuple[str, int], int] = {}

    def of(self, repository: Repository) -> int:
        """Return the size in bytes; 0 for an empty repository."""
        pushes = len(self._journal.of(repository.id))
        key = (str(repository.folder), pushes)
        if key not in self._measured:
            self._measured[key] = _bytes_in(repository.folder / "objects") if pushes else 0
        return self._measured[key]


def _bytes_in(folder: os.PathLike[str]) -> int:
    total = 0
    for entry in os.scandir(folder):
        # Who pushes meanwhile writes objects under names that they do not keep.
        with suppress(FileNotFoundError):
            total += _bytes_in(entry) if entry.is_dir() else entry.stat().st_size
    return total
