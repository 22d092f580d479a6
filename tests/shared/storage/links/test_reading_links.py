from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shared.issue_keys import Evidence, IssueKey, Source
from shared.links import KINDS
from shared.storage.link_keys import links_partition
from tests.making import DAY, REPOSITORY, mention, sha
from tests.shared.storage.links.conftest import PAY_1, ids, later, read, store

if TYPE_CHECKING:
    from shared.interfaces.links import Links


def test_a_commit_is_found_at_each_issue_that_it_names(links: Links) -> None:
    store(links, [mention("commit", sha(1), "PAY-1", "SHOP-2", title="Do it")])

    [found] = read(links)

    assert found.link.issue_key == PAY_1
    assert found.link.item.title == "Do it"
    assert found.link.item.at == DAY
    assert found.link.evidence == (Evidence(Source.MESSAGE, "PAY-1"),)
    assert ids(read(links, IssueKey("SHOP", 2))) == [sha(1)]
    assert read(links, IssueKey("PAY", 11)) == []


def test_branches_come_first_then_pull_requests_then_commits_newest_first(links: Links) -> None:
    store(
        links,
        [
            mention("commit", sha(1), "PAY-1", at=later(days=1)),
            mention("commit", sha(2), "PAY-1", at=later(days=3)),
            mention("commit", sha(3), "PAY-1", at=datetime(1969, 1, 1, tzinfo=UTC)),
        ],
    )
    links.replace(
        [
            mention("pull_request", "7", "PAY-1", at=later(days=2), status="open"),
            mention("pull_request", "12", "PAY-1", at=later(days=9), status="merged"),
            mention("branch", "feature/PAY-1", "PAY-1"),
        ]
    )

    assert ids(read(links)) == ["feature/PAY-1", "12", "7", sha(2), sha(1), sha(3)]
    only = links.read(PAY_1, kinds=KINDS[1:2], after="", limit=10)
    assert ids(only) == ["12", "7"]
    two = links.read(PAY_1, kinds=("branch", "commit"), after="", limit=10)
    assert ids(two) == ["feature/PAY-1", sha(2), sha(1), sha(3)]


def test_pages_follow_each_other_without_a_gap_or_an_overlap(links: Links) -> None:
    store(
        links,
        [mention("commit", sha(n), "PAY-1", at=later(minutes=n)) for n in range(25)],
    )

    seen: list[str] = []
    after = ""
    while page := links.read(PAY_1, kinds=KINDS, after=after, limit=10):
        seen += ids(page)
        after = page[-1].position

    assert seen == [sha(n) for n in reversed(range(25))]


def test_more_than_fits_in_a_batch_or_a_page_is_stored_and_read(links: Links) -> None:
    store(
        links,
        [mention("commit", sha(n), "PAY-1", at=later(minutes=n)) for n in range(1205)],
    )

    assert len(read(links, limit=2000)) == 1205
    assert len(list(links.mentions(REPOSITORY))) == 1205


def test_storing_the_same_twice_changes_nothing(links: Links) -> None:
    mentions = [mention("commit", sha(n), "PAY-1", "PAY-2") for n in range(30)]

    store(links, mentions)
    before = read(links)
    store(links, mentions)

    assert read(links) == before
    assert len(list(links.mentions(REPOSITORY))) == 30


def test_one_commit_put_twice_before_a_flush_is_one_row(links: Links) -> None:
    one = mention("commit", sha(1), "PAY-1")

    store(links, [one, one])

    assert ids(read(links)) == [sha(1)]


@pytest.mark.parametrize(
    "title",
    [
        "line\u2028separator",
        "emoji \U0001f600 and quotes ' \" ''",
        "RTL \u202e and NUL-free <script>alert(1)</script>",
        "日本語のタイトル",
        "%27 ' or PartitionKey ne 'x",
    ],
)
def test_any_title_comes_back_as_it_was(links: Links, title: str) -> None:
    store(links, [mention("commit", sha(n), "PAY-1", title=title) for n in (1, 2)])

    assert {stored.link.item.title for stored in read(links)} == {title}


def test_several_issues_are_answered_together(links: Links) -> None:
    store(
        links,
        [mention("commit", sha(n), f"PAY-{n}", at=later(minutes=n)) for n in range(1, 200, 3)],
    )
    asked = [IssueKey("PAY", n) for n in (1, 4, 7, 8, 100, 196, 5000)] + [IssueKey("AB", 1)]

    found = links.read_many(asked, limit=5)

    assert {key.number: ids(found[key]) for key in asked[:7]} == {
        1: [sha(1)],
        4: [sha(4)],
        7: [sha(7)],
        8: [],
        100: [sha(100)],
        196: [sha(196)],
        5000: [],
    }
    assert found[IssueKey("AB", 1)] == []


def test_an_issue_that_overflows_a_range_does_not_hide_its_neighbours(links: Links) -> None:
    busy = [mention("commit", sha(n), "PAY-8", at=later(minutes=n)) for n in range(1100)]
    store(links, [*busy, mention("commit", sha(5000), "PAY-16")])

    found = links.read_many([IssueKey("PAY", 8), IssueKey("PAY", 16)], limit=20)

    assert len(found[IssueKey("PAY", 8)]) == 20
    assert ids(found[IssueKey("PAY", 16)]) == [sha(5000)]


def test_a_work_item_a_plain_number_and_a_project_do_not_meet(links: Links) -> None:
    partitions = {links_partition(IssueKey(p, 17)) for p in ("AB", "#", "N", "PAY")}

    assert len(partitions) == 4
