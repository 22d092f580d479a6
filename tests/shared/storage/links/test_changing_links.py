from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.configuration import Tracker
from shared.issue_keys import IssueKey
from shared.model import Reviewer, TrackerId
from tests.making import DAY, FORK, REPOSITORY, mention, sha
from tests.shared.storage.links.conftest import PAY_1, ids, later, read, store

if TYPE_CHECKING:
    from shared.interfaces.links import Links
    from shared.interfaces.storage import Storage


def test_a_pull_request_that_loses_its_key_loses_that_link(links: Links) -> None:
    links.replace([mention("pull_request", "7", "PAY-1", "PAY-2", status="open")])

    changed = links.replace(
        [mention("pull_request", "7", "PAY-2", "PAY-3", status="merged", observed_at=later(days=1))]
    )

    assert read(links) == []
    [kept] = read(links, IssueKey("PAY", 2))
    assert kept.link.item.status == "merged"
    assert ids(read(links, IssueKey("PAY", 3))) == ["7"]
    assert changed == {PAY_1, IssueKey("PAY", 2), IssueKey("PAY", 3)}


def test_an_older_observation_changes_nothing(links: Links) -> None:
    links.replace(
        [mention("pull_request", "7", "PAY-1", status="merged", observed_at=later(days=2))]
    )

    changed = links.replace(
        [mention("pull_request", "7", "PAY-9", status="open", observed_at=later(days=1))]
    )

    [found] = read(links)
    assert found.link.item.status == "merged"
    assert read(links, IssueKey("PAY", 9)) == []
    assert changed == set()


def test_reading_a_pull_request_again_unchanged_touches_no_issue(links: Links) -> None:
    links.replace([mention("pull_request", "7", "PAY-1", status="open")])

    changed = links.replace(
        [mention("pull_request", "7", "PAY-1", status="open", observed_at=later(days=1))]
    )

    stored = links.stored(REPOSITORY, "pull_request", ["7"])["7"]
    assert changed == set()
    assert stored.mention.observed_at == later(days=1)


def test_reviewers_and_branches_of_a_pull_request_come_back(links: Links) -> None:
    from msgspec.structs import replace  # noqa: PLC0415

    plain = mention("pull_request", "7", "PAY-1", status="open")
    item = replace(
        plain.item,
        reviewers=(Reviewer("Reviewer", "approved", required=True),),
        source_branch="feature/x",
        target_branch="main",
        flags=("orphaned",),
    )
    links.replace([replace(plain, item=item)])

    [found] = read(links)

    assert found.link.item == item


def test_many_items_are_replaced_in_one_go(links: Links) -> None:
    first = [mention("branch", f"b{n}", f"PAY-{n + 1}") for n in range(250)]
    links.replace(first)

    links.replace(
        [
            mention("branch", f"b{n}", f"PAY-{n + 1000}", observed_at=later(days=1))
            for n in range(250)
        ]
    )

    assert read(links, IssueKey("PAY", 78)) == []
    assert ids(read(links, IssueKey("PAY", 1077))) == ["b77"]


def test_a_deleted_branch_goes_with_its_links(links: Links) -> None:
    links.replace([mention("branch", "a", "PAY-1"), mention("branch", "b", "PAY-1")])

    changed = links.delete(REPOSITORY, "branch", ["a", "never"], observed_at=later(days=1))

    assert ids(read(links)) == ["b"]
    assert changed == {PAY_1}
    assert links.stored(REPOSITORY, "branch", ["a", "b"]).keys() == {"b"}


def test_a_branch_that_was_seen_later_is_not_deleted(links: Links) -> None:
    links.replace([mention("branch", "a", "PAY-1", observed_at=later(days=2))])

    links.delete(REPOSITORY, "branch", ["a"], observed_at=later(days=1))

    assert ids(read(links)) == ["a"]


