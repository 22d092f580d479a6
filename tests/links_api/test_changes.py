from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.issue_keys import parse_issue_key
from shared.web.calls import write_cursor
from tests.links_api.conftest import BUSY

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Installation


def changes(
    installation: Installation, since: str = "", token: str | None = None, limit: int = 50
) -> Any:
    answered = installation.call(
        "GET", f"links/changes?limit={limit}" + (f"&since={since}" if since else ""), token=token
    )
    assert answered.status == 200, answered.body
    return answered.json


def note(installation: Installation, *issues: str, tracker: str = "default") -> None:
    """Note now that issues changed, as indexing does."""
    record = installation.services.trackers.get("all", tracker)
    assert record is not None
    keys = [parse_issue_key(issue) for issue in issues]
    installation.storage.changes.note(record.value, keys, at=installation.clock.now())


def pass_by(installation: Installation, **more: float) -> None:
    installation.clock.advance(timedelta(**more))


def test_first_question_gives_a_cursor_for_now_and_no_change(installation: Installation) -> None:
    note(installation, "PAY-1")

    found = changes(installation)

    assert (found["issue_keys"], found["all_of_projects"]) == ([], [])
    assert found["next"]


def test_issue_that_changed_since_is_told_once(installation: Installation) -> None:
    cursor = changes(installation)["next"]
    note(installation, "PAY-1", "AB#2", "#3")
    pass_by(installation, minutes=5)

    first = changes(installation, cursor)
    second = changes(installation, first["next"])

    assert sorted(first["issue_keys"]) == ["#3", "AB#2", "PAY-1"]
    assert second["issue_keys"] == []


def test_change_is_never_missed_however_close_to_the_question_it_comes(
    installation: Installation,
) -> None:
    cursor = changes(installation)["next"]
    told: list[str] = []
    for number in range(1, 60):
        note(installation, f"PAY-{number}")
        pass_by(installation, seconds=13)
        found = changes(installation, cursor)
        cursor = found["next"]
        told += found["issue_keys"]

    pass_by(installation, minutes=5)
    told += changes(installation, cursor)["issue_keys"]

    assert sorted(set(told)) == sorted(f"PAY-{number}" for number in range(1, 60))


def test_many_issues_of_a_project_at_once_are_told_as_all_of_it(
    installation: Installation,
) -> None:
    cursor = changes(installation)["next"]
    note(installation, *(f"PAY-{number}" for number in range(1, 201)), "OPS-1")
    pass_by(installation, minutes=5)

    found = changes(installation, cursor)

    assert "PAY" in found["all_of_projects"]
    assert len(found["issue_keys"]) <= 100


def test_changes_of_a_long_time_come_page_by_page_and_whole(installation: Installation) -> None:
    cursor = changes(installation)["next"]
    for number in range(1, 200):
        note(installation, f"PAY-{number}")
        pass_by(installation, minutes=7)
    pass_by(installation, minutes=5)

    told: list[str] = []
    for _ in range(1000):
        found = changes(installation, cursor, limit=10)
        told += found["issue_keys"]
        if found["next"] == cursor:
            break
        cursor = found["next"]

    assert told == [f"PAY-{number}" for number in range(1, 200)]


def test_token_of_one_project_learns_nothing_of_another_s_changes(
    installation: Installation,
) -> None:
    token = installation.token("links:read", issue_projects=["PAY"])
    cursor = changes(installation, token=token)["next"]
    note(installation, "PAY-1", "OPS-1")
    pass_by(installation, minutes=1)
    note(installation, *(f"OPS-{number}" for number in range(1, 201)))
    pass_by(installation, minutes=5)

    found = changes(installation, cursor, token)

    assert found["issue_keys"] == ["PAY-1"]
    assert found["all_of_projects"] == []


def test_token_of_some_integrations_is_told_no_changes(installation: Installation) -> None:
    token = installation.token("links:read", integrations=["i1"])

    answered = installation.call("GET", "links/changes", token=token)

    assert answered.problem == (403, "out_of_scope")


def test_trackers_have_changes_of_their_own(installation: Installation) -> None:
    installation.call("POST", "trackers", {"id": "jira", "name": "Jira"})
    token = installation.token("links:read", tracker="jira")
    cursor = changes(installation, token=token)["next"]
    note(installation, "PAY-1")
    note(installation, "PAY-2", tracker="jira")
    pass_by(installation, minutes=5)

    assert changes(installation, cursor, token)["issue_keys"] == ["PAY-2"]


def test_cursor_of_seven_days_is_good_and_an_older_one_has_expired(
    installation: Installation,
) -> None:
    cursor = changes(installation)["next"]
    pass_by(installation, days=7, minutes=-2)
    changes(installation, cursor)
    pass_by(installation, minutes=1)

    answered = installation.call("GET", f"links/changes?since={cursor}")

    assert answered.problem == (410, "cursor_expired")
    assert "without a cursor" in answered.json["next_step"]


@pytest.mark.parametrize(
    "since",
    [
        "x",
        "2026-11-21T09:00:00Z",
        "202611210900",
        write_cursor(""),
        write_cursor("2026-11-21"),
        write_cursor("202613010000"),
        write_cursor("202611210900x"),
        write_cursor("c.8204748399.6ae81293ddf8076ac346.eb541b2d04475575"),
        write_cursor("202611210900' or '1"),
    ],
)
def test_cursor_that_this_route_did_not_make_is_refused_by_its_name(
    installation: Installation, since: str
) -> None:
    answered = installation.call("GET", f"links/changes?since={since}")

    assert set(answered.fields) == {"since"}


def test_cursor_of_the_future_tells_no_change_and_does_no_harm(
    installation: Installation,
) -> None:
    found = changes(installation, write_cursor("209901010000"))

    assert (found["issue_keys"], found["all_of_projects"]) == ([], [])


def test_what_indexing_finds_is_told_as_changed(indexed: Installation) -> None:
    began = write_cursor(f"{indexed.clock.now() - timedelta(minutes=15):%Y%m%d%H%M}")

    found = changes(indexed, began, limit=200)

    assert BUSY in found["issue_keys"] or "PAY" in found["all_of_projects"]
    assert "AB#1" in found["issue_keys"] or "AB" in found["all_of_projects"]
