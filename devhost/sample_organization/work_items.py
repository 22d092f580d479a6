"""Answer for Azure Boards work items, as far as a link's other end is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

import msgspec

from .exchange import Answer, Json, Request, collection, json_answer
from .refusals import bad_argument, no_such_work_item
from .work_item_links import numbers_by_artifact
from .work_item_shapes import links, work_item

if TYPE_CHECKING:
    from .model import WorkItem
    from .organization import Organization

_MOST = 200
_EXPANDED: Final = {"none": False, "fields": False, "links": False, "relations": True, "all": True}


class _Batch(msgspec.Struct, rename="camel"):
    ids: list[int]
    fields: list[str] = []
    error_policy: Literal["fail", "omit", "Fail", "Omit"] = "fail"
    expand: str = msgspec.field(default="none", name="$expand")


class _ArtifactQuery(msgspec.Struct, rename="camel"):
    artifact_uris: list[str]


class _Wanted(msgspec.Struct):
    """Which work items, and how much of each."""

    numbers: Sequence[int]
    fields: Sequence[str]
    omits: bool
    expand: str


def get_work_item(organization: Organization, request: Request) -> Answer:
    """GET wit/workitems/{id}; the number is the organization's, whatever project is given."""
    text = request.values["id"]
    if not text.isdecimal():
        raise bad_argument(f"{text!r} is not the number of a work item.")
    found = visible(organization, int(text))
    if found is None:
        raise no_such_work_item(int(text))
    fields = request.query.several("fields")
    expands = _expands(request.query.text("$expand") or "none", fields)
    shape = work_item(organization, found, wanted=fields, expands=expands)
    shape["_links"] = links(organization, found)
    return json_answer(shape)


def list_work_items(organization: Organization, request: Request) -> Answer:
    """GET wit/workitems?ids=: one that is missing fails all, unless it is to be omitted."""
    query = request.query
    texts = query.several("ids")
    if not texts or not all(text.strip().isdecimal() for text in texts):
        raise bad_argument("ids must be numbers.")
    omits = (query.text("errorPolicy") or "fail").lower() == "omit"
    numbers = [int(text) for text in texts]
    expand = query.text("$expand") or "none"
    return _several(organization, _Wanted(numbers, query.several("fields"), omits, expand))


def batch_work_items(organization: Organization, request: Request) -> Answer:
    """POST wit/workitemsbatch: the same by body."""
    body = request.read(_Batch)
    omits = body.error_policy.lower() == "omit"
    return _several(organization, _Wanted(body.ids, body.fields, omits, body.expand))


def query_artifacts(organization: Organization, request: Request) -> Answer:
    """POST wit/artifacturiquery: the work items that things in git are linked to."""
    numbers = numbers_by_artifact(organization)
    found: Json = {}
    for uri in request.read(_ArtifactQuery).artifact_uris:
        found[uri] = [
            {"id": number, "url": organization.addresses.work_item(number)}
            for number in numbers.get(uri.lower(), ())
        ]
    return json_answer({"artifactUrisQueryResult": found})


def visible(organization: Organization, number: int) -> WorkItem | None:
    """Return a work item that callers may see; those in the recycle bin look missing."""
    found = organization.work_items.get(number)
    if found is None or found.deleted_at is not None:
        return None
    return None if found.project_id in organization.behaviour.denied else found


def _several(organization: Organization, wanted: _Wanted) -> Answer:
    if len(wanted.numbers) > _MOST:
        raise bad_argument(f"VS403474: No more than {_MOST} work items are given at once.")
    expands = _expands(wanted.expand, wanted.fields)
    omits = wanted.omits and organization.behaviour.omits_missing_work_items
    shapes: list[Json | None] = []
    for number in wanted.numbers:
        found = visible(organization, number)
        if found is None and not omits:
            raise no_such_work_item(number)
        # Omitted ones keep their place, as null.
        shapes.append(
            None
            if found is None
            else work_item(organization, found, wanted=wanted.fields, expands=expands)
        )
    return collection(shapes)


def _expands(expand: str, fields: Sequence[str]) -> bool:
    """Return whether relations are wanted; refused together with a choice of fields."""
    if expand.lower() not in _EXPANDED:
        raise bad_argument(f"The value {expand!r} is not valid for the parameter $expand.")
    if fields and expand.lower() != "none":
        raise bad_argument("The expand parameter can not be used with the fields parameter.")
    return _EXPANDED[expand.lower()]
