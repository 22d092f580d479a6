from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import requests

from shared.model import RepositoryId
from tests.links_api.conftest import (
    BUSY,
    add_repository,
    put,
)
from tests.making import DAY, mention, sha

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Installation

ORDER = ["branch", "pull_request", "commit"]


def links(installation: Installation, target: str, token: str | None = None) -> list[Any]:
    answered = installation.call("GET", f"links/{target}", token=token)
    assert answered.status == 200, answered.body
    found: list[Any] = answered.json["links"]
    return found


def ids(installation: Installation, target: str, token: str | None = None) -> list[str]:
    return [link["id"] for link in links(installation, target, token)]


def walk(installation: Installation, target: str, limit: int) -> list[list[Any]]:
    """Return the pages of an issue, to the last."""
    pages, cursor = [], ""
    while cursor is not None:
        answered = installation.call("GET", f"links/{target}limit={limit}&cursor={cursor}")
        assert answered.status == 200, answered.body
        pages.append(answered.json["links"])
        cursor = answered.json["next"]
    return pages


def test_issue_that_nothing_names_has_an_empty_list(installation: Installation) -> None:
    answered = installation.call("GET", "links/PAY-1")

    assert answered.status == 200
    assert answered.json == {"issue_key": "PAY-1", "links": [], "next": None}


@pytest.mark.parametrize(
    ("typed", "normalised"),
    [("pay-7", "PAY-7"), ("PAY-007", "PAY-7"), ("AB%2317", "AB#17"), ("ab%2317", "AB#17"),
     ("%2317", "#17"), ("my_project-1", "MY_PROJECT-1")],
)  # fmt: skip
def test_issue_key_is_answered_normalised(
    installation: Installation, typed: str, normalised: str
) -> None:
    assert installation.call("GET", f"links/{typed}").json["issue_key"] == normalised


@pytest.mark.parametrize(
    "typed",
    [
        "PAY",
        "PAY-",
        "-1",
        "PAY-0",
        "PAY-x",
        "PAY%20-1",
        "%20PAY-1",
        "PAY-1%20",
        "PAY-12345678901",
        "P-1'%20or%20PartitionKey%20ne%20'x",
        "PAY-1%09",
        "PAY-1%7F",
        "PAY-1%5C",
        "PAY%2F1",
        "PAY-1%3F",
        "%23",
        "AB%23",
        "CD%231",
        "P" * 600 + "-1",
        "%EF%BC%B0%EF%BC%A1%EF%BC%B9-1",
        "PAY-%D9%A1",
        "%F0%9F%9A%80-1",
        "%D0%A0AY-1",
    ],
)
def test_what_is_no_issue_key_is_refused(installation: Installation, typed: str) -> None:
    assert installation.call("GET", f"links/{typed}").problem == (400, "bad_issue_key")


def test_branches_come_first_then_pull_requests_then_commits_the_newest_first(
    indexed: Installation,
) -> None:
    found = links(indexed, f"{BUSY}?limit=200")

    kinds = [link["kind"] for link in found]
    assert kinds == sorted(kinds, key=ORDER.index)
    assert {kind: kinds.count(kind) for kind in ORDER} == {
        "branch": 12,
        "pull_request": 8,
        "commit": 100,
    }
    for kind in ("pull_request", "commit"):
        moments = [link["at"] for link in found if link["kind"] == kind]
        assert moments == sorted(moments, reverse=True)
        assert len(set(moments)) == len(moments)


@pytest.mark.parametrize("limit", [1, 7, 50, 119, 120, 121, 200])
def test_pages_of_any_size_hold_each_link_once(indexed: Installation, limit: int) -> None:
    pages = walk(indexed, f"{BUSY}?", limit)

    whole = links(indexed, f"{BUSY}?limit=200")
    assert [link for page in pages for link in page] == whole
    assert len(whole) == 120
    assert [len(page) for page in pages[:-1]] == [limit] * (len(pages) - 1)
    assert pages[-1]


def test_page_holds_fifty_links_when_nothing_else_is_said(indexed: Installation) -> None:
    assert len(links(indexed, BUSY)) == 50


@pytest.mark.parametrize("kinds", ["commit", "branch,commit", "pull_request"])
def test_kinds_that_are_not_asked_for_are_left_out_of_every_page(
    indexed: Installation, kinds: str
) -> None:
    pages = walk(indexed, f"{BUSY}?kinds={kinds}&", 9)

    expected = [
        link for link in links(indexed, f"{BUSY}?limit=200") if link["kind"] in kinds.split(",")
    ]
    assert [link for page in pages for link in page] == expected


