"""The events of work items: created, updated, deleted, restored.

https://learn.microsoft.com/azure/devops/service-hooks/events#work-item-created
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from devhost.sample_organization.shapes import identity
from devhost.sample_organization.work_item_shapes import fields_of, relation_shapes

from .events import Event, Words

if TYPE_CHECKING:
    from devhost.sample_organization.exchange import Json
    from devhost.sample_organization.model import Person, WorkItem
    from devhost.sample_organization.organization import Organization


def created(organization: Organization, item: WorkItem, *, by: Person) -> Event:
    """Return `workitem.created`."""
    return _event(organization, item, "created", _whole(organization, item), by=by)


def restored(organization: Organization, item: WorkItem, *, by: Person) -> Event:
    """Return `workitem.restored`."""
    return _event(organization, item, "restored", _whole(organization, item), by=by)


def deleted(organization: Organization, item: WorkItem, *, by: Person) -> Event:
    """Return `workitem.deleted`, whose address is the recycle bin's."""
    resource = _whole(organization, item)
    resource["url"] = f"{organization.addresses.root}/_apis/wit/recyclebin/{item.id}"
    return _event(organization, item, "deleted", resource, by=by)


def updated(organization: Organization, item: WorkItem, *, before: WorkItem, by: Person) -> Event:
    """Return `workitem.updated`, which tells what changed, and the whole as its revision."""
    old, new = fields_of(organization, before), fields_of(organization, item)
    url = organization.addresses.work_item(item.id)
    resource: Json = {
        "id": item.revision,
        "workItemId": item.id,
        "rev": item.revision,
        "revisedBy": identity(organization, by),
        "revisedDate": "9999-01-01T00:00:00Z",
        "fields": {
            name: {"oldValue": old.get(name), "newValue": value}
            for name, value in new.items()
            if old.get(name) != value
        },
        "url": f"{url}/updates/{item.revision}",
        "revision": {"id": item.id, "rev": item.revision, "fields": new, "url": url},
    }
    added = relation_shapes(r for r in item.relations if r not in before.relations)
    removed = relation_shapes(r for r in before.relations if r not in item.relations)
    if added or removed:
        resource["relations"] = {"added": added, "removed": removed}
    return _event(organization, item, "updated", resource, by=by)


def _whole(organization: Organization, item: WorkItem) -> Json:
    return {
        "id": item.id,
        "rev": item.revision,
        "fields": fields_of(organization, item),
        "url": organization.addresses.work_item(item.id),
    }


def _event(
    organization: Organization, item: WorkItem, what: str, resource: Json, *, by: Person
) -> Event:
    text = f"{item.kind} #{item.id} ({item.title}) {what} by {by.name}."
    words = Words(text, escape(text), text)
    return Event(
        id=organization.new_event_id(),
        type=f"workitem.{what}",
        at=organization.clock.now(),
        project_id=item.project_id,
        resource=resource,
        message=words,
        detailed_message=words,
        facts={"workItemType": frozenset({item.kind.lower()})},
    )
