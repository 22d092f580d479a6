from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from shared.errors import (
    MissingError,
)
from shared.model import CommitId
from tests.shared.git_hosts.azure_devops.conftest import web_of

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.interfaces.git_host import GitHost
    from shared.model import Commit

NO_SUCH = CommitId("0123456789abcdef0123456789abcdef01234567")


def all_commits(host: GitHost, until: str, after: str | None = None) -> list[Commit]:
    return host.commits(
        web_of(host),
        until=CommitId(until),
        after=None if after is None else CommitId(after),
        skip=0,
        limit=100,
    )


def test_whole_history_comes_newest_first(host: GitHost, sample: SampleOrganization) -> None:
    shas = [sample.push("web", "main", f"Step {number}") for number in range(5)]

    found = all_commits(host, shas[-1])

    assert [commit.id for commit in found] == shas[::-1]
    assert [commit.message for commit in found] == [f"Step {n}" for n in reversed(range(5))]


def test_commits_after_a_commit_are_those_that_it_does_not_reach(
    host: GitHost, sample: SampleOrganization
) -> None:
    shas = [sample.push("web", "main", f"Step {number}") for number in range(5)]

    assert [c.id for c in all_commits(host, shas[4], shas[1])] == shas[4:1:-1]


def test_commits_after_a_later_commit_are_none(host: GitHost, sample: SampleOrganization) -> None:
    shas = [sample.push("web", "main", f"Step {number}") for number in range(3)]

    assert all_commits(host, shas[0], shas[2]) == []
    assert all_commits(host, shas[2], shas[2]) == []


def test_commits_of_a_branch_after_the_main_one_are_the_branch_s_own(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "Start")
    own = [sample.push("web", "feature", "One"), sample.push("web", "feature", "Two")]
    later = sample.push("web", "main", "Meanwhile")

    found = all_commits(host, own[1], later)

    assert [commit.id for commit in found] == own[::-1]


def test_commits_after_a_force_push_are_the_new_ones(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "Start")
    replaced = sample.push("web", "main", "A mistake")
    new = sample.force_push("web", "main", "The same without it")

    assert [commit.id for commit in all_commits(host, new, replaced)] == [new]


@pytest.mark.parametrize(
    ("skip", "limit", "expected"),
    [
        (0, 1, [4]),
        (0, 4, [4, 3, 2, 1]),
        (0, 5, [4, 3, 2, 1, 0]),
        (0, 6, [4, 3, 2, 1, 0]),
        (2, 2, [2, 1]),
        (4, 2, [0]),
        (5, 2, []),
        (99, 2, []),
    ],
)
def test_page_of_commits_ends_where_it_is_asked_to(
    host: GitHost, sample: SampleOrganization, skip: int, limit: int, expected: list[int]
) -> None:
    shas = [sample.push("web", "main", f"Step {number}") for number in range(5)]

    found = host.commits(web_of(host), until=CommitId(shas[-1]), after=None, skip=skip, limit=limit)

    assert [commit.id for commit in found] == [shas[number] for number in expected]


def test_list_cuts_a_message_at_its_first_line_and_says_so(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "One line\n")
    head = sample.push("web", "main", "First line\n\nPAY-1 stands in the body.")

    long, short = all_commits(host, head)

    assert (long.message, long.is_whole, long.parents) == ("First line", False, None)
    assert (short.message, short.is_whole) == ("One line", True)


def test_single_commit_is_whole(host: GitHost, sample: SampleOrganization) -> None:
    message = "First line\n\nPAY-1 stands in the body — naïve façade, 支払い 🚀.\n"
    first = sample.push("web", "main", "Start")
    moment = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    head = sample.push("web", "main", message, by="Team lead", at=moment)

    found = host.commit(web_of(host), CommitId(head))

    assert (found.message, found.is_whole) == (message, True)
    assert (found.author, found.committed_at) == ("Team lead", moment)
    assert found.parents == (first,)


def test_merge_commit_tells_both_parents(host: GitHost, sample: SampleOrganization) -> None:
    start = sample.push("web", "main", "Start")
    other = sample.push("web", "feature", "Work")
    merge = sample.merge_branch("web", "feature", into="main", message="Merge branch 'feature'")

    assert host.commit(web_of(host), CommitId(merge)).parents == (start, other)


def test_history_that_begins_or_ends_at_an_unknown_commit_is_missing(
    host: GitHost, sample: SampleOrganization
) -> None:
    head = sample.push("web", "main", "Start")

    with pytest.raises(MissingError):
        all_commits(host, head, NO_SUCH)
    with pytest.raises(MissingError):
        all_commits(host, NO_SUCH)
    with pytest.raises(MissingError):
        host.commit(web_of(host), NO_SUCH)
