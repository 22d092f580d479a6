"""What tells of an item besides itself is shown as one link with it, or hides it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.issue_keys import Evidence, IssueKey, Source
from shared.links import LinkPage, links_of_issues, page_of_links
from shared.origins import TAGS, attached_to, detached_from, of_pull_request
from tests.links_api.conftest import OWNER, add_integration, add_repository, become, put
from tests.making import DAY, FORK, REPOSITORY, mention, sha
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from shared.model import Mention, Origin, RepositoryId

PAY_1 = IssueKey("PAY", 1)
ATTACHED = attached_to(PAY_1)
DETACHED = detached_from(PAY_1)


@pytest.fixture
def installation() -> Installation:
    """Return an installation with a repository and its fork."""
    made = Installation()
    add_integration(made, OWNER)
    add_repository(made, REPOSITORY, "shop")
    add_repository(made, FORK, "shop-fork")
    return made


def by(
    origin: Origin, source: Source, item: Mention, *, repository: RepositoryId = REPOSITORY
) -> Mention:
    """Return what an origin tells of an item: that it is PAY-1's."""
    evidence = (Evidence(source, f"told by {origin}"),)
    moved = replace(item.item, repository=repository)
    return replace(item, item=moved, keys={PAY_1: evidence}, origin=origin)


def tell(installation: Installation, *mentions: Mention) -> None:
    installation.storage.links(installation.tracker).replace(mentions)


def page(installation: Installation, *, limit: int = 50, after: str = "") -> LinkPage:
    return page_of_links(
        installation.services, installation.tracker, PAY_1, limit=limit, after=after
    )


def ids(found: LinkPage) -> list[str]:
    return [link.link.item.id for link in found.links]


def reads(installation: Installation) -> list[int]:
    """Have reads of rows noted from now on, each by its limit."""
    noted: list[int] = []
    rows = installation.storage.tables
    read = rows.read

    def noting(*args: object, **more: object) -> object:
        noted.append(int(str(more.get("limit", 0))))
        return read(*args, **more)  # type: ignore[arg-type]

    rows.read = noting  # type: ignore[assignment,method-assign]
    return noted


def test_link_shows_all_evidence_once_and_what_the_item_says_first(
    installation: Installation,
) -> None:
    commit = mention("commit", sha(1), "PAY-1")
    put(installation, commit)
    tell(
        installation,
        by(TAGS, Source.TAG, commit),
        by(of_pull_request(45), Source.INHERITED, commit),
        replace(commit, origin=ATTACHED),
    )

    [found] = page(installation).links

    assert [e.source for e in found.link.evidence] == ["message", "inherited", "tag"]
    assert found.link.origin == ""


def test_item_is_shown_as_it_shows_itself(installation: Installation) -> None:
    commit = mention("commit", sha(1), "PAY-1", title="As it is")
    told = replace(commit, item=replace(commit.item, title="As it is tol", flags=()))
    put(installation, replace(commit, item=replace(commit.item, flags=("merge",))))
    tell(installation, by(TAGS, Source.TAG, told))

    [found] = page(installation).links

    assert (found.link.item.title, found.link.item.flags) == ("As it is", ("merge",))


def test_evidence_of_copies_in_forks_is_that_of_one_commit(installation: Installation) -> None:
    commit = mention("commit", sha(1), "PAY-1")
    put(installation, commit)
    tell(installation, by(TAGS, Source.TAG, commit, repository=FORK))

    [found] = page(installation).links

    assert {o.repository.name for o in found.owned} == {"shop", "shop-fork"}
    assert {e.source for e in found.link.evidence} == {"message", "tag"}


def test_nothing_is_told_by_a_repository_that_is_not_shown(installation: Installation) -> None:
    commit = mention("commit", sha(1), "PAY-1")
    put(installation, commit)
    tell(installation, by(TAGS, Source.TAG, commit, repository=FORK))
    become(installation, FORK, left_out="disabled")

    [found] = page(installation).links

    assert [o.repository.name for o in found.owned] == ["shop"]
    assert [e.source for e in found.link.evidence] == ["message"]


