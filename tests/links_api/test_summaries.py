from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.model import RepositoryId
from tests.links_api.conftest import BUSY, add_repository, become, put
from tests.making import DAY, FORK, REPOSITORY, mention, sha

if TYPE_CHECKING:
    from shared.model import PullRequestStatus
    from tests.shared.web.in_memory import Installation

NOTHING = {"open": 0, "draft": 0, "merged": 0, "declined": 0}


def summaries(
    installation: Installation, *issues: str, token: str | None = None
) -> list[dict[str, Any]]:
    answered = installation.call("POST", "links/summary", {"issues": issues}, token=token)
    assert answered.status == 200, answered.body
    found: list[dict[str, Any]] = answered.json["issues"]
    return found


def test_summary_counts_each_kind_and_tells_when_it_last_changed(indexed: Installation) -> None:
    [found] = summaries(indexed, BUSY)

    assert found == {
        "issue_key": BUSY,
        "commits": 100,
        "branches": 12,
        "pull_requests": {**NOTHING, "open": 8},
        "last_at": "2026-11-21T09:08:00Z",
        "truncated": False,
    }


def test_pull_requests_are_counted_by_status(installation: Installation) -> None:
    statuses: list[PullRequestStatus] = ["open", "open", "open", "draft", "merged", "merged"]
    for number, status in enumerate([*statuses, "declined"]):
        put(installation, mention("pull_request", str(number), "PAY-1", status=status))

    [found] = summaries(installation, "PAY-1")

    counts = {"open": 3, "draft": 1, "merged": 2, "declined": 1}
    assert found["pull_requests"] == counts


def test_issue_that_nothing_names_counts_nothing(installation: Installation) -> None:
    put(installation, mention("branch", "PAY-1", "PAY-1"))

    [branch, nothing] = summaries(installation, "PAY-1", "PAY-2")

    assert (branch["branches"], branch["last_at"]) == (1, None)
    assert nothing == {
        "issue_key": "PAY-2",
        "commits": 0,
        "branches": 0,
        "pull_requests": NOTHING,
        "last_at": None,
        "truncated": False,
    }


def test_summaries_come_in_the_order_asked_and_refused_keys_keep_their_place(
    installation: Installation,
) -> None:
    put(installation, mention("commit", sha(1), "PAY-1", "OPS-1"))
    token = installation.token("links:read", issue_projects=["PAY"])

    found = summaries(installation, "pay-1", "OPS-1", "?", "PAY-1", token=token)

    assert [f["issue_key"] for f in found] == ["PAY-1", "OPS-1", "?", "PAY-1"]
    assert [f["commits"] for f in found] == [1, 0, 0, 1]
    assert [f.get("code") for f in found] == [None, "out_of_scope", "bad_issue_key", None]


def test_commit_in_a_repository_and_its_fork_counts_once(installation: Installation) -> None:
    put(
        installation,
        mention("commit", sha(1), "PAY-1"),
        mention("commit", sha(1), "PAY-1", repository=FORK),
    )

    assert summaries(installation, "PAY-1")[0]["commits"] == 1


def test_hidden_repositories_do_not_count(installation: Installation) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"))
    become(installation, REPOSITORY, is_gone=True)

    assert summaries(installation, "PAY-1")[0]["commits"] == 0


@pytest.mark.parametrize(
    ("known", "counted", "truncated"), [(999, 999, False), (1000, 1000, False), (1001, 1000, True)]
)
def test_links_are_counted_to_a_thousand(
    installation: Installation, known: int, counted: int, truncated: bool
) -> None:
    put(installation, *(mention("commit", sha(number), "PAY-1", at=DAY) for number in range(known)))

    [found] = summaries(installation, "PAY-1")

    assert (found["commits"], found["truncated"]) == (counted, truncated)


def test_commits_of_several_forks_are_counted_to_a_thousand_too(
    installation: Installation,
) -> None:
    forks = [RepositoryId(f"{number:08x}-0000-4000-8000-000000000000") for number in range(3)]
    for fork in forks:
        add_repository(installation, fork, "fork")
        commits = [mention("commit", sha(n), "PAY-1", repository=fork) for n in range(800)]
        put(installation, *commits)

    [found] = summaries(installation, "PAY-1")

    assert (found["commits"], found["truncated"]) == (800, False)


@pytest.mark.parametrize("count", [0, 101])
def test_no_issue_or_more_than_a_hundred_are_refused(
    installation: Installation, count: int
) -> None:
    body = {"issues": [f"PAY-{number + 1}" for number in range(count)]}

    assert set(installation.call("POST", "links/summary", body).fields) == {"issues"}


def test_body_that_does_not_fit_is_refused_by_field(installation: Installation) -> None:
    body = {"issues": ["PAY-1"], "limit_per_issue": 5}

    assert set(installation.call("POST", "links/summary", body).fields) == {"limit_per_issue"}
