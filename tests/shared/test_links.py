from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared.issue_keys import IssueKey, parse_issue_key
from shared.links import LinkPage, Owners, links_of_issues, page_of_links
from shared.model import IntegrationId, RepositoryId
from tests.links_api.conftest import OWNER, add_integration, add_repository, become, put
from tests.making import DAY, FORK, REPOSITORY, mention, sha
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from shared.model import Flag, Link

PAY_1 = IssueKey("PAY", 1)
OTHER = IntegrationId("i2")


@pytest.fixture
def installation() -> Installation:
    """Return an installation with a repository and its fork."""
    made = Installation()
    add_integration(made, OWNER)
    add_repository(made, REPOSITORY, "shop")
    add_repository(made, FORK, "shop-fork")
    return made


def page(installation: Installation, **more: Any) -> LinkPage:
    options = {"limit": 50, **more}
    return page_of_links(installation.services, installation.tracker, PAY_1, **options)


def ids(found: LinkPage) -> list[str]:
    return [link.link.item.id for link in found.links]


def names(found: LinkPage) -> list[list[str]]:
    return [[owned.repository.name for owned in link.owned] for link in found.links]


def only_link(installation: Installation) -> Link:
    [found] = page(installation).links
    return found.link


def test_page_goes_on_after_hidden_links_until_it_is_full(installation: Installation) -> None:
    for number in range(30):
        at = DAY + timedelta(hours=number)
        hidden = RepositoryId(f"{number:08x}-0000-4000-8000-000000000000")
        put(installation, mention("commit", sha(100 + number), "PAY-1", repository=hidden, at=at))
    put(installation, *(mention("commit", sha(n), "PAY-1", at=DAY) for n in range(3)))

    first = page(installation, limit=2)
    second = page(installation, limit=2, after=first.next)

    assert sorted(ids(first) + ids(second)) == sorted(map(str, map(sha, range(3))))
    assert (len(first.links), len(second.links)) == (2, 1)
    assert second.next is None


def test_last_page_that_is_just_full_has_no_next_one(installation: Installation) -> None:
    put(installation, *(mention("commit", sha(number), "PAY-1") for number in range(4)))

    assert page(installation, limit=4).next is None
    assert page(installation, limit=3).next is not None


def test_hidden_links_behind_a_full_page_make_no_next_one_that_is_empty(
    installation: Installation,
) -> None:
    gone = RepositoryId("00000000-0000-4000-8000-000000000000")
    put(installation, mention("commit", sha(1), "PAY-1", at=DAY + timedelta(hours=1)))
    put(installation, mention("commit", sha(2), "PAY-1", repository=gone, at=DAY))

    assert page(installation, limit=1).next is None


def test_commit_that_was_told_of_with_two_dates_is_one_link_of_one_repository(
    installation: Installation,
) -> None:
    for at in (DAY, DAY + timedelta(seconds=1)):
        put(installation, mention("commit", sha(1), "PAY-1", at=at))

    assert names(page(installation)) == [["shop"]]


def test_equal_names_of_branches_in_two_repositories_are_two_links(
    installation: Installation,
) -> None:
    for repository in (REPOSITORY, FORK):
        put(installation, mention("branch", "PAY-1", "PAY-1", repository=repository))

    assert sorted(names(page(installation))) == [["shop"], ["shop-fork"]]


def test_equal_numbers_of_pull_requests_in_two_repositories_are_two_links(
    installation: Installation,
) -> None:
    for repository in (REPOSITORY, FORK):
        put(installation, mention("pull_request", "7", "PAY-1", repository=repository))

    assert len(page(installation).links) == 2


def test_links_stay_when_another_integration_takes_a_repository_over(
    installation: Installation,
) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"))
    add_integration(installation, OTHER)
    add_repository(installation, REPOSITORY, "shop-as-seen-by-the-other", owner=OTHER)
    installation.clock.advance(timedelta(minutes=1))

    assert names(page(installation)) == [["shop-as-seen-by-the-other"]]
    assert names(page(installation, integrations=[OTHER])) == [["shop-as-seen-by-the-other"]]
    assert names(page(installation, integrations=[OWNER])) == []


def test_link_belongs_to_who_indexes_its_repository_now(installation: Installation) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"))
    repository = only_link(installation).item.repository
    services, tracker = installation.services, installation.tracker

    owned = Owners(services, tracker).owned(repository)

    assert owned is not None
    assert (owned.repository.name, owned.integration) == ("shop", OWNER)
    assert Owners(services, tracker, [OWNER]).owned(repository) == owned
    assert Owners(services, tracker, [OTHER]).owned(repository) is None
    assert Owners(services, tracker, []).owned(repository) is None
    assert Owners(services, replace(tracker, id="jira")).owned(repository) is None


def test_change_of_a_repository_is_seen_within_half_a_minute(installation: Installation) -> None:
    put(installation, mention("commit", sha(1), "PAY-1"))
    assert ids(page(installation)) == [sha(1)]

    become(installation, REPOSITORY, is_gone=True)

    assert ids(page(installation)) == []


def test_several_issues_have_the_links_that_each_has_by_itself(installation: Installation) -> None:
    keys = [parse_issue_key(text) for text in ("PAY-1", "PAY-2", "PAY-9", "OPS-1", "AB#1", "#1")]
    for number, key in enumerate(keys[:-1]):
        text = f"{key.project}-{key.number}"
        put(installation, *(mention("commit", sha(10 * number + n), text) for n in range(4)))

    found = links_of_issues(installation.services, installation.tracker, keys, limit=3)

    assert found.keys() == set(keys)
    for number, key in enumerate(keys[:-1]):
        assert len(found[key].links) == 3
        assert found[key].next is not None
        expected = {str(sha(10 * number + n)) for n in range(4)}
        assert {link.link.item.id for link in found[key].links} < expected
    assert found[keys[-1]] == LinkPage()


def test_no_issue_has_no_links(installation: Installation) -> None:
    assert links_of_issues(installation.services, installation.tracker, [], limit=3) == {}


def test_fork_is_named_after_what_it_is_a_fork_of(installation: Installation) -> None:
    for repository, is_fork in ((REPOSITORY, True), (FORK, False)):
        record = installation.services.repositories.get(OWNER, repository)
        assert record is not None
        forked = replace(record.value.repository, is_fork=is_fork)
        changed = replace(record.value, repository=forked)
        installation.services.repositories.put(OWNER, repository, changed)
        put(installation, mention("commit", sha(1), "PAY-1", repository=repository))

    assert REPOSITORY < FORK
    assert names(page(installation)) == [["shop-fork", "shop"]]


@pytest.mark.parametrize("in_fork", [(), ("orphaned",)])
def test_commit_is_orphaned_when_no_repository_holds_it(
    installation: Installation, in_fork: tuple[Flag, ...]
) -> None:
    for repository, flags in ((REPOSITORY, ("orphaned",)), (FORK, in_fork)):
        made = mention("commit", sha(1), "PAY-1", repository=repository)
        put(installation, replace(made, item=replace(made.item, flags=flags)))

    assert only_link(installation).item.flags == in_fork
