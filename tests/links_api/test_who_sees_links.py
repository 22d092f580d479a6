from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared.model import IntegrationId, TrackerId
from shared.web.calls import write_cursor
from tests.links_api.conftest import (
    BUSY,
    add_integration,
    add_repository,
    become,
    put,
)
from tests.making import FORK, REPOSITORY, mention, sha

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Installation


def links(installation: Installation, target: str, token: str | None = None) -> list[Any]:
    answered = installation.call("GET", f"links/{target}", token=token)
    assert answered.status == 200, answered.body
    found: list[Any] = answered.json["links"]
    return found


def ids(installation: Installation, target: str, token: str | None = None) -> list[str]:
    return [link["id"] for link in links(installation, target, token)]


def test_links_of_a_repository_that_is_not_indexed_now_are_hidden_until_it_is_again(
    installation: Installation,
) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"), mention("branch", "PAY-1", "PAY-1"))

    for state in ({"left_out": "disabled"}, {"is_gone": True}, {"left_out": "filter"}):
        become(installation, REPOSITORY, **state)
        assert links(installation, "PAY-1") == []

        become(installation, REPOSITORY, left_out=None, is_gone=False)
        assert ids(installation, "PAY-1") == ["PAY-1", sha(1)]


def test_commit_whose_first_repository_is_hidden_is_shown_from_its_fork(
    installation: Installation,
) -> None:
    put(
        installation,
        mention("commit", sha(1), "PAY-1"),
        mention("commit", sha(1), "PAY-1", repository=FORK),
    )
    become(installation, REPOSITORY, left_out="disabled")

    [link] = links(installation, "PAY-1")

    assert (link["repository"]["name"], link["also_in"]) == ("shop-fork", [])


def test_links_of_an_integration_that_was_taken_away_are_hidden_at_once(
    installation: Installation,
) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"))
    assert ids(installation, "PAY-1") == [sha(1)]

    assert installation.call("DELETE", "integrations/i1").status == 202

    assert links(installation, "PAY-1") == []


def test_links_of_a_tracker_that_the_integration_no_longer_feeds_are_hidden(
    installation: Installation,
) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"))
    record = installation.services.integrations.get("all", "i1")
    assert record is not None
    without = replace(record.value, trackers=(TrackerId("jira"),))
    installation.services.integrations.replace(record, without)

    assert links(installation, "PAY-1") == []


def test_link_names_the_integration_that_indexes_its_repository_now(
    installation: Installation,
) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"))
    other = IntegrationId("i2")
    add_integration(installation, other)
    add_repository(installation, REPOSITORY, "shop", owner=other)

    assert [link["integration_id"] for link in links(installation, "PAY-1")] == ["i2"]


def test_repository_is_shown_as_it_is_called_now(installation: Installation) -> None:
    put(installation, mention("pull_request", "7", "PAY-1", status="open"))
    record = installation.services.repositories.get("i1", REPOSITORY)
    assert record is not None
    renamed = replace(record.value.repository, name="store")
    become(installation, REPOSITORY, repository=renamed)

    assert links(installation, "PAY-1")[0]["repository"]["name"] == "store"


def test_token_of_one_project_does_not_see_another_s_issues(installation: Installation) -> None:
    put(installation, mention("commit", sha(1), "PAY-1", "OPS-1"))
    token = installation.token("links:read", issue_projects=["pay"])

    assert ids(installation, "PAY-1", token) == [sha(1)]
    for issue in ("OPS-1", "AB%231", "%231", "PAYX-1"):
        answered = installation.call("GET", f"links/{issue}", token=token)
        assert answered.problem == (403, "out_of_scope")


@pytest.mark.parametrize(("project", "issue"), [("AB", "AB%231"), ("#", "%231")])
def test_token_may_be_limited_to_numbered_issues(
    installation: Installation, project: str, issue: str
) -> None:
    token = installation.token("links:read", issue_projects=[project])

    assert links(installation, issue, token) == []
    answered = installation.call("GET", "links/PAY-1", token=token)
    assert answered.problem == (403, "out_of_scope")


def test_token_of_one_integration_does_not_see_another_s_repositories(
    installation: Installation,
) -> None:
    other = IntegrationId("i2")
    add_integration(installation, other)
    add_repository(installation, FORK, "elsewhere", owner=other)
    put(
        installation,
        mention("commit", sha(1), "PAY-1"),
        mention("commit", sha(1), "PAY-1", repository=FORK),
        mention("commit", sha(2), "PAY-1", repository=FORK),
    )
    token = installation.token("links:read", integrations=["i1"])

    [link] = links(installation, "PAY-1", token)

    assert (link["id"], link["also_in"]) == (sha(1), [])


def test_token_reads_the_links_of_its_own_tracker(installation: Installation) -> None:
    installation.call("POST", "trackers", {"id": "jira", "name": "Jira"})
    put(installation, mention("commit", sha(1), "PAY-1"))
    token = installation.token("links:read", tracker="jira")

    assert links(installation, "PAY-1", token) == []


def test_cursor_of_another_issue_shows_only_what_links_to_this_one(
    indexed: Installation,
) -> None:
    cursor = indexed.call("GET", f"links/{BUSY}?limit=60").json["next"]

    found = links(indexed, f"PAY-101?cursor={cursor}")

    assert {link["id"] for link in found} <= set(ids(indexed, "PAY-101"))


@pytest.mark.parametrize(
    "position", ["", "~", "a.", "c.9999999999", "PAY.1", "zzz", "0000000501.", " ", "\\", "%"]
)
def test_forged_cursor_shows_only_what_links_to_the_issue(
    indexed: Installation, position: str
) -> None:
    found = links(indexed, f"PAY-101?cursor={write_cursor(position)}")

    assert {link["id"] for link in found} <= set(ids(indexed, "PAY-101"))


def test_cursor_with_a_quote_is_refused(indexed: Installation) -> None:
    cursor = write_cursor("c' or PartitionKey ne 'x")

    answered = indexed.call("GET", f"links/PAY-101?cursor={cursor}")

    assert set(answered.fields) == {"cursor"}
