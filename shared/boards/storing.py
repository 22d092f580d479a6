"""The work items that are kept, and what they are attached to: put, attached again, forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.boards.attaching import Attacher
from shared.boards.wishes import group_of
from shared.model import RepositoryId
from shared.progress import StoredWorkItem

if TYPE_CHECKING:
    from collections.abc import Collection

    from shared.configuration import Integration
    from shared.services import Services

_FEW: Final = 20
"""Up to so many are read one by one, for more all of the organization."""


class Put(Struct, frozen=True):
    """What putting work items did."""

    has_changed: bool
    unknown: set[int]
    """Those that are attached to something nobody knows."""
    detached: dict[RepositoryId, set[int]]
    """Pull requests that one was taken from."""


class StoredWorkItems:
    """What is kept of an organization's work items."""

    def __init__(self, services: Services, integration: Integration, organization: str) -> None:
        self._services = services
        self._integration = integration
        self._group = group_of(integration.id, organization)

    def numbers(self) -> set[int]:
        """Return the work items that are known, less those that are gone."""
        records = self._services.work_items.list(self._group)
        return {int(r.key) for r in records if r.value.item is not None}

    def known(self, numbers: Collection[int]) -> dict[int, StoredWorkItem]:
        """Return what is kept of those of *numbers* that are known."""
        records = self._services.work_items
        if len(numbers) <= _FEW:
            found = (records.get(self._group, str(number)) for number in numbers)
            return {int(r.key): r.value for r in found if r is not None}
        wanted = set(numbers)
        return {int(r.key): r.value for r in records.list(self._group) if int(r.key) in wanted}

    def put(self, read: dict[int, StoredWorkItem], *, named: Collection[int]) -> Put:
        """Keep work items as they were read, those that nothing in git has to do with aside.

        What they are attached to is stored before they are: stopping between the two does it
        again.
        """
        known = self.known(read)
        changed: dict[str, StoredWorkItem] = {}
        attacher = Attacher(self._services, self._integration)
        for number, stored in read.items():
            before = known.get(number, StoredWorkItem(None)).item
            is_attached = stored.item is not None and bool(stored.item.attached)
            if number not in known and not is_attached and number not in named:
                continue
            attacher.take(number, before=before, now=stored.item)
            if known.get(number) != stored:
                changed[str(number)] = stored
        unknown = attacher.store()
        self._services.work_items.put_all(self._group, changed)
        return Put(bool(changed), unknown, attacher.detached)

    def attach_to(self, repositories: Collection[RepositoryId]) -> None:
        """Attach all known work items to what there is of some repositories now."""
        attacher = Attacher(self._services, self._integration)
        for record in self._services.work_items.list(self._group):
            attacher.take(int(record.key), before=None, now=record.value.item)
        attacher.store(only=repositories)

    def attach_again(self, numbers: Collection[int]) -> set[int]:
        """Attach some known work items again; return those with something still unknown."""
        attacher = Attacher(self._services, self._integration)
        for number, stored in self.known(numbers).items():
            attacher.take(number, before=None, now=stored.item)
        return attacher.store()

    def forget(self, numbers: Collection[int]) -> dict[RepositoryId, set[int]]:
        """Take back what work items told, and forget them; can be stopped and done again.

        Returned are the pull requests that they were taken from.
        """
        attacher = Attacher(self._services, self._integration)
        for number, stored in self.known(numbers).items():
            attacher.take(number, before=stored.item, now=None)
        attacher.store()
        for number in numbers:
            self._services.work_items.delete(self._group, str(number))
        return attacher.detached

    def forget_all(self) -> None:
        """Forget every work item, those that are gone as well; likewise."""
        records = self._services.work_items.list(self._group)
        self.forget([int(record.key) for record in records])
