from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared import jobs
from tests.admin_console.conftest import add_parts

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def path(installation: Installation, sample: SampleOrganization) -> str:
    """Return the path of an integration that is connected, and not indexed yet."""
    return f"integrations/{installation.connect(sample)}"


def rows(installation: Installation, path: str, query: str = "") -> list[dict[str, Any]]:
    """Return all pages of an integration's repositories."""
    found, cursor = [], ""
    while cursor is not None:
        page = installation.call("GET", f"{path}/repositories?{query}&cursor={cursor}").json
        found += page["repositories"]
        cursor = page["next"]
    return found


def test_status_tells_where_an_integration_stands(installation: Installation, path: str) -> None:
    before = installation.call("GET", f"{path}/status").json
    installation.work()

    after = installation.call("GET", f"{path}/status").json

    assert before["state"] == "new"
    assert after["state"] == "idle"
    assert after["progress"] == {
        "repositories_total": 3,
        "repositories_done": 3,
        "repositories_failed": 0,
        "commits_seen": 3,
        "links": 3,
        "started_at": "2026-11-21T09:00:00Z",
        "eta_seconds": None,
    }
    assert after["last_reindex_at"] == "2026-11-21T09:00:00Z"
    assert after["next_reindex_at"] > after["last_reindex_at"]
    assert [alarm["code"] for alarm in after["alarms"]] == ["no_public_url"]
    assert after["alarms"][0].keys() == {"code", "text", "since", "help_url"}


def test_status_tells_how_long_the_first_index_will_take(
    installation: Installation, path: str
) -> None:
    for _ in range(2):  # the repositories are listed, and one of them is indexed
        queue, job = installation.storage.queues.take() or pytest.fail("nothing is to be done")
        jobs.run(installation.services, queue, job, attempt=1)
        installation.clock.advance(timedelta(minutes=1))
    while (waiting := installation.storage.queues.take()) is not None:
        if waiting[0] == "history":
            jobs.run(installation.services, *waiting, attempt=1)
            break

    progress = installation.call("GET", f"{path}/status").json["progress"]

    assert 0 < progress["repositories_done"] < progress["repositories_total"]
    assert progress["started_at"] == "2026-11-21T09:00:00Z"
    assert progress["eta_seconds"] > 0


