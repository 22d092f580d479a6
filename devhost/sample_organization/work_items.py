"""Answer for Azure Boards work items, as far as a link's other end is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from . import moments
from .exchange import Answer, Json, Request, collection, json_answer
from .refusals import bad_argument, no_such_work_item
from .shapes import identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import PullRequest, WorkItem
    from .organization import Organization

_MOST = 200


class _Batch(msgspec.Struct, rename="camel"):
    ids: list[int]
    fields: list[str] = []
    error_policy: Literal["fail", "omit", "Fail", "Omit"] = "fail"


class _ArtifactQuery(msgspec.Struct, rename="camel"):
    artifact_uris: list[str]


def get_work_item(organization: Organization, request: Request) -> Answer:
    """GET wit/workitems/{id}; the number is the organization's, whatever project is given."""
    text = request.values["id"]
    if not text.isdecimal():
        raise bad_argument(f"{text!r} is not the number of a work item.")
    found = _visible(organization, int(text))
    if found is None:
        raise no_such_work_item(int(text))
    shape = _shape(organization, found, request.query.several("fields"))
    shape["_links"] = _links(organization, found)
    return json_answer(shape)


def list_work_items(organization: Organization, request: Request) -> Answer:
    """GET wit/workitems?ids=: one that is missing fails all, unless it is to be omitted."""
    texts = request.query.several("ids")
    if not texts or not all(text.strip().isdecimal() for text in texts):
        raise bad_argument("ids must be numbers.")
    omit = (request.query.text("errorPolicy") or "fail").lower() == "omit"
    fields = request.query.several("fields")
    return _several(organization, [int(text) for text in texts], fields, omits=omit)


def batch_work_items(organization: Organization, request: Request) -> Answer:
    """POST wit/workitemsbatch: the same by body."""
    body = request.read(_Batch)
    omit = body.error_policy.lower() == "omit"
    return _several(organization, body.ids, body.fields, omits=omit)


def query_artifacts(organization: Organization, request: Request) -> Answer:
    """POST wit/artifacturiquery: the work items that pull requests are linked to."""
    found: Json = {}
    for uri in request.read(_ArtifactQuery).artifact_uris:
        numbers = [
            number
            for one in organization.pull_requests.values()
            if _artifact(organization, one).lower() == uri.lower()
            for number in one.work_items
        ]
        found[uri] = [{"id": n, "url": organization.addresses.work_item(n)} for n in numbers]
    return json_answer({"artifactUrisQueryResult": found})


def _artifact(organization: Organization, one: PullRequest) -> str:
    project_id = organization.repositories[one.repository_id].project_id
    return f"vstfs:///Git/PullRequestId/{project_id}%2F{one.repository_id}%2F{one.id}"


def _several(
    organization: Organization, numbers: Sequence[int], fields: Sequence[str], *, omits: bool
) -> Answer:
    if len(numbers) > _MOST:
        raise bad_argument(f"VS403474: No more than {_MOST} work items are given at once.")
    shapes: list[Json | None] = []
    for number in numbers:
        found = _visible(organization, number)
        if found is None and not omits:
            raise no_such_work_item(number)
        # Omitted ones keep their place, as null.
        shapes.append(None if found is None else _shape(organization, found, fields))
    return collection(shapes)


def _visible(organization: Organization, number: int) -> WorkItem | None:
    found = organization.work_items.get(number)
    if found is None or found.project_id in organization.behaviour.denied:
        return None
    return found


def _shape(organization: Organization, one: WorkItem, wanted: Sequence[str]) -> Json:
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
    if wanted:
        names = {name.lower() for name in wanted}
        fields = {name: value for name, value in fields.items() if name.lower() in names}
    return {
        "id": one.id,
        "rev": 1,
        "fields": fields,
        "url": organization.addresses.work_item(one.id),
    }


def _links(organization: Organization, one: WorkItem) -> Json:
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