@pytest.mark.parametrize("kind", ["branch", "pull_request", "commit"])
def test_detached_item_is_not_shown_whatever_else_tells_of_it(
    installation: Installation, kind: str
) -> None:
    item_id = {"branch": "feature/x", "pull_request": "7", "commit": sha(1)}[kind]
    item = mention(kind, item_id, "PAY-1")  # type: ignore[arg-type]
    put(installation, item, mention("commit", sha(2), "PAY-1", at=DAY - timedelta(days=1)))
    tell(installation, by(DETACHED, Source.MANUAL, item), by(ATTACHED, Source.MANUAL, item))

    assert ids(page(installation)) == [sha(2)]


def test_commit_that_is_detached_in_one_repository_is_not_shown_for_its_copy(
    installation: Installation,
) -> None:
    commit = mention("commit", sha(1), "PAY-1")
    put(installation, commit, replace(commit, item=replace(commit.item, repository=FORK)))
    tell(installation, by(DETACHED, Source.MANUAL, commit, repository=FORK))

    assert page(installation).links == []


def test_branch_of_the_same_name_in_another_repository_stays(installation: Installation) -> None:
    branch = mention("branch", "feature/x", "PAY-1")
    put(installation, branch, replace(branch, item=replace(branch.item, repository=FORK)))
    tell(installation, by(DETACHED, Source.MANUAL, branch))

    [found] = page(installation).links

    assert found.link.item.repository == FORK


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_never_part_an_item_from_what_tells_of_it(
    installation: Installation, limit: int
) -> None:
    commits = [mention("commit", sha(n), "PAY-1", at=DAY + timedelta(hours=n)) for n in range(9)]
    put(installation, *commits)
    for number, commit in enumerate(commits):
        told = [by(of_pull_request(n + 1), Source.INHERITED, commit) for n in range(number)]
        hiding = [by(DETACHED, Source.MANUAL, commit)] if number in {0, 4, 8} else []
        tell(installation, *told, *hiding)

    found, after = [], ""
    while True:
        one = page(installation, limit=limit, after=after)
        found += [(link.link.item.id, len(link.link.evidence)) for link in one.links]
        if one.next is None:
            break
        after = one.next

    assert found == [(sha(n), n + 1) for n in (7, 6, 5, 3, 2, 1)]


def test_hidden_items_behind_a_full_page_make_no_next_one_that_is_empty(
    installation: Installation,
) -> None:
    shown = mention("commit", sha(1), "PAY-1", at=DAY + timedelta(hours=1))
    hidden = mention("commit", sha(2), "PAY-1")
    put(installation, shown, hidden)
    tell(installation, by(DETACHED, Source.MANUAL, hidden))

    assert page(installation, limit=1).next is None


def test_issue_is_one_read_with_all_that_is_told_from_elsewhere(
    installation: Installation,
) -> None:
    commits = [mention("commit", sha(n), "PAY-1") for n in range(20)]
    put(installation, *commits)
    tell(installation, *(by(TAGS, Source.TAG, commit) for commit in commits))
    noted = reads(installation)

    found = page(installation)

    assert len(found.links) == len(commits)
    assert len(noted) == 1


def test_full_page_of_items_that_nobody_else_tells_of_is_one_read(
    installation: Installation,
) -> None:
    put(installation, *(mention("commit", sha(n), "PAY-1") for n in range(120)))
    noted = reads(installation)

    found = page(installation, limit=50)

    assert found.next is not None
    assert len(noted) == 1


def test_several_issues_are_answered_like_one(installation: Installation) -> None:
    commit = mention("commit", sha(1), "PAY-1")
    hidden = mention("commit", sha(2), "PAY-1")
    put(installation, commit, hidden)
    tell(installation, by(TAGS, Source.TAG, commit), by(DETACHED, Source.MANUAL, hidden))

    pages = links_of_issues(installation.services, installation.tracker, [PAY_1], limit=20)

    assert pages[PAY_1] == page(installation, limit=20)
    assert len(pages[PAY_1].links) == 1
