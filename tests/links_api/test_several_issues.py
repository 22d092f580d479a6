from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.model import RepositoryId
from tests.links_api.conftest import BUSY, add_repository, become, put
from tests.making import FORK, REPOSITORY, mention, sha

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.shared.web.in_memory import Answered, Installation


def encoded(issues: Sequence[str]) -> str:
    return ",".join(issues).replace("#", "%23")


def asked_in_query(
    installation: Installation, issues: Sequence[str], limit: int = 20, **more: str
) -> Answered:
    query = f"issues={encoded(issues)}&limit_per_issue={limit}"
    return installation.call("GET", f"links?{query}", **more)  # type: ignore[arg-type]


def asked_in_body(
    installation: Installation, issues: Sequence[str], limit: int = 20, **more: str
) -> Answered:
    body = {"issues": issues, "limit_per_issue": limit}
    return installation.call("POST", "links/query", body, **more)  # type: ignore[arg-type]


both_ways = pytest.mark.parametrize("ask", [asked_in_query, asked_in_body], ids=["GET", "POST"])


def answers(answered: Answered) -> list[Any]:
    assert answered.status == 200, answered.body
    found: list[Any] = answered.json["issues"]
    return found


@both_ways
def test_issues_are_answered_in_the_order_asked(indexed: Installation, ask: Any) -> None:
    issues = ["PAY-103", "AB#1", "PAY-1", "OPS-9", "PAY-101", "#5"]

    found = answers(ask(indexed, issues))

    assert [answer["issue_key"] for answer in found] == issues
    assert [bool(answer["links"]) for answer in found] == [True, True, True, False, True, False]


@both_ways
def test_each_issue_has_the_links_that_it_has_by_itself(indexed: Installation, ask: Any) -> None:
    issues = ["PAY-1", "PAY-101", "PAY-103", "PAY-7", BUSY]

    for answer in answers(ask(indexed, issues, 200)):
        alone = indexed.call("GET", f"links/{answer['issue_key']}?limit=200").json
        assert answer["links"] == alone["links"]
        assert answer["truncated"] is False


@both_ways
def test_issue_with_more_links_than_asked_for_says_so(indexed: Installation, ask: Any) -> None:
    [busy, other] = answers(ask(indexed, [BUSY, "PAY-101"], 20))

    assert (len(busy["links"]), busy["truncated"]) == (20, True)
    assert other["truncated"] is False


@both_ways
@pytest.mark.parametrize(("limit", "truncated"), [(2, True), (3, False), (4, False)])
def test_issue_with_just_as_many_links_as_asked_for_is_whole(
    installation: Installation, ask: Any, limit: int, truncated: bool
) -> None:
    put(installation, *(mention("commit", sha(n), "PAY-1") for n in range(3)))

    [answer] = answers(ask(installation, ["PAY-1"], limit))

    assert (len(answer["links"]), answer["truncated"]) == (min(limit, 3), truncated)


@both_ways
def test_copies_in_forks_do_not_make_an_issue_look_longer(
    installation: Installation, ask: Any
) -> None:
    for number in range(5):
        put(
            installation,
            mention("commit", sha(number), "PAY-1"),
            mention("commit", sha(number), "PAY-1", repository=FORK),
        )

    [answer] = answers(ask(installation, ["PAY-1"], 5))

    assert (len(answer["links"]), answer["truncated"]) == (5, False)
    assert all(len(link["also_in"]) == 1 for link in answer["links"])


@both_ways
def test_issue_whose_commits_are_in_several_forks_has_as_many_links_as_asked_for(
    installation: Installation, ask: Any
) -> None:
    forks = [RepositoryId(f"{number:08x}-0000-4000-8000-000000000000") for number in range(4)]
    for fork in forks:
        add_repository(installation, fork, "fork")
        commits = [mention("commit", sha(n), "PAY-1", repository=fork) for n in range(10)]
        put(installation, *commits)

    [answer] = answers(ask(installation, ["PAY-1"], 5))

    assert (len(answer["links"]), answer["truncated"]) == (5, True)


@both_ways
def test_refused_key_keeps_its_place_and_says_why(installation: Installation, ask: Any) -> None:
    put(installation, mention("commit", sha(1), "PAY-1", "OPS-1"))
    token = installation.token("links:read", issue_projects=["PAY"])

    found = answers(ask(installation, ["OPS-1", "PAY-1", "nonsense"], token=token))

    assert [answer.get("code") for answer in found] == ["out_of_scope", None, "bad_issue_key"]
    assert [answer["issue_key"] for answer in found] == ["OPS-1", "PAY-1", "nonsense"]
    assert [len(answer["links"]) for answer in found] == [0, 1, 0]


@both_ways
def test_key_that_is_asked_for_twice_is_answered_twice(
    installation: Installation, ask: Any
) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"))

    found = answers(ask(installation, ["PAY-1", "pay-01", "PAY-1"]))

    assert [answer["issue_key"] for answer in found] == ["PAY-1"] * 3
    assert all(len(answer["links"]) == 1 for answer in found)


@both_ways
def test_hidden_repositories_are_left_out(installation: Installation, ask: Any) -> None:
    put(installation, mention("commit", sha(1), "PAY-1", "PAY-2"))
    become(installation, REPOSITORY, left_out="disabled")

    assert [answer["links"] for answer in answers(ask(installation, ["PAY-1", "PAY-2"]))] == [
        [],
        [],
    ]


@both_ways
def test_hundred_issues_are_answered(installation: Installation, ask: Any) -> None:
    issues = [f"PAY-{number}" for number in range(1, 101)]
    put(installation, *(mention("commit", sha(n), issue) for n, issue in enumerate(issues)))

    found = answers(ask(installation, issues))

    assert [len(answer["links"]) for answer in found] == [1] * 100


@both_ways
@pytest.mark.parametrize("count", [0, 101])
def test_no_issue_or_more_than_a_hundred_are_refused(
    installation: Installation, ask: Any, count: int
) -> None:
    answered = ask(installation, [f"PAY-{number + 1}" for number in range(count)])

    assert set(answered.fields) == {"issues"}


@both_ways
@pytest.mark.parametrize("limit", [0, -1, 201])
def test_limit_out_of_bounds_is_refused(installation: Installation, ask: Any, limit: int) -> None:
    assert set(ask(installation, ["PAY-1"], limit).fields) == {"limit_per_issue"}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "issues"),
        ({"issues": "PAY-1"}, "issues"),
        ({"issues": [1]}, "issues[0]"),
        ({"issues": ["PAY-1"], "limit": 5}, "limit"),
        ({"issues": ["PAY-1"], "limit_per_issue": "5"}, "limit_per_issue"),
        ([], "body"),
    ],
    ids=str,
)
def test_body_that_does_not_fit_is_refused_by_field(
    installation: Installation, body: object, field: str
) -> None:
    assert set(installation.call("POST", "links/query", body).fields) == {field}


@both_ways
def test_issues_cost_few_reads_of_storage(
    indexed: Installation, ask: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[str] = []
    read = indexed.storage.rows.read

    def counted(keys: Any, *args: Any, **more: Any) -> Any:
        reads.append(keys.partition)
        return read(keys, *args, **more)

    monkeypatch.setattr(indexed.storage.rows, "read", counted)
    answers(ask(indexed, [f"PAY-{number}" for number in range(1, 101)]))

    assert len(reads) <= 8
