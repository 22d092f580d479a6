"""Somebody chooses where to work on an issue: a repository, and a branch of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared.configuration import Connection
from shared.cursors import Cursor, Walk
from shared.model import IntegrationId, RepositoryId, TrackerId
from shared.services import ONE_GROUP
from shared.web.calls import write_cursor
from tests.links_api.conftest import OWNER, add_integration, add_repository, become
from tests.making import FORK, REPOSITORY, sha

if TYPE_CHECKING:
    from tests.shared.web.in_memory import Installation

BRANCHES = f"repositories/{REPOSITORY}/branches"
OTHER = IntegrationId("i2")


def repositories(installation: Installation, query: str = "", **more: Any) -> list[Any]:
    answered = installation.call("GET", f"repositories?{query}", **more)
    assert answered.status == 200, answered.body
    found: list[Any] = answered.json["repositories"]
    return found


def names(installation: Installation, query: str = "", **more: Any) -> list[str]:
    return [row["shown_as"] for row in repositories(installation, query, **more)]


def branches(installation: Installation, query: str = "", target: str = BRANCHES) -> list[Any]:
    answered = installation.call("GET", f"{target}?{query}")
    assert answered.status == 200, answered.body
    found: list[Any] = answered.json["branches"]
    return found


def heads(installation: Installation, query: str = "") -> dict[str, str]:
    return {row["name"]: row["head"] for row in branches(installation, query)}


def change_integration(installation: Installation, **state: Any) -> None:
    record = installation.services.integrations.get(ONE_GROUP, OWNER)
    assert record is not None
    installation.services.integrations.replace(record, replace(record.value, **state))


def every_page(installation: Installation, target: str, rows: str) -> list[list[Any]]:
    pages, cursor = [], ""
    while cursor is not None:
        answered = installation.call("GET", f"{target}&cursor={cursor}").json
        pages.append(answered[rows])
        cursor = answered["next"]
    return pages


def test_repository_is_shown_with_what_is_needed_to_clone_it(installation: Installation) -> None:
    record = installation.services.repositories.get(OWNER, REPOSITORY)
    assert record is not None
    clonable = replace(
        record.value.repository,
        clone_url="https://dev.azure.com/contoso/Shop/_git/shop",
        ssh_url="git@ssh.dev.azure.com:v3/contoso/Shop/shop",
        default_branch="main",
    )
    become(installation, REPOSITORY, repository=clonable)

    [shop, fork] = repositories(installation)

    assert shop == {
        "id": REPOSITORY,
        "name": "shop",
        "shown_as": "shop",
        "project": "Shop",
        "organization": "contoso",
        "url": "https://dev.azure.com/contoso/Shop/_git/shop",
        "default_branch": "main",
        "clone_url": "https://dev.azure.com/contoso/Shop/_git/shop",
        "ssh_url": "git@ssh.dev.azure.com:v3/contoso/Shop/shop",
        "is_fork": False,
        "integration_id": OWNER,
    }
    assert (fork["id"], fork["default_branch"]) == (FORK, None)


def test_repositories_that_are_called_the_same_are_told_apart_whatever_is_searched(
    installation: Installation,
) -> None:
    record = add_repository(installation, RepositoryId("r3"), "Shop")
    become(installation, RepositoryId("r3"), repository=replace(record.repository, project="Old"))

    assert names(installation) == ["contoso/Old/Shop", "contoso/Shop/shop", "shop-fork"]
    assert names(installation, "search=OLD/sh") == ["contoso/Old/Shop"]
    assert names(installation, "search=FORK") == ["shop-fork"]
    assert names(installation, "search=contoso") == []


@pytest.mark.parametrize("state", [{"left_out": "filter"}, {"is_gone": True}])
def test_repository_that_is_not_indexed_now_is_not_offered(
    installation: Installation, state: dict[str, Any]
) -> None:
    become(installation, REPOSITORY, **state)

    assert names(installation) == ["shop-fork"]
    assert installation.call("GET", BRANCHES).problem == (404, "not_found")


@pytest.mark.parametrize("state", [{"is_removed": True}, {"trackers": (TrackerId("jira"),)}])
def test_nothing_is_offered_of_an_integration_that_does_not_feed_the_tracker(
    installation: Installation, state: dict[str, Any]
) -> None:
    change_integration(installation, **state)

    assert names(installation) == []
    assert installation.call("GET", BRANCHES).problem == (404, "not_found")


def test_token_of_some_integrations_is_offered_theirs_alone(installation: Installation) -> None:
    add_integration(installation, OTHER)
    add_repository(installation, RepositoryId("r3"), "wiki", owner=OTHER)
    token = installation.token("code:read", integrations=(OTHER,))

    assert names(installation, token=token) == ["wiki"]
    assert installation.call("GET", BRANCHES, token=token).problem == (404, "not_found")


def test_repository_is_offered_once_by_the_integration_that_owns_it(
    installation: Installation,
) -> None:
    add_integration(installation, OTHER)
    add_repository(installation, REPOSITORY, "shop", owner=OTHER)

    owners = {row["name"]: row["integration_id"] for row in repositories(installation)}

    assert owners == {"shop": OTHER, "shop-fork": OWNER}
    assert len(repositories(installation)) == 2


def test_repositories_of_the_issue_s_project_come_first(installation: Installation) -> None:
    installation.services.cursors.put(OWNER, FORK, Cursor(projects=("PAY",)))

    assert names(installation) == ["shop", "shop-fork"]
    assert names(installation, "issue_project=pay") == ["shop-fork", "shop"]
    assert names(installation, "issue_project=OPS") == ["shop", "shop-fork"]


def test_token_of_other_projects_does_not_learn_where_a_project_is_worked_on(
    installation: Installation,
) -> None:
    token = installation.token("code:read", issue_projects=["PAY"])

    refused = installation.call("GET", "repositories?issue_project=OPS", token=token)

    assert refused.problem == (403, "out_of_scope")
    assert names(installation, "issue_project=pay", token=token) == ["shop", "shop-fork"]


@pytest.mark.parametrize("target", ["repositories", BRANCHES])
def test_token_for_links_alone_is_refused(installation: Installation, target: str) -> None:
    token = installation.token("links:read")

    assert installation.call("GET", target, token=token).problem == (403, "scope_missing")


@pytest.mark.parametrize("repository", ["9cea8cb0-0000-4358-8b27-a55fa170e4e9", "nonsense", "%2F"])
def test_branches_of_an_unknown_repository_are_not_found(
    installation: Installation, repository: str
) -> None:
    answered = installation.call("GET", f"repositories/{repository}/branches")

    assert answered.problem == (404, "not_found")


def test_every_repository_is_on_one_page_whatever_it_is_called(installation: Installation) -> None:
    for number, name in enumerate(["Ünlü", "it's", "a b/c", "日本語", "ZEBRA"]):
        add_repository(installation, RepositoryId(f"r{number}"), name)
    installation.services.cursors.put(OWNER, "r4", Cursor(projects=("PAY",)))

    pages = every_page(installation, "repositories?issue_project=PAY&limit=2", "repositories")

    assert [len(page) for page in pages] == [2, 2, 2, 1]
    told = [row["name"] for page in pages for row in page]
    assert told == ["ZEBRA", "a b/c", "it's", "shop", "shop-fork", "Ünlü", "日本語"]


@pytest.mark.parametrize("target", ["repositories", BRANCHES])
def test_cursor_that_was_not_given_out_is_refused_or_a_place_like_any_other(
    installation: Installation, target: str
) -> None:
    refused = installation.call("GET", f"{target}?cursor=%25")
    anywhere = installation.call("GET", f"{target}?cursor={write_cursor('%FF/a/b/c/d')}")

    assert "cursor" in refused.fields
    assert anywhere.status == 200


def test_branches_are_those_last_seen_and_moved_on_by_what_was_heard(
    installation: Installation,
) -> None:
    cursor = Cursor(
        verified={"main": sha(1), "work/PAY-1": sha(2)},
        heard={"work/PAY-1": sha(3), "new": sha(4)},
    )
    installation.services.cursors.put(OWNER, REPOSITORY, cursor)

    assert heads(installation) == {"main": sha(1), "new": sha(4), "work/PAY-1": sha(3)}
    assert list(heads(installation)) == ["main", "new", "work/PAY-1"]
    assert heads(installation, "search=pay") == {"work/PAY-1": sha(3)}


def test_branches_are_told_while_the_repository_is_indexed(installation: Installation) -> None:
    cursor = Cursor(
        verified={"old": sha(1)}, heard={"old": sha(2)}, walk=Walk(heads={"main": sha(3)})
    )
    installation.services.cursors.put(OWNER, REPOSITORY, cursor)

    assert heads(installation) == {"main": sha(3)}


def test_repository_that_was_not_read_yet_has_no_branches(installation: Installation) -> None:
    assert branches(installation, "ahead_behind=true") == []


def test_branch_says_where_it_opens_and_whether_it_is_the_default_one(
    installation: Installation,
) -> None:
    record = installation.services.repositories.get(OWNER, REPOSITORY)
    assert record is not None
    shop = replace(record.value.repository, default_branch="main")
    become(installation, REPOSITORY, repository=shop)
    known = Cursor(verified={"main": sha(1), "work/#1": sha(2)})
    installation.services.cursors.put(OWNER, REPOSITORY, known)

    [main, work] = branches(installation)

    assert (main["is_default"], work["is_default"]) == (True, False)
    assert work["url"] == f"{shop.url}?version=GBwork%2F%231"
    assert (work["ahead"], work["behind"]) == (None, None)


def test_every_branch_is_on_one_page_whatever_it_is_called(installation: Installation) -> None:
    known = {name: sha(1) for name in ("a/b", "a", "A", "it's", "é", "日本", "100%25")}
    installation.services.cursors.put(OWNER, REPOSITORY, Cursor(verified=known))

    pages = every_page(installation, f"{BRANCHES}?limit=3", "branches")

    assert [len(page) for page in pages] == [3, 3, 1]
    assert [row["name"] for page in pages for row in page] == sorted(known)


def test_git_host_is_asked_how_far_branches_are_apart(indexed: Installation) -> None:
    [engine] = [row for row in repositories(indexed, "search=engine") if not row["is_fork"]]
    target = f"repositories/{engine['id']}/branches"

    plain = branches(indexed, "search=topic-1", target)
    compared = branches(indexed, "search=topic-1&ahead_behind=true", target)
    many = branches(indexed, "ahead_behind=true&limit=50", target)

    assert [(row["ahead"], row["behind"]) for row in plain] == [(None, None)]
    assert [(row["ahead"], row["behind"]) for row in compared] == [(1, 0)]
    assert compared[0] in many
    assert [(r["ahead"], r["behind"]) for r in many if r["is_default"]] == [(0, 0)]


@pytest.mark.parametrize("state", [{"hooks_only": True}, {"is_paused": True}])
def test_git_host_that_may_not_be_called_compares_nothing(
    installation: Installation, state: dict[str, Any]
) -> None:
    installation.services.cursors.put(OWNER, REPOSITORY, Cursor(verified={"main": sha(1)}))
    change_integration(installation, **state)

    [main] = branches(installation, "ahead_behind=true")

    assert (main["ahead"], main["behind"]) == (None, None)


def test_git_server_compares_nothing(installation: Installation) -> None:
    installation.services.cursors.put(OWNER, REPOSITORY, Cursor(verified={"main": sha(1)}))
    change_integration(installation, git_host="git", url="https://localhost/contoso/shop.git")
    connection = Connection(kind="none")
    installation.services.connections.put(ONE_GROUP, OWNER, connection)

    [main] = branches(installation, "ahead_behind=true")

    assert (main["ahead"], main["behind"]) == (None, None)


@pytest.mark.parametrize(
    ("query", "field"),
    [("ahead_behind=true&limit=51", "limit"), ("ahead_behind=1", "ahead_behind")],
)
def test_what_cannot_be_compared_is_said(
    installation: Installation, query: str, field: str
) -> None:
    assert field in installation.call("GET", f"{BRANCHES}?{query}").fields
