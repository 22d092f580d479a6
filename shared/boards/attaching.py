"""Attach work items to the commits, branches and pull requests that they name.

What a work item tells of an item is kept beside what the item says itself, so either may come
first, and be read again at any time.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from shared import origins
from shared.errors import ForbiddenError, MalformedAnswerError, MissingError
from shared.index.supplements import Supplement, put_supplements
from shared.index.targets import targets_of
from shared.index.writing import IndexWriter
from shared.issue_keys import attached_work_item

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from shared.configuration import Integration
    from shared.interfaces.git_host import GitHost
    from shared.model import Origin, RepositoryId, WorkItem
    from shared.services import Services

_Told = dict["RepositoryId", dict["Origin", list[Supplement]]]


class Attacher:
    """Takes what work items were and are attached to, and stores it repository by repository."""

    def __init__(self, services: Services, integration: Integration) -> None:
        self._services = services
        self._integration = integration
        self._told: _Told = {}
        self.detached: dict[RepositoryId, set[int]] = {}
        """Pull requests that a work item was attached to, and is not any more."""

    def take(self, number: int, *, before: WorkItem | None, now: WorkItem | None) -> None:
        """Take one work item; None where it was not known, or is not there any more."""
        origin = origins.of_work_item(number)
        for one in before.attached if before else ():
            self._told.setdefault(one.repository, {}).setdefault(origin, [])
            if one.kind == "pull_request" and (now is None or one not in now.attached):
                self.detached.setdefault(one.repository, set()).add(int(one.id))
        candidate = attached_work_item(number)
        for one in now.attached if now else ():
            told = self._told.setdefault(one.repository, {}).setdefault(origin, [])
            told.append(Supplement(one.kind, one.id, (candidate,)))

    def store(self, *, only: Collection[RepositoryId] | None = None) -> set[int]:
        """Store what was taken, of all repositories that are known or *only* of some.

        What is the same as before is not written again. Returned are the work items that are
        attached to something nobody knows.
        """
        chosen = self._told.keys() if only is None else self._told.keys() & set(only)
        unknown: set[int] = set()
        for repository in sorted(chosen):
            found = self._services.repositories.get(self._integration.id, repository)
            if found is None:
                continue
            left = put_supplements(
                self._services,
                self._integration,
                found.value.repository,
                self._told[repository],
            )
            unknown.update(candidate.number for s in left for candidate in s.candidates)
        self._told = {}
        return unknown


def read_again(
    services: Services,
    integration: Integration,
    host: GitHost,
    detached: Mapping[RepositoryId, Collection[int]],
) -> None:
    """Read pull requests again that a work item was taken from: they tell of it themselves."""
    for repository, numbers in sorted(detached.items()):
        found = services.repositories.get(integration.id, repository)
        if found is None or not found.value.is_live or not integration.index.pull_requests:
            continue
        targets = targets_of(services, integration, found.value.repository)
        known = {
            i for t in targets for i in t.links.stored(repository, "pull_request", _ids(numbers))
        }
        writer = IndexWriter(targets, services.storage.changes)
        for number in sorted(map(int, known)):
            with suppress(MissingError, ForbiddenError, MalformedAnswerError):
                writer.put_pull_requests([host.pull_request(repository, number)])
        writer.flush(services.clock)


def _ids(numbers: Collection[int]) -> list[str]:
    return [str(number) for number in numbers]
