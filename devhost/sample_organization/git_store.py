"""Open bare repositories, and find the commit that a branch, a tag or an id stands for.

libgit2's handles are not to be shared between threads, so every thread keeps its own.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pygit2

from .git_command import run_git
from .model import HEADS, TAGS
from .refusals import no_branches, no_such_object, no_such_version
from .versions import Version

if TYPE_CHECKING:
    from pathlib import Path

    from .model import Repository

_SHA_LENGTH = 40
_PULLS = "refs/pull/"
_SHOWN = (HEADS, TAGS, _PULLS, "refs/notes/")
"""What is listed and journalled as a ref; the rest is the store's own."""


class _Handles(threading.local):
    """What one thread has open: every thread finds its own, empty at first."""

    def __init__(self) -> None:
        self.opened: dict[tuple[str, int], pygit2.Repository] = {}


class GitStore:
    """Handles of repositories, one for each thread."""

    def __init__(self) -> None:
        self._handles = _Handles()
        self._generation: dict[str, int] = {}

    def create(self, folder: Path) -> None:
        """Make an empty bare repository."""
        pygit2.init_repository(str(folder), bare=True, initial_head="main")

    def open(self, repository: Repository) -> pygit2.Repository:
        """Return this thread's handle."""
        key = (str(repository.folder), self._generation.get(repository.id, 0))
        handle = self._handles.opened.get(key)
        if handle is None:
            handle = self._handles.opened[key] = pygit2.Repository(str(repository.folder))
        return handle

    def prune(self, repository: Repository) -> None:
        """Throw away what no ref reaches, as the service does some time after a force push."""
        run_git("reflog", "expire", "--expire=now", "--all", folder=repository.folder)
        run_git("gc", "--quiet", "--prune=now", folder=repository.folder)
        self._generation[repository.id] = self._generation.get(repository.id, 0) + 1

    def refs(self, repository: Repository) -> dict[str, str]:
        """Return every ref that callers may see → its object id, by name."""
        git = self.open(repository)
        found = {ref.name: str(ref.target) for ref in git.references.iterator()}
        return {name: found[name] for name in sorted(found) if name.startswith(_SHOWN)}

    def branches(self, repository: Repository) -> dict[str, str]:
        """Return the full name of each branch → its head."""
        return {n: sha for n, sha in self.refs(repository).items() if n.startswith(HEADS)}

    def head(self, repository: Repository, ref: str) -> str | None:
        """Return the object id that *ref* points at, None if there is no such ref."""
        found = self.open(repository).references.get(ref)
        return None if found is None else str(found.target)

    def commit(self, repository: Repository, sha: str) -> pygit2.Commit:
        """Return the commit of that full id; refused if there is none."""
        if len(sha) == _SHA_LENGTH:
            try:
                found = self.open(repository).get(sha)
            except ValueError:
                found = None
            if isinstance(found, pygit2.Commit):
                return found
        raise no_such_object(sha)

    def resolve(self, repository: Repository, version: Version | None) -> pygit2.Commit:
        """Return the commit that *version* stands for, the default branch's head for None."""
        if version is None or not version.version:
            if not self.branches(repository):
                raise no_branches(repository.name)
            default = repository.default_branch or HEADS
            version = Version(default.removeprefix(HEADS))
        found = self._find(repository, version)
        if found is None:
            raise no_such_version(version.version_type, version.version, repository.name)
        return found

    def _find(self, repository: Repository, version: Version) -> pygit2.Commit | None:
        git = self.open(repository)
        try:
            if version.version_type == "commit":
                found = git.get(version.version) if len(version.version) == _SHA_LENGTH else None
                return found.peel(pygit2.Commit) if found is not None else None
            prefix = HEADS if version.version_type == "branch" else TAGS
            ref = git.references.get(prefix + version.version.removeprefix(prefix))
            return None if ref is None else ref.peel(pygit2.Commit)
        except (ValueError, pygit2.GitError):
            # A name that git does not allow, or an object that is no commit.
            return None
