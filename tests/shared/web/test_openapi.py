from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from jsonschema import Draft202012Validator
from msgspec import Struct

import function_app
from devhost.functions import HttpTrigger, index
from shared.web.openapi import describe
from shared.web.routes import PAGED, Route, registered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.web.calls import Call
    from tests.shared.web.in_memory import Installation


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked."""

    text: str


class Reply(Struct, frozen=True):
    """What is answered."""

    text: str
    question: Question | None = None


def handle(call: Call) -> object:
    del call
    return None


@pytest.fixture(scope="module")
def description() -> Any:
    """Return the description of the whole app, as it is sent."""
    return json.loads(json.dumps(describe(registered())))


def operations(description: Any) -> Iterator[tuple[str, str, Any]]:
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if "$ref" in value:
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_function_that_answers_programs_is_described_and_nothing_else(
    description: Any,
) -> None:
    functions = {
        (method, f"/{function.trigger.route}", function.name)
        for function in index(function_app.app)
        if isinstance(function.trigger, HttpTrigger)
        # What answers browsers is read by people.
        and not function.trigger.route.startswith(("console", "oauth"))
        for method in function.trigger.methods or ()
    }

    described = {(m, path, o["operationId"]) for m, path, o in operations(description)}

    assert described == functions


def test_description_is_openapi_3_1(description: Any) -> None:
    assert description["openapi"] == "3.1.0"
    assert description["servers"] == [{"url": "/api"}]

    schemathesis.openapi.from_dict(description).validate()


def test_every_schema_is_one_and_every_reference_leads_to_one(description: Any) -> None:
    schemas = description["components"]["schemas"]

    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert {f"#/components/schemas/{name}" for name in schemas} >= set(references(description))


def test_names_of_operations_are_their_own(description: Any) -> None:
    names = [operation["operationId"] for _, _, operation in operations(description)]

    assert len(names) == len(set(names))


def test_every_operation_is_summarised_and_may_answer_with_a_problem(description: Any) -> None:
    for _, path, operation in operations(description):
        assert operation["summary"], path
        problem = operation["responses"]["default"].get("content", {})
        assert problem.keys() == {"application/problem+json"} or path == "/webhooks/{webhook_id}"


def test_refused_delivery_is_described_without_a_body(description: Any) -> None:
    operation = description["paths"]["/webhooks/{webhook_id}"]["post"]

    assert "content" not in operation["responses"]["default"]


def test_every_part_of_a_path_is_described(description: Any) -> None:
    for _, path, operation in operations(description):
        parts = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
        assert {f"{{{name}}}" for name in parts} == {s for s in path.split("/") if "{" in s}
        assert all(p["required"] for p in operation["parameters"] if p["in"] == "path")


def test_operations_that_need_a_token_say_so_with_the_scope(description: Any) -> None:
    open_to_anybody = {p for _, p, o in operations(description) if o["security"] == []}

    assert open_to_anybody == {"/health", "/openapi.json", "/webhooks/{webhook_id}"}
    for _, path, operation in operations(description):
        if path not in open_to_anybody:
            assert operation["security"] == [{"token": []}, {"session": []}]
            assert operation["x-scope"] in {"links:read", "code:read", "code:write", "admin"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/trackers"),
        ("PATCH", "/trackers/{tracker_id}"),
        ("POST", "/integrations"),
        ("PATCH", "/integrations/{integration_id}"),
        ("POST", "/integrations/{integration_id}/reindex"),
        ("POST", "/tokens"),
        ("POST", "/links/query"),
        ("POST", "/links/summary"),
    ],
)
def test_body_that_an_operation_reads_is_described(
    description: Any, method: str, path: str
) -> None:
    body = description["paths"][path][method.lower()]["requestBody"]

    assert all("schema" in content for content in body["content"].values())


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/links/{issue_key}", {"kinds", "limit", "cursor"}),
        ("/links", {"issues", "limit_per_issue"}),
        ("/links/changes", {"since", "limit"}),
        ("/trackers", {"limit", "cursor"}),
        ("/tokens", {"limit", "cursor"}),
        ("/integrations/{integration_id}/repositories", {"state", "search", "limit", "cursor"}),
    ],
)
def test_query_of_a_list_is_described(description: Any, path: str, names: set[str]) -> None:
    parameters = description["paths"][path]["get"]["parameters"]

    assert {p["name"] for p in parameters if p["in"] == "query"} == names


def test_description_is_made_of_the_types_that_are_taken_and_answered() -> None:
    route = Route(
        "POST",
        "things/{thing_id}",
        handle,
        "links:read",
        "Does a thing.",
        answer=Reply,
        body=Question,
        status=201,
        query=PAGED,
    )

    found = describe([route])

    operation = found["paths"]["/things/{thing_id}"]["post"]
    schema = {"$ref": "#/components/schemas/Question"}
    assert operation["requestBody"]["content"] == {"application/json": {"schema": schema}}
    assert operation["requestBody"]["required"]
    answer = operation["responses"]["201"]["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/Reply"}
    assert found["components"]["schemas"]["Question"]["additionalProperties"] is False
    assert [p["name"] for p in operation["parameters"]] == ["thing_id", "limit", "cursor"]


def test_answer_without_a_value_has_no_content() -> None:
    found = describe([Route("DELETE", "things", handle, "admin", "Deletes.", status=204)])

    assert found["paths"]["/things"]["delete"]["responses"]["204"] == {"description": "Deletes."}


def test_description_is_served_to_anybody(installation: Installation, description: Any) -> None:
    answered = installation.call("GET", "openapi.json", token="")

    assert answered.status == 200
    assert answered.json == description
