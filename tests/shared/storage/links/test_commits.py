"""The commits of a repository in order, and what is told of them from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.issue_keys import IssueKey
from shared.origins import TAGS, attached_to, detached_from, of_pull_request, of_work_item
from tests.making import FORK, REPOSITORY, mention, sha
from tests.shared.storage.links.conftest import PAY_1, store

if TYPE_CHECKING:
    from shared.interfaces.links import Links
    from shared.model import Kind, Mention, Origin

NUMBER = IssueKey("#", 5)


def told(origin: Origin, item_id: str, *keys: str, kind: Kind = "commit") -> Mention:
    return replace(mention(kind, item_id, *keys), origin=origin)


@pytest.mark.parametrize(
    ("after", "limit", "found"),
    [("", 10, [1, 2, 3]), ("", 2, [1, 2]), (sha(1), 2, [2, 3]), (sha(3), 2, []), ("~", 2, [])],
)
def test_commits_come_in_order_behind_an_id(
    links: Links, after: str, limit: int, found: list[int]
) -> None:
    store(links, [mention("commit", sha(n), "PAY-1") for n in (3, 1, 2)])
    store(links, [mention("commit", sha(9), "PAY-1", repository=FORK)])
    links.replace([mention("branch", "main"), mention("pull_request", "7", status="open")])
    links.replace([told(TAGS, sha(8), "PAY-1")])

    read = links.commits(REPOSITORY, after=after, limit=limit)

    assert [one.item.id for one in read] == [sha(n) for n in found]
    assert all(one.item.title and PAY_1 in one.keys for one in read)


def test_what_is_told_comes_with_its_keys_and_what_people_said_first(links: Links) -> None:
    origins = [TAGS, of_pull_request(7), of_work_item(3), attached_to(NUMBER)]
    hiding = [detached_from(PAY_1), detached_from(NUMBER)]
    links.replace([told(origin, sha(1), "PAY-2") for origin in (*origins, *hiding)])
    links.replace([told(TAGS, "main", "PAY-2", kind="branch")])
    store(links, [mention("commit", sha(1), "PAY-1")])

    read = links.told(REPOSITORY, "commit", limit=10)

    assert [one.origin for one in read] == [
        *hiding, attached_to(NUMBER), of_pull_request(7), TAGS, of_work_item(3),
    ]  # fmt: skip
    assert {one.item.id for one in read} == {sha(1)}
    assert all([*one.keys] == [IssueKey("PAY", 2)] for one in read)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_no_more_is_told_than_was_asked_for(links: Links, limit: int) -> None:
    for origin in (TAGS, attached_to(PAY_1), detached_from(PAY_1)):
        links.replace([told(origin, sha(1), "PAY-1"), told(origin, sha(2), "PAY-1")])

    assert len(links.told(REPOSITORY, "commit", limit=limit)) == limit
