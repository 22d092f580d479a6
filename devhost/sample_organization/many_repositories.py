"""Make thousands of repositories that are alike, for an organization as wide as some are.

They share one folder until somebody writes to one of them, which then gets a copy of its own: so
many folders would take minutes to make, and most of them are only ever listed.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import msgspec

from .model import HEADS, ZERO, Push, RefUpdate, Repository
from .tree_writing import FileChange, signature_of, write_commit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .model import Person, Project
    from .organization import Organization

_PREFIX = "wide-"


def pattern_of(organization: Organization, *, by: Person) -> Repository:
    """Return what the alike ones are made of: a branch of one commit; no organization holds it."""
    folder = organization.folder / "pattern.git"
    pattern = Repository(
        id=organization.new_id("pattern"),
        name="pattern",
        project_id="",
        folder=folder,
        created_at=organization.clock.now(),
        default_branch=f"{HEADS}main",
    )
    if not folder.exists():
        organization.git.create(folder)
        git = organization.git.open(pattern)
        who = signature_of(by, organization.clock.now())
        begin = [FileChange("README.md", b"All of them begin like this.\n")]
        sha = write_commit(git, [], begin, message="PAY-1 Begin", author=who)
        git.references.create(f"{HEADS}main", sha)
    return pattern


def add_alike(
    organization: Organization,
    pattern: Repository,
    projects: Sequence[Project],
    count: int,
    *,
    by: Person,
) -> Iterator[Repository]:
    """Yield *count* new repositories with the branches of *pattern*, over *projects* in turn.

    Nobody is told of them: they were there before anybody asked for events. They are called
    `wide-0000`, `wide-0001`, …
    """
    with organization.lock:
        refs = organization.git.refs(pattern)
        updates = tuple(RefUpdate(name, ZERO, sha) for name, sha in refs.items())
        known = sum(one.name.startswith(_PREFIX) for one in organization.repositories.values())
        for number in range(known, known + count):
            project = projects[number % len(projects)]
            name = f"{_PREFIX}{number:04}"
            made = Repository(
                id=organization.new_id("repository", project.id, name, 0),
                name=name,
                project_id=project.id,
                folder=pattern.folder,
                created_at=organization.clock.now(),
                default_branch=pattern.default_branch,
                is_shared=True,
            )
            organization.repositories[made.id] = made
            now = organization.clock.now()
            number = organization.journal.next_number()  # noqa: PLW2901 — of the push
            organization.journal.add(Push(number, made.id, by, now, updates))
            yield made


def with_own_folder(organization: Organization, repository: Repository) -> Repository:
    """Return a repository as it can be written to: with a folder that it shares with no other."""
    with organization.lock:
        known = organization.repositories.get(repository.id, repository)
        if not known.is_shared:
            return repository if not repository.is_shared else known
        folder = organization.folder / f"{known.id}.git"
        shutil.copytree(known.folder, folder)
        own = msgspec.structs.replace(known, folder=folder, is_shared=False)
        organization.repositories[own.id] = own
        return own
