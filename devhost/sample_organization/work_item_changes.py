"""Change work items, and tell of it: edit, link, delete, restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .hooks import work_item_events
from .hooks.raising import raise_event

if TYPE_CHECKING:
    from .model import Person, Relation, WorkItem
    from .organization import Organization


def create(organization: Organization, item: WorkItem, *, by: Person) -> WorkItem:
    """Keep a new work item."""
    organization.work_items[item.id] = item
    raise_event(organization, work_item_events.created(organization, item, by=by))
    return item


def change(organization: Organization, changed: WorkItem, *, by: Person) -> WorkItem:
    """Keep a changed work item as its next revision."""
    before = organization.work_items[changed.id]
    kept = msgspec.structs.replace(
        changed, revision=before.revision + 1, changed_at=organization.clock.now()
    )
    organization.work_items[kept.id] = kept
    event = work_item_events.updated(organization, kept, before=before, by=by)
    raise_event(organization, event)
    return kept


def touch(organization: Organization, number: int, *, by: Person) -> None:
    """Note on a work item that something else was linked to it; one that is not there is none."""
    item = organization.work_items.get(number)
    if item is not None and item.deleted_at is None:
        change(organization, item, by=by)


def link(organization: Organization, item: WorkItem, relation: Relation, *, by: Person) -> None:
    """Link a work item to something in git, once."""
    if all(known.url.lower() != relation.url.lower() for known in item.relations):
        linked = msgspec.structs.replace(item, relations=(*item.relations, relation))
        change(organization, linked, by=by)


def unlink(organization: Organization, item: WorkItem, url: str, *, by: Person) -> None:
    """Take such a link away again."""
    left = tuple(known for known in item.relations if known.url.lower() != url.lower())
    change(organization, msgspec.structs.replace(item, relations=left), by=by)


def delete(organization: Organization, item: WorkItem, *, by: Person) -> None:
    """Put a work item into the recycle bin."""
    gone = msgspec.structs.replace(
        item, revision=item.revision + 1, deleted_at=organization.clock.now()
    )
    organization.work_items[item.id] = gone
    raise_event(organization, work_item_events.deleted(organization, gone, by=by))


def restore(organization: Organization, item: WorkItem, *, by: Person) -> None:
    """Take a work item out of the recycle bin."""
    back = msgspec.structs.replace(
        item,
        revision=item.revision + 1,
        deleted_at=None,
        changed_at=organization.clock.now(),
    )
    organization.work_items[item.id] = back
    raise_event(organization, work_item_events.restored(organization, back, by=by))
