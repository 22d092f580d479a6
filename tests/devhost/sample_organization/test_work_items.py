from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


@pytest.fixture(autouse=True)
def items(sample: SampleOrganization) -> None:
    for number in range(1, 4):
        sample.add_work_item("Shop", number, f"Item {number}", kind="Bug")


def test_item_is_read_with_or_without_its_project(api: Api) -> None:
    one = api.get("wit/workitems/2")

    assert one["fields"]["System.Title"] == "Item 2"
    assert api.get("wit/workitems/2", project="Shop") == one


def test_fields_are_narrowed(api: Api) -> None:
    one = api.get("wit/workitems/2", fields="System.State,System.Title")

    assert one["fields"] == {"System.State": "New", "System.Title": "Item 2"}


def test_one_missing_item_fails_all_unless_it_is_omitted(api: Api) -> None:
    refused = api.refused("GET", "wit/workitems", ids="1,99")
    by_query = api.get("wit/workitems", ids="1,99", errorPolicy="omit")["value"]
    by_body = api.post("wit/workitemsbatch", {"ids": [1, 99], "errorPolicy": "omit"})["value"]

    assert refused == (404, "WorkItemUnauthorizedAccessException")
    assert [item and item["id"] for item in by_query] == [1, None]
    assert by_body == by_query


def test_two_hundred_are_the_most(api: Api) -> None:
    body = {"ids": list(range(1, 202)), "errorPolicy": "omit"}

    assert api.refused("POST", "wit/workitemsbatch", body)[0] == 400
    assert api.refused("GET", "wit/workitems", ids="one")[0] == 400


def test_items_of_a_denied_project_look_missing(sample: SampleOrganization, api: Api) -> None:
    sample.deny(project="Shop")

    assert api.refused("GET", "wit/workitems/1")[0] == 404


def find(api: Api, where: str, **query: Any) -> list[int]:
    """Return the numbers that a query finds."""
    wiql = f"SELECT [System.Id] FROM WorkItems WHERE {where} ORDER BY [System.Id]"
    answer = api.post("wit/wiql", {"query": wiql}, **query)
    return [one["id"] for one in answer["workItems"]]


@pytest.mark.parametrize(
    ("where", "numbers"),
    [
        ("[System.Id] > 1", [2, 3]),
        ("[System.Id] >= 2 AND [System.Id] < 3", [2]),
        ("[system.id] <> 2", [1, 3]),
        ("[System.ExternalLinkCount] > 0", [2]),
        ("[System.TeamProject] = 'shop'", [1, 2, 3]),
        ("[System.TeamProject] = 'Bob''s'", []),
        ("[System.ChangedDate] >= '2026-11-21'", [1, 2, 3]),
    ],
)
def test_query_finds_what_fits(
    sample: SampleOrganization, api: Api, where: str, numbers: list[int]
) -> None:
    sample.attach_work_item(2, "web", branch="main")

    assert find(api, where) == numbers


def test_moment_is_compared_where_the_precision_is_asked_for(
    sample: SampleOrganization, api: Api
) -> None:
    sample.clock.advance(timedelta(seconds=5))
    sample.edit_work_item(2, state="Closed")
    now = f"{sample.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    body = {"query": f"SELECT [System.Id] FROM WorkItems WHERE [System.ChangedDate] >= '{now}'"}

    assert find(api, f"[System.ChangedDate] >= '{now}'", timePrecision="true") == [2]
    assert api.refused("POST", "wit/wiql", body) == (400, "QueryException")


@pytest.mark.parametrize(
    "query",
    ["", "SELECT * FROM WorkItems", "SELECT [System.Id] FROM WorkItems WHERE [Custom.Field] = 1"],
)
def test_query_that_is_not_understood_is_refused(api: Api, query: str) -> None:
    assert api.refused("POST", "wit/wiql", {"query": query})[0] == 400


def test_query_that_finds_too_many_is_refused(sample: SampleOrganization, api: Api) -> None:
    sample.behaviour.most_query_results = 2
    body = {"query": "SELECT [System.Id] FROM WorkItems"}

    answer = api.call("POST", "wit/wiql", body)

    assert answer.status_code == 400
    assert answer.json()["message"].startswith("VS402337")
    assert find(api, "[System.Id] > 0", top=2) == [1, 2]
    sample.behaviour.top_cuts_queries = False
    assert api.refused("POST", "wit/wiql", body, top=2)[0] == 400


def test_query_in_a_project_finds_those_of_others_too(sample: SampleOrganization, api: Api) -> None:
    sample.add_project("Bank")
    sample.add_work_item("Bank", 9, "Elsewhere")

    assert find(api, "[System.Id] > 0", project="Shop") == [1, 2, 3, 9]
    assert find(api, "[System.TeamProject] = @project", project="Bank") == [9]


def test_relations_are_told_when_they_are_asked_for(sample: SampleOrganization, api: Api) -> None:
    sample.push("web", "main", "First")
    sample.push("web", "topic", "Second")
    head = sample.head("web", "main")
    sample.attach_work_item(2, "web", commit=head)
    sample.attach_work_item(2, "web", branch="a/b")
    number = sample.open_pull_request("web", "topic", "Review", work_items=[2])

    told = api.get("wit/workitems/2", **{"$expand": "relations"})["relations"]

    web = sample.repository("web")
    inside = f"{web.project_id}%2F{web.id}"
    assert [(one["rel"], one["url"]) for one in told] == [
        ("ArtifactLink", f"vstfs:///Git/Commit/{inside}%2F{head}"),
        ("ArtifactLink", f"vstfs:///Git/Ref/{inside}%2FGBa%2Fb"),
        ("ArtifactLink", f"vstfs:///Git/PullRequestId/{inside}%2F{number}"),
    ]
    assert "relations" not in api.get("wit/workitems/2")
    assert "relations" not in api.get("wit/workitems/3", **{"$expand": "relations"})


def test_fields_and_relations_are_not_asked_for_together(api: Api) -> None:
    body = {"ids": [1], "fields": ["System.Title"], "$expand": "relations"}

    assert api.refused("POST", "wit/workitemsbatch", body)[0] == 400


def test_commits_tell_what_is_attached_to_them_when_asked(
    sample: SampleOrganization, api: Api, web: str
) -> None:
    sample.push("web", "main", "First")
    sample.attach_work_item(2, "web", commit=sample.head("web", "main"))
    sample.attach_work_item(3, "web", commit=sample.head("web", "main"))
    sample.detach_work_item(3, "web", commit=sample.head("web", "main"))

    [one] = api.get(f"{web}/commits", **{"searchCriteria.includeWorkItems": "true"})["value"]

    assert [item["id"] for item in one["workItems"]] == ["2"]


def test_deleted_item_looks_missing_until_it_is_restored(
    sample: SampleOrganization, api: Api
) -> None:
    sample.delete_work_item(2)
    assert api.refused("GET", "wit/workitems/2")[0] == 404
    assert find(api, "[System.Id] > 0") == [1, 3]

    sample.restore_work_item(2)

    assert api.get("wit/workitems/2")["rev"] == 3
