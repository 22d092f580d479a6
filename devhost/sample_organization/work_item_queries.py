"""Answer WIQL: flat queries over the few fields that a caller narrows by, and-ed together.

https://learn.microsoft.com/azure/devops/boards/queries/wiql-syntax
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from . import moments
from .exchange import Answer, Json, Request, json_answer
from .refusals import bad_query, too_many_work_items
from .work_item_links import relations_of
from .work_items import visible

if TYPE_CHECKING:
    from datetime import datetime

    from .model import WorkItem
    from .organization import Organization

_Value: TypeAlias = "int | str | datetime"

_QUERY: Final = re.compile(
    r"\s*select\s+\[system\.id\]\s+from\s+workitems"
    r"(?:\s+where\s+(?P<where>.+?))?"
    r"(?:\s+order\s+by\s+\[system\.id\](?:\s+(?P<order>asc|desc))?)?\s*\Z",
    re.IGNORECASE | re.DOTALL,
)
_CLAUSE: Final = re.compile(
    r"\s*\[(?P<field>[\w.]+)\]\s*(?P<operator>>=|<=|<>|=|>|<)\s*"
    r"(?:'(?P<text>(?:[^']|'')*)'|(?P<number>\d+)|(?P<macro>@project))\s*\Z",
    re.IGNORECASE,
)
_OPERATORS: Final[dict[str, Callable[[_Value, _Value], bool]]] = {
    "=": operator.eq,
    "<>": operator.ne,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_COLUMNS: Final = {"referenceName": "System.Id", "name": "ID"}


class _Wiql(msgspec.Struct):
    query: str


class _Clause(msgspec.Struct):
    """One comparison."""

    field: str
    compare: Callable[[_Value, _Value], bool]
    value: _Value


def query_by_wiql(organization: Organization, request: Request) -> Answer:
    """POST wit/wiql: ids alone, whatever is selected; the path's project is only `@project`."""
    query = _QUERY.match(request.read(_Wiql).query)
    if query is None:
        raise bad_query("TF51006: The query statement is not one that is understood here.")
    precise = request.query.flag("timePrecision")
    where = query["where"]
    project = organization.project_of(request)
    name = project.name if project else ""
    clauses = [
        _clause(text, project=name, precise=precise)
        for text in (re.split(r"\s+and\s+", where, flags=re.IGNORECASE) if where else ())
    ]
    seen = (visible(organization, number) for number in sorted(organization.work_items))
    found = [one.id for one in seen if one and _fits(organization, one, clauses)]
    if (query["order"] or "").lower() == "desc":
        found.reverse()
    most = organization.behaviour.most_query_results
    top = request.query.number("$top", default=0)
    if len(found) > most and not (0 < top <= most and organization.behaviour.top_cuts_queries):
        raise too_many_work_items(most)
    return json_answer(_result(organization, found[:top] if top else found))


def _clause(text: str, *, project: str, precise: bool) -> _Clause:
    found = _CLAUSE.match(text)
    if found is None:
        raise bad_query(f"TF51005: The query references what is not understood here: {text!r}.")
    field = found["field"].lower()
    value: _Value
    if found["macro"]:
        value = project.casefold()
    elif found["number"] is not None:
        value = int(found["number"])
    elif field == "system.changeddate":
        value = _moment(found["text"], precise=precise)
    else:
        value = found["text"].replace("''", "'").casefold()
    return _Clause(field, _OPERATORS[found["operator"]], value)


def _moment(text: str, *, precise: bool) -> datetime:
    if not precise and "T" in text:
        raise bad_query(
            "You cannot supply a time with the date when running a query using date precision."
        )
    try:
        return moments.read(text)
    except ValueError:
        raise bad_query(f"TF51589: {text!r} is not a date.") from None


def _fits(organization: Organization, one: WorkItem, clauses: list[_Clause]) -> bool:
    values: dict[str, _Value] = {
        "system.id": one.id,
        "system.changeddate": one.changed_at,
        "system.externallinkcount": len(relations_of(organization, one)),
        "system.teamproject": organization.projects[one.project_id].name.casefold(),
    }
    try:
        return all(clause.compare(values[clause.field], clause.value) for clause in clauses)
    except (KeyError, TypeError):
        raise bad_query("TF51005: The query references a field that does not exist.") from None


def _result(organization: Organization, found: list[int]) -> Json:
    address = organization.addresses
    column = {**_COLUMNS, "url": f"{address.root}/_apis/wit/fields/System.Id"}
    return {
        "queryType": "flat",
        "queryResultType": "workItem",
        "asOf": moments.written(organization.clock.now()),
        "columns": [column],
        "sortColumns": [{"field": column, "descending": False}],
        "workItems": [{"id": number, "url": address.work_item(number)} for number in found],
    }