def test_commit_of_a_repository_and_its_fork_is_one_link(indexed: Installation) -> None:
    commits = list(links(indexed, f"{BUSY}?kinds=commit&limit=200"))

    for link in commits[1:]:
        places = {link["repository"]["name"], *(r["name"] for r in link["also_in"])}
        assert places == {"engine", "engine-fork"}
        assert len(link["also_in"]) == 1
    assert commits[0]["title"] == f"{BUSY} Only in the fork"
    assert commits[0]["repository"]["name"] == "engine-fork"
    assert commits[0]["also_in"] == []


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_copies_of_a_commit_in_many_forks_are_never_split_over_pages(
    installation: Installation, limit: int
) -> None:
    forks = [RepositoryId(f"{n:08x}-0000-4000-8000-000000000000") for n in range(7)]
    for number, fork in enumerate(forks):
        add_repository(installation, fork, f"fork-{number}")
    for number in range(5):
        at = DAY.replace(hour=number)
        put(installation, *(mention("commit", sha(number), "PAY-1", repository=f, at=at)
                            for f in forks))  # fmt: skip

    pages = walk(installation, "PAY-1?", limit)

    found = [link for page in pages for link in page]
    assert [link["id"] for link in found] == [sha(number) for number in reversed(range(5))]
    assert all(len(link["also_in"]) == 6 for link in found)


def test_pull_request_tells_all_that_an_issue_shows_of_it(indexed: Installation) -> None:
    [link] = links(indexed, "PAY-103?kinds=pull_request")

    assert (link["title"], link["status"]) == ("Vouchers", "merged")
    assert (link["source_branch"], link["target_branch"]) == ("feature/vouchers", "main")
    assert link["author"] == {"name": "Backend developer", "avatar_url": None}
    assert link["reviewers"] == [{"name": "Team lead", "vote": "approved", "required": False}]
    assert len(link["merge_commit"]) == 40
    assert link["evidence"] == [{"source": "description", "text": "PAY-103", "closes": True}]
    assert link["repository"].keys() == {"id", "name", "project", "organization", "url"}
    assert link["repository"]["project"] == "Web shop"
    assert link["flags"] == link["also_in"] == []


def test_branch_tells_its_name_and_nothing_that_a_branch_has_not(indexed: Installation) -> None:
    [link] = links(indexed, "PAY-101?kinds=branch")

    assert link["id"] == link["title"] == "feature/PAY-101-cart"
    nothing = ("at", "author", "status", "source_branch", "target_branch", "merge_commit")
    assert [link[name] for name in nothing] == [None] * 6
    assert [e["source"] for e in link["evidence"]] == ["branch_name"]


def test_merge_commit_is_flagged(indexed: Installation) -> None:
    flags = {link["title"]: link["flags"] for link in links(indexed, "PAY-103?kinds=commit")}

    assert flags["Merged PR 1: Vouchers"] == ["merge"]
    assert flags["PAY-103 Take vouchers"] == []


@pytest.mark.parametrize("issue", ["PAY-101", "PAY-103", "AB%231"])
def test_address_of_each_link_opens_its_page(indexed: Installation, issue: str) -> None:
    for link in links(indexed, issue):
        answer = requests.get(link["url"], timeout=10)

        assert answer.status_code == 200, link["url"]
        assert answer.headers["Content-Type"].startswith("text/html")


def test_texts_of_people_stay_text(installation: Installation) -> None:
    title = "<script>alert('x')</script> \"quotes\" \u202eleft\u202c \0 \u2028 naïve 支払い 🚀 "
    put(installation, mention("commit", sha(1), "PAY-1", title=title))

    [link] = links(installation, "PAY-1")

    assert link["title"] == title


@pytest.mark.parametrize(
    ("query", "field"),
    [("limit=0", "limit"), ("limit=201", "limit"), ("kinds=tag", "kinds"), ("cursor=x", "cursor")],
)
def test_parameter_that_cannot_be_used_is_refused_by_its_name(
    installation: Installation, query: str, field: str
) -> None:
    assert set(installation.call("GET", f"links/PAY-1?{query}").fields) == {field}
