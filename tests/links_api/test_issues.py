"""A work item is told by its key, to whom its links may be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared.access import api_tokens
from shared.configuration import IndexSwitches
from shared.cursors import WorkItemCursor
from shared.model import IntegrationId, WorkItem
from shared.progress import StoredWorkItem
from shared.services import ONE_GROUP
from tests.links_api.conftest import OWNER, add_integration

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Installation

STORY = WorkItem(
    number=17,
    title="Keep the cart",
    type="User Story",
    state="Active",
    project="Shop",
    iteration="Shop\\Sprint 1",
    parent=4,
    url="https://dev.azure.com/contoso/Shop/_workitems/edit/17",
)


@pytest.fixture
def boards(installation: Installation) -> Installation:
    keep(installation, OWNER, "contoso", STORY)
    return installation


def keep(
    installation: Installation, integration: IntegrationId, organization: str, item: WorkItem
) -> None:
    """Keep a work item as indexing does."""
    services = installation.services
    record = services.integrations.get(ONE_GROUP, integration)
    assert record is not None
    services.integrations.replace(
        record, replace(record.value, index=IndexSwitches(work_items=True))
    )
    services.work_item_cursors.put(integration, organization, WorkItemCursor())
    group = f"{integration}.{organization}"
    services.work_items.put(group, str(item.number), StoredWorkItem(item))


def become(installation: Installation, **fields: Any) -> None:
    record = installation.services.trackers.get(ONE_GROUP, "default")
    assert record is not None
    installation.services.trackers.replace(record, replace(record.value, **fields))
    installation.services.known_trackers.forget(ONE_GROUP, "default")


@pytest.mark.parametrize("typed", ["AB%2317", "ab%2317", "AB%230017"])
def test_work_item_is_told(boards: Installation, typed: str) -> None:
    answered = boards.call("GET", f"issues/{typed}")

    assert answered.status == 200
    assert answered.json == {
        "issue_key": "AB#17",
        "title": "Keep the cart",
        "type": "User Story",
        "state": "Active",
        "project": "Shop",
        "iteration": "Shop\\Sprint 1",
        "parent": "AB#4",
        "url": "https://dev.azure.com/contoso/Shop/_workitems/edit/17",
    }


@pytest.mark.parametrize("typed", ["PAY-17", "%2317", "nothing", "AB%230"])
def test_key_that_is_no_work_item_s_is_refused(boards: Installation, typed: str) -> None:
    assert boards.call("GET", f"issues/{typed}").problem == (400, "bad_issue_key")


def test_work_item_that_is_not_indexed_is_not_found(boards: Installation) -> None:
    answered = boards.call("GET", "issues/AB%2318")

    assert answered.problem == (404, "not_found")
    assert "not indexed" in answered.json["detail"]


def test_work_item_that_nobody_indexes_is_not_found_and_it_is_said_what_would_help(
    installation: Installation,
) -> None:
    answered = installation.call("GET", "issues/AB%2317")

    assert answered.problem == (404, "not_found")
    assert "work_items" in answered.json["next_step"]


def test_work_item_that_is_gone_is_told_so(boards: Installation) -> None:
    boards.services.work_items.put(f"{OWNER}.contoso", "17", StoredWorkItem(None))

    answered = boards.call("GET", "issues/AB%2317")

    assert answered.problem == (404, "not_found")
    assert "deleted" in answered.json["detail"]


def test_work_item_is_told_by_integrations_of_the_token_alone(boards: Installation) -> None:
    add_integration(boards, IntegrationId("i2"))
    token = api_tokens.create_token(
        boards.services, name="T", scopes=("links:read",), integrations=(IntegrationId("i2"),)
    ).text

    assert boards.call("GET", "issues/AB%2317", token=token).status == 404


def test_token_of_other_projects_is_refused(boards: Installation) -> None:
    token = api_tokens.create_token(
        boards.services, name="T", scopes=("links:read",), issue_projects=("PAY",)
    ).text

    assert boards.call("GET", "issues/AB%2317", token=token).problem == (403, "out_of_scope")


def test_tracker_that_names_an_organization_shows_its_work_items_alone(
    boards: Installation,
) -> None:
    add_integration(boards, IntegrationId("i2"))
    keep(boards, IntegrationId("i2"), "aardvark", replace(STORY, title="Another"))
    become(boards, kind="azure_boards", url="https://dev.azure.com/contoso")

    assert boards.call("GET", "issues/AB%2317").json["title"] == "Keep the cart"

    become(boards, kind="azure_boards", url="https://dev.azure.com/aardvark")

    assert boards.call("GET", "issues/AB%2317").json["title"] == "Another"


def test_tracker_without_the_grammar_has_no_work_items(boards: Installation) -> None:
    become(boards, grammars=("jira",))

    assert boards.call("GET", "issues/AB%2317").status == 404


@pytest.mark.parametrize("state", [{"is_removed": True}, {"index": IndexSwitches()}])
def test_work_items_of_an_integration_that_is_removed_or_has_them_off_are_not_shown(
    boards: Installation, state: dict[str, Any]
) -> None:
    record = boards.services.integrations.get(ONE_GROUP, OWNER)
    assert record is not None
    boards.services.integrations.replace(record, replace(record.value, **state))

    assert boards.call("GET", "issues/AB%2317").status == 404
