"""What repositories are called where several are shown together, and how they are found."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.model import Repository, RepositoryId


def names_of(repositories: Iterable[Repository]) -> dict[RepositoryId, str]:
    """Return each one's name; where another is called the same, `organization/project/name`.

    Git hosts take names that differ in case only for the same.
    """
    listed = list(repositories)
    times = Counter(repository.name.casefold() for repository in listed)
    return {
        repository.id: repository.name
        if times[repository.name.casefold()] == 1
        else f"{repository.organization}/{repository.project}/{repository.name}"
        for repository in listed
    }


def is_found(repository: Repository, search: str) -> bool:
    """Tell whether a repository's name holds *search*, in any case.

    What holds a `/` is looked for in `organization/project/name`.
    """
    name = repository.name
    if "/" in search:
        name = f"{repository.organization}/{repository.project}/{name}"
    return search.casefold() in name.casefold()
