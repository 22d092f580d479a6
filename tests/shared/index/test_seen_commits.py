"""Which commits of a repository link to an issue, and what keeps the others from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared import trackers
from shared.errors import UnknownThingError
from shared.index.seen_commits import MOST_READS, SeenCommits
from shared.issue_keys import IssueKey
from shared.origins import TAGS, attached_to, detached_from, of_pull_request
from shared.services import ONE_GROUP
from shared.storage.rows import MOST_IN_A_PAGE
from tests.links_api.conftest import OWNER, add_integration, add_repository, become, put
from tests.making import FORK, REPOSITORY, mention, sha
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.index.seen_commits import CommitPage
    from shared.model import Mention, Origin

AB_4, PAY_3 = IssueKey("AB", 4), IssueKey("PAY", 3)


@pytest.fixture
def installation() -> Installation:
    """Return an installation with a repository of which nothing is indexed yet."""
    made = Installation()
    add_integration(made, OWNER)
    add_repository(made, REPOSITORY, "shop")
    return made


def seen(installation: Installation, *, tracker: str = "") -> SeenCommits:
    integration = installation.integration(OWNER)
    return SeenCommits(installation.services, integration, REPOSITORY, tracker=tracker)


def ids(page: CommitPage) -> list[str]:
    return [commit.item.id for commit in page.commits]


def keys_of(keys: Iterable[IssueKey]) -> list[str]:
    return [str(key) for key in keys]


def tell(installation: Installation, origin: Origin, number: int, *keys: str) -> None:
    """Have an origin tell of a commit."""
    told = replace(mention("commit", sha(number), *keys), origin=origin)
    installation.storage.links(installation.tracker).replace([told])


def test_commits_come_in_order_of_id_with_what_they_link_to(installation: Installation) -> None:
    put(
        installation,
        mention("commit", sha(3), "PAY-1", "PAY-2", title="Third"),
        mention("commit", sha(1)),
        mention("branch", "main", "PAY-9"),
    )

    page = seen(installation).page(limit=10)

    first, second = page.commits
    assert (first.item.id, first.issue_keys, first.is_linked) == (sha(1), (), False)
    assert (second.item.title, keys_of(second.issue_keys)) == ("Third", ["PAY-1", "PAY-2"])
    assert (page.next, page.is_uncertain) == (None, False)


@pytest.mark.parametrize(
    ("linked", "found"),
    [(True, [sha(2), sha(4)]), (False, [sha(1), sha(3)]), (None, [sha(n) for n in (1, 2, 3, 4)])],
)
@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_every_commit_is_on_one_page_and_one_page_alone(
    installation: Installation, linked: bool | None, found: list[str], limit: int
) -> None:
    put(installation, *(mention("commit", sha(n), *["PAY-1"][n % 2 :]) for n in range(1, 5)))
    told: list[str] = []
    after: str | None = ""

    while after is not None:
        page = seen(installation).page(linked=linked, after=after, limit=limit)
        assert len(page.commits) <= limit
        told += ids(page)
        after = page.next

    assert told == found


@pytest.mark.parametrize("origin", [TAGS, of_pull_request(7), attached_to(AB_4)])
def test_commit_that_is_told_of_from_elsewhere_is_linked(
    installation: Installation, origin: Origin
) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"), mention("commit", sha(2)))
    tell(installation, origin, 2, "AB-4")

    page = seen(installation).page(linked=True, limit=10)

    assert [keys_of(commit.issue_keys) for commit in page.commits] == [["PAY-1"], ["AB#4"]]
    assert ids(seen(installation).page(linked=False, limit=10)) == []


def test_detached_commit_is_unlinked_and_says_from_what(installation: Installation) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"), mention("commit", sha(2), "#-5", "PAY-1"))
    tell(installation, detached_from(IssueKey("PAY", 1)), 1, "PAY-1")
    tell(installation, detached_from(IssueKey("#", 5)), 2, "#-5")

    [unlinked] = seen(installation).page(linked=False, limit=10).commits
    [linked] = seen(installation).page(linked=True, limit=10).commits

    assert (unlinked.item.id, keys_of(unlinked.detached)) == (sha(1), ["PAY-1"])
    assert keys_of(linked.issue_keys) == ["PAY-1"]
    assert keys_of(linked.detached) == ["#5"]


def test_what_the_rules_do_not_accept_is_told(installation: Installation) -> None:
    put(installation, _found(1, "OPS-2"), _found(2, "OPS-2", "PAY-1"))
    tracker = replace(installation.tracker, projects=("PAY",))
    trackers.change_tracker(installation.services, tracker)

    [refused, linked] = seen(installation).page(limit=10).commits

    assert [candidate.text for candidate in refused.not_accepted] == ["OPS-2"]
    assert keys_of(linked.issue_keys) == ["PAY-1"]
    assert [candidate.text for candidate in linked.not_accepted] == ["OPS-2"]


def test_key_that_the_rules_of_now_accept_waits_until_they_are_applied(
    installation: Installation,
) -> None:
    waiting = replace(mention("commit", sha(1), "PAY-1"), keys={})
    put(installation, waiting)

    [commit] = seen(installation).page(limit=10).commits

    assert not commit.is_linked
    assert [evidence.text for evidence in commit.waiting] == ["PAY-1"]
    assert commit.not_accepted == ()


def test_a_tracker_sees_what_was_indexed_for_it(installation: Installation) -> None:
    installation.call("POST", "trackers", {"name": "Second", "id": "second"})
    known = installation.integration(OWNER)
    both = replace(known, trackers=(*known.trackers, "second"))
    installation.services.integrations.put(ONE_GROUP, OWNER, both)
    installation.services.owners.put("second", REPOSITORY, OWNER)
    put(installation, mention("commit", sha(1), "PAY-1"))
    put(installation, mention("commit", sha(2), "PAY-1"), tracker="second")

    assert ids(seen(installation).page(limit=10)) == [sha(1)]
    assert ids(seen(installation, tracker="second").page(limit=10)) == [sha(2)]


def test_commits_that_are_switched_off_are_not_shown(installation: Installation) -> None:
    put(installation, mention("commit", sha(1)))
    known = installation.integration(OWNER)
    index = replace(known.index, commits=False)
    installation.services.integrations.put(ONE_GROUP, OWNER, replace(known, index=index))

    assert seen(installation).page(limit=10).commits == ()


def test_page_that_would_take_too_long_ends_early_and_says_where_to_go_on(
    installation: Installation,
) -> None:
    most = MOST_READS * MOST_IN_A_PAGE
    put(installation, *(mention("commit", sha(n), "PAY-1") for n in range(most)))
    put(installation, mention("commit", sha(most)))

    first = seen(installation).page(linked=False, limit=10)
    second = seen(installation).page(linked=False, after=str(first.next), limit=10)

    assert (first.commits, first.next) == ((), sha(most - 1))
    assert (ids(second), second.next) == ([sha(most)], None)


def test_more_that_is_told_than_is_read_is_said_and_what_people_said_counts_first(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.index.seen_commits.MOST_TOLD", 3)
    put(installation, *(mention("commit", sha(n), "PAY-3") for n in (1, 2)))
    tell(installation, detached_from(PAY_3), 1, "PAY-3")
    for number in range(2, 6):
        put(installation, mention("commit", sha(number)))
        tell(installation, of_pull_request(number), number, "PAY-4")
    tell(installation, attached_to(PAY_3), 5, "PAY-3")

    page = seen(installation).page(linked=True, limit=10)

    assert page.is_uncertain
    assert {c.item.id: keys_of(c.issue_keys) for c in page.commits} == {
        sha(2): ["PAY-4"],
        sha(5): ["PAY-3"],
    }


def test_repository_or_tracker_that_is_not_indexed_is_unknown(installation: Installation) -> None:
    services, integration = installation.services, installation.integration(OWNER)
    for repository, tracker in ((FORK, ""), ("'", ""), (REPOSITORY, "second")):
        with pytest.raises(UnknownThingError):
            SeenCommits(services, integration, repository, tracker=tracker)

    installation.services.owners.put("default", REPOSITORY, "another")
    with pytest.raises(UnknownThingError, match="Another integration"):
        seen(installation)

    become(installation, REPOSITORY, left_out="disabled")
    with pytest.raises(UnknownThingError, match="not indexed"):
        seen(installation)


def _found(number: int, *texts: str) -> Mention:
    """Return a commit in which keys were found, accepted as far as they are of PAY."""
    made = mention("commit", sha(number), *texts)
    return replace(made, keys={k: found for k, found in made.keys.items() if k.project == "PAY"})
