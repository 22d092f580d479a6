"""What is stored of one kind of items is forgotten alone, and who names work items is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared import origins
from shared.issue_keys import AZURE_BOARDS, Candidate, Evidence, Form, IssueKey, Source
from shared.model import Mention
from tests.making import DAY, FORK, REPOSITORY, mention, sha
from tests.shared.storage.links.conftest import PAY_1, ids, read, store

if TYPE_CHECKING:
    from shared.interfaces.links import Links


def attached(number: int, to: Mention) -> Mention:
    """Return what a work item tells of an item that it is attached to."""
    key = IssueKey(AZURE_BOARDS, number)
    candidate = Candidate(Form.ATTACHED, AZURE_BOARDS, number, str(key), Source.WORK_ITEM)
    return Mention(
        item=to.item,
        keys={key: (Evidence(Source.WORK_ITEM, str(key)),)},
        candidates=(candidate,),
        origin=origins.of_work_item(number),
    )


def test_one_kind_is_forgotten_and_the_others_stay(links: Links) -> None:
    store(links, [mention("commit", sha(n), "PAY-1", repository=REPOSITORY) for n in range(120)])
    store(links, [mention("commit", sha(999), "PAY-1", repository=FORK)])
    links.replace(
        [
            mention("branch", "PAY-1-a", "PAY-1", observed_at=DAY),
            mention("pull_request", "7", "PAY-1", status="open"),
        ]
    )

    changed = links.forget_kind(REPOSITORY, "commit")

    assert changed == {PAY_1}
    assert ids(read(links)) == ["PAY-1-a", "7", sha(999)]
    assert links.commit_ids(REPOSITORY) == set()
    assert links.commit_ids(FORK) == {sha(999)}


def test_what_is_told_from_elsewhere_outlives_the_items_own_word(links: Links) -> None:
    commit = mention("commit", sha(1), "PAY-1")
    store(links, [commit])
    links.supplement(
        REPOSITORY, {origins.of_work_item(17): [attached(17, commit)]}, observed_at=None
    )

    links.forget_kind(REPOSITORY, "commit")

    assert read(links) == []
    assert ids(read(links, IssueKey(AZURE_BOARDS, 17))) == [sha(1)]


def test_nothing_to_forget_is_fine(links: Links) -> None:
    assert links.forget_kind(REPOSITORY, "branch") == set()


def test_every_link_to_a_work_item_is_told_whoever_makes_it(links: Links) -> None:
    first, second = mention("commit", sha(1)), mention("commit", sha(2), repository=FORK)
    store(links, [first, second, mention("commit", sha(3), "PAY-5")])
    for number in (3, 11, 16):
        told = {origins.of_work_item(number): [attached(number, first)]}
        links.supplement(REPOSITORY, told, observed_at=None)
    links.supplement(FORK, {origins.of_work_item(3): [attached(3, second)]}, observed_at=None)

    assert set(links.named(AZURE_BOARDS)) == {
        (3, REPOSITORY),
        (11, REPOSITORY),
        (16, REPOSITORY),
        (3, FORK),
    }
    assert set(links.named("PAY")) == {(5, REPOSITORY)}
    assert list(links.named("NONE")) == []