@pytest.mark.parametrize("asked", [5, 60])
def test_stored_commits_are_known(links: Links, asked: int) -> None:
    store(links, [mention("commit", sha(n)) for n in range(0, asked, 2)])

    seen = links.seen(REPOSITORY, [sha(n) for n in range(asked)])

    assert seen == {sha(n) for n in range(0, asked, 2)}


def test_mentions_come_back_with_what_other_rules_need(links: Links) -> None:
    both = mention("commit", sha(1), "PAY-1", "PAY-2", title="Both")
    store(links, [both, mention("commit", sha(2))])

    found = {stored.mention.item.id: stored.mention for stored in links.mentions(REPOSITORY)}

    assert found[sha(1)].item == both.item
    assert found[sha(1)].candidates == both.candidates
    assert found[sha(1)].keys.keys() == both.keys.keys()
    assert found[sha(1)].rules == "r1"
    assert found[sha(2)].candidates == ()


def test_other_rules_change_links_without_anything_being_fetched(links: Links) -> None:
    store(links, [mention("commit", sha(n), "PAY-1", "PAY-2") for n in range(120)])
    stored = list(links.mentions(REPOSITORY))

    left = links.restate(
        [(s, mention("commit", s.mention.item.id, "PAY-2", rules="r2")) for s in stored]
    )

    assert left == 0
    assert read(links) == []
    assert len(read(links, IssueKey("PAY", 2), limit=500)) == 120
    assert {s.mention.rules for s in links.mentions(REPOSITORY)} == {"r2"}


def test_a_mention_that_was_changed_meanwhile_is_left_to_the_next_pass(links: Links) -> None:
    store(links, [mention("commit", sha(n), "PAY-1") for n in (1, 2)])
    stored = list(links.mentions(REPOSITORY))
    store(links, [mention("commit", sha(1), "PAY-1", "PAY-3")])

    left = links.restate(
        [(s, mention("commit", s.mention.item.id, "PAY-9", rules="r2")) for s in stored]
    )

    assert left == 1
    rules = {s.mention.item.id: s.mention.rules for s in links.mentions(REPOSITORY)}
    assert rules == {sha(1): "r1", sha(2): "r2"}


def test_a_repository_is_removed_and_no_other(links: Links) -> None:
    store(links, [mention("commit", sha(n), f"PAY-{n % 9 + 1}") for n in range(1100)])
    store(links, [mention("commit", sha(1), "PAY-1", repository=FORK)])
    links.replace([mention("branch", "a", "PAY-1")])

    links.remove_repository(REPOSITORY)

    [left] = read(links)
    assert left.link.item.repository == FORK
    assert list(links.mentions(REPOSITORY)) == []
    assert len(list(links.mentions(FORK))) == 1


def test_removing_a_repository_again_is_fine(links: Links) -> None:
    store(links, [mention("commit", sha(1), "PAY-1")])
    links.remove_repository(REPOSITORY)

    links.remove_repository(REPOSITORY)

    assert read(links) == []


def test_copies_of_a_commit_in_forks_lie_together(links: Links) -> None:
    store(
        links,
        [
            mention("commit", sha(n), "PAY-1", repository=repository)
            for repository in (REPOSITORY, FORK)
            for n in (1, 2, 3)
        ],
    )

    found = ids(read(links))

    assert found == [sha(1), sha(1), sha(2), sha(2), sha(3), sha(3)]


def test_trackers_do_not_see_each_others_links(storage: Storage, links: Links, unique: str) -> None:
    other = storage.links(Tracker(TrackerId("other"), f"{unique}x", "Other", DAY))

    store(links, [mention("commit", sha(1), "PAY-1")])

    assert read(other) == []


def test_a_dropped_tracker_has_nothing_left(
    storage: Storage, tracker: Tracker, links: Links
) -> None:
    store(links, [mention("commit", sha(1), "PAY-1")])

    storage.drop_links(tracker)
    storage.drop_links(tracker)

    assert read(links) == []