def test_refused_credential_is_an_alarm_of_the_status(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    sample.expire_token()
    installation.work()

    status = installation.call("GET", f"{path}/status").json

    assert status["state"] == "needs_reconnect"
    alarm = next(alarm for alarm in status["alarms"] if alarm["code"] == "signed_out")
    assert "has expired" in alarm["text"]
    assert alarm["since"] == "2026-11-21T09:00:00Z"


def test_repositories_are_told_with_what_is_indexed_of_each(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    installation.work()

    row = next(r for r in rows(installation, path) if r["name"] == "part-02")

    done = {"state": "idle", "last_indexed_at": "2026-11-21T09:00:00Z", "failure": None}
    assert row == {
        "id": sample.repository("part-02").id,
        "name": "part-02",
        "project": "Shop",
        "organization": "contoso",
        "url": f"{sample.url}/Shop/_git/part-02",
        "default_branch": "main",
        "state": "idle",
        "left_out": None,
        "advice": None,
        "kinds": {
            "commits": {**done, "count": 1},
            "branches": {**done, "count": 1},
            "pull_requests": {**done, "count": 0},
        },
    }


def test_repository_that_is_left_out_says_why(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    add_parts(sample, 2)
    sample.disable_repository("part-01")
    sample.put_into_maintenance("part-02")
    installation.call("PATCH", path, {"repositories": {"jmespath": "[?name!='part-03']"}})
    installation.work()
    sample.delete_repository("part-04")
    installation.call("PATCH", path, {})
    installation.work()

    found = {row["name"]: (row["state"], row["left_out"]) for row in rows(installation, path)}

    assert found["part-00"] == ("idle", None)
    assert found["part-01"] == ("left_out", "disabled")
    assert found["part-02"] == ("left_out", "maintenance")
    assert found["part-03"] == ("left_out", "filter")
    assert found["part-04"] == ("gone", None)
    assert found["empty"] == ("left_out", "empty")


def test_second_integration_shows_the_first_one_s_repositories_as_owned_elsewhere(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    installation.work()
    second = f"integrations/{installation.connect(sample)}"
    installation.work()

    found = rows(installation, second, "state=left_out")

    reasons = {row["left_out"] for row in found}
    assert reasons == {"owned_elsewhere", "empty"}
    assert len(installation.call("GET", "links/PAY-1").json["links"]) == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 4),
        ("state=idle", 3),
        ("state=left_out", 1),
        ("state=failed", 0),
        ("search=PART-0", 3),
        ("search=part-0&state=left_out", 0),
    ],
)
def test_repositories_are_found_by_state_and_name_page_by_page(
    installation: Installation, path: str, query: str, count: int, limit: int
) -> None:
    installation.work()

    found = rows(installation, path, f"{query}&limit={limit}")

    ids = [row["id"] for row in found]
    assert len(ids) == count
    assert ids == sorted(set(ids))


def test_state_that_there_is_not_is_refused_by_its_parameter(
    installation: Installation, path: str
) -> None:
    answered = installation.call("GET", f"{path}/repositories?state=asleep")

    assert set(answered.fields) == {"state"}


def test_reindex_is_one_run_until_it_is_over(installation: Installation, path: str) -> None:
    installation.work()

    first = installation.call("POST", f"{path}/reindex")
    second = installation.call("POST", f"{path}/reindex", {})
    installation.work()
    third = installation.call("POST", f"{path}/reindex")

    assert (first.status, second.status) == (202, 202)
    assert first.json == second.json
    assert first.json["repositories"] == 3
    assert first.json["started_at"] == "2026-11-21T09:00:01Z"
    assert third.json["run"] != first.json["run"]


def test_reindex_finds_what_was_pushed(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    installation.work()
    sample.push("part-00", "main", "PAY-99 Later")

    installation.call("POST", f"{path}/reindex")
    installation.work()

    assert len(installation.call("GET", "links/PAY-99").json["links"]) == 1


def test_reindex_of_chosen_repositories_leaves_the_others(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    installation.work()
    for name in ("part-00", "part-01"):
        sample.push(name, "main", f"PAY-99 Later in {name}")
    chosen = [sample.repository("part-00").id.upper()]

    answered = installation.call("POST", f"{path}/reindex", {"repositories": chosen})
    installation.work()

    assert answered.json["repositories"] == 1
    links = installation.call("GET", "links/PAY-99").json["links"]
    assert [link["repository"]["name"] for link in links] == ["part-00"]


def test_reindex_since_a_moment_reads_older_pull_requests_again(
    installation: Installation, sample: SampleOrganization, path: str
) -> None:
    installation.call("PATCH", path, {"pull_request_window_days": 30})
    sample.push("part-00", "topic", "Work")
    old = sample.open_pull_request("part-00", "topic", "PAY-77 Long ago")
    sample.abandon(old)
    sample.clock.advance(timedelta(days=40))
    installation.work()
    before = installation.call("GET", "links/PAY-77").json["links"]

    answered = installation.call("POST", f"{path}/reindex", {"since": "2026-11-01T00:00:00Z"})
    installation.work()

    assert answered.status == 202
    assert before == []
    links = installation.call("GET", "links/PAY-77").json["links"]
    assert [(link["kind"], link["id"]) for link in links] == [("pull_request", str(old))]


def test_reindex_of_what_failed_leaves_what_did_not(installation: Installation, path: str) -> None:
    installation.work()

    answered = installation.call("POST", f"{path}/reindex", {"only_failed": True})

    assert (answered.status, answered.json["repositories"]) == (202, 0)


@pytest.mark.parametrize(
    ("body", "wrong"),
    [
        ({"repositories": "all"}, ["repositories"]),
        ({"only_failed": "yes"}, ["only_failed"]),
        ({"since": "2020-01-01T00:00:00"}, ["since"]),
        ({"force": True}, ["force"]),
        ([], ["body"]),
    ],
    ids=str,
)
def test_reindex_that_makes_no_sense_is_refused_by_field(
    installation: Installation, path: str, body: object, wrong: list[str]
) -> None:
    assert sorted(installation.call("POST", f"{path}/reindex", body).fields) == wrong
