"""What is told of items from elsewhere, kept beside what they say themselves."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.issue_keys import Candidate, Evidence, Form, IssueKey, Source
from shared.model import CommitId
from shared.origins import TAGS, attached_to, detached_from, of_pull_request, of_work_item
from tests.making import REPOSITORY, mention, sha
from tests.shared.storage.links.conftest import PAY_1, ids, later, read, store

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.interfaces.links import Links
    from shared.model import Kind, Mention, Origin

PAY_2 = IssueKey("PAY", 2)
PAY_9 = IssueKey("PAY", 9)


def told(
    origin: Origin,
    item_id: str,
    *keys: str,
    kind: Kind = "commit",
    observed_at: datetime | None = None,
    title: str = "A title",
) -> Mention:
    """Return what an origin tells of an item."""
    made = mention(kind, item_id, *keys, title=title)
    return replace(made, origin=origin, observed_at=observed_at)


def supplement(links: Links, *mentions: Mention, at: datetime | None = None) -> set[IssueKey]:
    """Store everything that the origins of some mentions tell."""
    by_origin: dict[Origin, list[Mention]] = {}
    for one in mentions:
        by_origin.setdefault(one.origin, []).append(one)
    return links.supplement(REPOSITORY, by_origin, observed_at=at)


def origins(links: Links, key: IssueKey = PAY_1) -> list[Origin]:
    return [stored.link.origin for stored in read(links, key)]


def test_commit_that_is_told_of_is_found_though_it_names_nothing(links: Links) -> None:
    store(links, [mention("commit", sha(1))])

    changed = supplement(links, told(TAGS, sha(1), "PAY-1", title="Release it"))

    [found] = read(links)
    assert found.link.item.title == "Release it"
    assert found.link.origin == TAGS
    assert changed == {PAY_1}


@pytest.mark.parametrize("told_first", [True, False])
def test_commit_and_what_is_told_of_it_come_in_any_order(links: Links, told_first: bool) -> None:
    commit = mention("commit", sha(1), "PAY-1")
    if told_first:
        supplement(links, told(TAGS, sha(1), "PAY-1", "PAY-2"))
        store(links, [commit])
    else:
        store(links, [commit])
        supplement(links, told(TAGS, sha(1), "PAY-1", "PAY-2"))

    store(links, [commit])

    assert origins(links) == ["", TAGS]
    assert origins(links, PAY_2) == [TAGS]


def test_all_orders_of_telling_end_the_same(links: Links) -> None:
    commit = mention("commit", sha(1), "PAY-1")
    inherited = of_pull_request(45)
    steps: list[Callable[[], object]] = [
        lambda: store(links, [commit]),
        lambda: supplement(links, told(TAGS, sha(1), "PAY-1", "PAY-2")),
        lambda: supplement(links, told(inherited, sha(1), "PAY-1")),
        lambda: links.replace(
            [
                told(attached_to(PAY_1), sha(1), "PAY-1"),
                told(detached_from(PAY_2), sha(1), "PAY-2"),
            ]
        ),
    ]
    ends = []

    for order in permutations(steps):
        for step in order:
            step()
        ends.append((read(links), read(links, PAY_2), _without_versions(links)))
        links.remove_repository(REPOSITORY)

    assert all(end == ends[0] for end in ends)
    assert [s.link.origin for s in ends[0][0]] == ["", attached_to(PAY_1), inherited, TAGS]


def _without_versions(links: Links) -> list[Mention]:
    return [stored.mention for stored in links.mentions(REPOSITORY)]


def test_what_an_origin_tells_is_replaced_as_a_whole(links: Links) -> None:
    origin = of_pull_request(45)
    supplement(links, told(origin, sha(1), "PAY-1"), told(origin, sha(2), "PAY-1"))

    changed = supplement(links, told(origin, sha(2), "PAY-2"), told(origin, sha(3), "PAY-2"))

    assert read(links) == []
    assert set(ids(read(links, PAY_2))) == {sha(2), sha(3)}
    assert changed == {PAY_1, PAY_2}


def test_origin_that_tells_nothing_more_leaves_what_others_tell(links: Links) -> None:
    store(links, [mention("commit", sha(1), "PAY-1")])
    for number in (4, 45, 451):
        supplement(links, told(of_pull_request(number), sha(1), "PAY-1"))

    changed = links.supplement(REPOSITORY, {of_pull_request(45): []}, observed_at=None)

    assert origins(links) == ["", "p4", "p451"]
    assert changed == {PAY_1}


def test_telling_the_same_again_changes_no_issue(links: Links) -> None:
    supplement(links, told(TAGS, sha(1), "PAY-1"))

    assert supplement(links, told(TAGS, sha(1), "PAY-1")) == set()


def test_older_observation_takes_nothing_away_and_adds_nothing(links: Links) -> None:
    origin = of_pull_request(45)
    supplement(links, told(origin, sha(1), "PAY-1", observed_at=later(days=2)), at=later(days=2))

    changed = supplement(
        links,
        told(origin, sha(1), "PAY-9", observed_at=later(days=1)),
        at=later(days=1),
    )
    forgotten = links.supplement(REPOSITORY, {origin: []}, observed_at=later(days=1))

    assert changed == forgotten == set()
    assert origins(links) == [origin]
    assert read(links, PAY_9) == []


def test_work_item_tells_of_all_kinds(links: Links) -> None:
    origin = of_work_item(17)
    kinds: list[tuple[Kind, str]] = [
        ("branch", "feature/x"),
        ("pull_request", "7"),
        ("commit", sha(1)),
    ]
    supplement(links, *(told(origin, item_id, "PAY-1", kind=kind) for kind, item_id in kinds))
    assert ids(read(links)) == ["feature/x", "7", sha(1)]

    links.supplement(REPOSITORY, {origin: []}, observed_at=None)

    assert read(links) == []


def test_pull_request_that_is_told_of_is_shown_as_it_is_now(links: Links) -> None:
    origin = attached_to(PAY_9)
    links.replace([mention("pull_request", "7", title="First", status="open")])
    links.replace([replace(mention("pull_request", "7", "PAY-9", status="open"), origin=origin)])

    changed = links.replace(
        [mention("pull_request", "7", title="Last", status="merged", observed_at=later(days=1))]
    )

    [found] = read(links, PAY_9)
    assert (found.link.item.title, found.link.item.status) == ("Last", "merged")
    assert found.link.evidence == (Evidence(Source.MESSAGE, "PAY-9"),)
    assert changed == {PAY_9}


def test_pull_request_that_names_nothing_is_stored_with_all_that_is_shown(links: Links) -> None:
    plain = mention("pull_request", "7", title="A plain one", status="open")

    links.replace([plain])

    assert links.stored(REPOSITORY, "pull_request", ["7"])["7"].mention.item == plain.item


def test_deleted_branch_takes_along_what_is_told_of_it_and_no_other(links: Links) -> None:
    links.replace([mention("branch", name, "PAY-1") for name in ("a", "b")])
    supplement(
        links, *(told(of_work_item(17), n, "PAY-1", "PAY-2", kind="branch") for n in ("a", "b"))
    )

    changed = links.delete(REPOSITORY, "branch", ["a"], observed_at=later(days=1))

    assert ids(read(links, PAY_2)) == ["b"]
    assert origins(links) == ["", "w17"]
    assert changed == {PAY_1, PAY_2}


def test_only_what_one_origin_tells_of_an_item_is_forgotten(links: Links) -> None:
    store(links, [mention("commit", sha(1), "PAY-1")])
    attached, detached = attached_to(PAY_1), detached_from(PAY_1)
    for origin in (attached, detached):
        links.replace([told(origin, sha(1), "PAY-1")])

    links.delete(REPOSITORY, "commit", [sha(1)], observed_at=later(days=1), origin=detached)

    assert origins(links) == ["", attached]
    assert links.stored(REPOSITORY, "commit", [sha(1)]).keys() == {sha(1)}


def test_mentions_of_a_kind_are_what_items_say_and_mentions_of_all_kinds_everything(
    links: Links,
) -> None:
    store(links, [mention("commit", sha(1), "PAY-1")])
    supplement(links, told(TAGS, sha(1), "PAY-1"))
    supplement(links, told(of_pull_request(4), CommitId("f" * 40), "PAY-1"))

    assert [s.mention.origin for s in links.mentions(REPOSITORY, kind="commit")] == [""]
    assert [s.mention.origin for s in links.mentions(REPOSITORY)] == ["", "p4", TAGS]
    assert links.commit_ids(REPOSITORY) == {sha(1)}


def test_what_is_told_is_restated_like_what_items_say(links: Links) -> None:
    supplement(links, told(TAGS, sha(1), "PAY-1", "PAY-2"))
    [stored] = links.mentions(REPOSITORY)
    evidence = (Evidence(Source.TAG, "PAY-9"),)

    left = links.restate([(stored, replace(stored.mention, keys={PAY_9: evidence}, rules="r2"))])

    [found] = read(links, PAY_9)
    assert (found.link.origin, found.link.evidence) == (TAGS, evidence)
    assert read(links) == read(links, PAY_2) == []
    assert left == 0


def test_candidates_come_back_with_their_sources(links: Links) -> None:
    candidate = Candidate(Form.ATTACHED, "AB", 17, "AB#17", Source.WORK_ITEM)
    one = replace(told(of_work_item(17), "feature/ü#1", kind="branch"), candidates=(candidate,))

    supplement(links, one)

    [stored] = links.mentions(REPOSITORY)
    assert stored.mention == one


def test_removed_repository_leaves_nothing_that_was_told_of_it(links: Links) -> None:
    store(links, [mention("commit", sha(1), "PAY-1")])
    links.replace([mention("branch", "a", "PAY-1"), mention("pull_request", "7", "PAY-1")])
    supplement(
        links,
        told(TAGS, sha(1), "PAY-1"),
        told(of_work_item(17), "a", "PAY-2", kind="branch"),
        told(of_work_item(17), "7", "PAY-2", kind="pull_request"),
    )
    links.replace([told(detached_from(PAY_1), sha(1), "PAY-1")])

    links.remove_repository(REPOSITORY)

    assert read(links) == read(links, PAY_2) == []
    assert list(links.mentions(REPOSITORY)) == []


def test_many_commits_are_told_of_at_once_and_forgotten_at_once(links: Links) -> None:
    origin = of_pull_request(45)
    commits = [told(origin, sha(number), "PAY-1") for number in range(250)]

    supplement(links, *commits)
    assert len(read(links, limit=1000)) == len(commits)
    supplement(links, *commits[:3])

    assert len(read(links, limit=1000)) == len(commits[:3])
