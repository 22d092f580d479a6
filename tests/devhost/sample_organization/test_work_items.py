from __future__ import annotations

from typing import TYPE_CHECKING

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
