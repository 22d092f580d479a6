"""Work items as the API writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import moments
from .shapes import identity
from .work_item_links import relations_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from .exchange import Json
    from .model import Relation, WorkItem
    from .organization import Organization

_PARENT = "System.LinkTypes.Hierarchy-Reverse"


def work_item(
    organization: Organization, one: WorkItem, *, wanted: Sequence[str] = (), expands: bool = False
) -> Json:
    """Return a work item: all fields or those *wanted*; with its relations where it *expands*."""
    fields = fields_of(organization, one)
    if wanted:
        names = {name.lower() for name in wanted}
        fields = {name: value for name, value in fields.items() if name.lower() in names}
    shape: Json = {"id": one.id, "rev": one.revision, "fields": fields}
    relations = relation_shapes(relations_of(organization, one))
    if one.parent is not None:
        parent = organization.addresses.work_item(one.parent)
        attributes = {"isLocked": False, "name": "Parent"}
        relations.append({"rel": _PARENT, "url": parent, "attributes": attributes})
    # Whoever has none has no such property at all.
    if expands and relations:
        shape["relations"] = relations
    shape["url"] = organization.addresses.work_item(one.id)
    return shape


def fields_of(organization: Organization, one: WorkItem) -> Json:
    """Return all fields of a work item."""
    project = organization.projects[one.project_id]
    fields: Json = {
        "System.AreaPath": project.name,
        "System.TeamProject": project.name,
        "System.IterationPath": one.iteration,
        "System.WorkItemType": one.kind,
        "System.State": one.state,
        "System.Reason": "New",
        "System.CreatedDate": moments.written(one.changed_at),
        "System.CreatedBy": identity(organization, one.created_by),
        "System.ChangedDate": moments.written(one.changed_at),
        "System.ChangedBy": identity(organization, one.created_by),
        "System.Title": one.title,
    }
    if one.parent is not None:
        fields["System.Parent"] = one.parent
    return fields


def relation_shapes(relations: Iterable[Relation]) -> list[Json]:
    """Return links to things in git."""
    return [
        {
            "rel": "ArtifactLink",
            "url": one.url,
            "attributes": {"authorizedDate": moments.written(one.at), "name": one.name},
        }
        for one in relations
    ]


def links(organization: Organization, one: WorkItem) -> Json:
    """Return the `_links` of a single work item."""
    own = organization.addresses.work_item(one.id)
    root = organization.addresses.root
    hrefs = {
        "self": own,
        "workItemUpdates": f"{own}/updates",
        "workItemRevisions": f"{own}/revisions",
        "html": f"{root}/{one.project_id}/_workitems/edit/{one.id}",
        "fields": f"{root}/_apis/wit/fields",
    }
    return {name: {"href": href} for name, href in hrefs.items()}
