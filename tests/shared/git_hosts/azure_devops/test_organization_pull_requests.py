from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from devhost.sample_organization import Where
from shared.errors import (
    GitHostError,
    MissingError,
)
from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.decode import read_pull_request
from shared.model import PullRequest, RepositoryId, Reviewer
from tests.shared.git_hosts.azure_devops.conftest import NOW, project_of, web_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from shared.interfaces.git_host import GitHost

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def listed(host: GitHost, sample: SampleOrganization) -> list[PullRequest]:
    pages = host.open_pull_requests(project_of(sample))
    return [pull_request for page in pages for pull_request in page.pull_requests]


def closed(host: GitHost, sample: SampleOrganization, since: datetime) -> list[int]:
    pages = host.closed_pull_requests(project_of(sample), since=since)
    return sorted(pull_request.number for page in pages for pull_request in page.pull_requests)


def multiply(sample: SampleOrganization, number: int, *, to: int) -> None:
    """Have as many pull requests as *to*, all like the one of that *number*."""
    known = sample.organization.pull_requests
    for other in range(number + 1, number + to):
        known[other] = msgspec.structs.replace(known[number], id=other)


def test_open_pull_requests_of_a_project_are_of_all_its_repositories(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    of_web = pull_request()
    sample.create_repository("Shop", "api")
    sample.push("api", "main", "Start")
    sample.push("api", "feature", "Work")
    of_api = sample.open_pull_request("api", "feature", "Another")
    sample.abandon(pull_request("experiment"))

    found = {p.number: p.repository for p in listed(host, sample)}

    assert found == {of_web: web_of(host).id, of_api: RepositoryId(sample.repository("api").id)}


@pytest.mark.parametrize(
    ("known", "pages"), [(0, [0]), (1, [1]), (999, [999]), (1000, [1000, 0]), (1001, [1000, 1])]
)
def test_pull_requests_are_read_page_by_page_to_the_last(
    host: GitHost,
    sample: SampleOrganization,
    pull_request: Callable[..., int],
    known: int,
    pages: list[int],
) -> None:
    if known:
        multiply(sample, pull_request(), to=known)

    found = list(host.open_pull_requests(project_of(sample)))

    assert [len(page.pull_requests) for page in found] == pages
    assert len({p.number for page in found for p in page.pull_requests}) == known


def test_page_of_pull_requests_tells_when_it_was_read(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    multiply(sample, pull_request(), to=1001)
    sample.faults.slow_down(retry_after=20, where=Where(route="pullrequests"))

    found = list(host.open_pull_requests(project_of(sample)))

    assert [page.observed_at - NOW for page in found] == [timedelta(), timedelta(seconds=20)]
    assert all(p.observed_at == page.observed_at for page in found for p in page.pull_requests)


def test_full_last_page_is_followed_by_one_more_look(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    multiply(sample, pull_request(), to=1000)

    listed(host, sample)

    assert [c.query["$skip"] for c in sample.calls.to("pullrequests")] == ["0", "1000"]


def test_page_of_pull_requests_that_fails_is_an_error_and_not_the_end(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    multiply(sample, pull_request(), to=1001)
    sample.faults.cut_json(after=1, where=Where(route="pullrequests"))

    pages = host.open_pull_requests(project_of(sample))

    assert len(next(pages).pull_requests) == 1000
    with pytest.raises(GitHostError):
        next(pages)


def test_closed_pull_requests_are_those_closed_at_or_after_a_moment(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    numbers = [pull_request(f"b{number}") for number in range(4)]
    for number in numbers[:3]:
        sample.abandon(number)
        sample.clock.advance(timedelta(minutes=1))

    assert closed(host, sample, LONG_AGO) == numbers[:3]
    assert closed(host, sample, NOW + timedelta(minutes=1)) == numbers[1:3]
    assert closed(host, sample, NOW + timedelta(minutes=3)) == []


def test_moment_of_another_zone_means_the_same(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    number = pull_request()
    sample.abandon(number)
    from_elsewhere = datetime.fromisoformat("2026-11-21T10:00:00+01:00")

    assert closed(host, sample, from_elsewhere) == [number]


@pytest.mark.parametrize(
    ("become", "status"),
    [
        (lambda sample, number: None, "open"),
        (lambda sample, number: sample.abandon(number), "declined"),
        (lambda sample, number: sample.complete(number), "merged"),
    ],
    ids=["open", "declined", "merged"],
)
def test_status_of_a_pull_request_is_told_in_our_words(
    host: GitHost,
    sample: SampleOrganization,
    pull_request: Callable[..., int],
    become: Callable[[SampleOrganization, int], object],
    status: str,
) -> None:
    number = pull_request()
    become(sample, number)

    found = host.pull_request(web_of(host).id, number)

    assert found.status == status
    assert (found.merge_commit is not None) == (status == "merged")
    assert (found.closed_at is not None) == (status != "open")


def test_merge_commit_of_a_pull_request_is_the_one_on_the_target(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    number = pull_request()
    sample.complete(number, strategy="squash", delete_source_branch=True)

    found = host.pull_request(web_of(host).id, number)

    assert found.merge_commit == sample.head("web", "main")
    assert (found.source_branch, found.target_branch) == ("feature", "main")


def test_draft_is_its_own_status_until_it_is_published(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    number = pull_request(draft=True)

    assert host.pull_request(web_of(host).id, number).status == "draft"

    sample.publish(number)

    assert host.pull_request(web_of(host).id, number).status == "open"


def test_votes_of_reviewers_are_told_in_our_words(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    number = pull_request()
    votes = {10: "One", 5: "Two", 0: "Three", -5: "Four", -10: "Five"}
    for vote, name in votes.items():
        sample.vote(number, vote, by=name, required=vote == 10)

    [found] = listed(host, sample)

    assert set(found.reviewers) == {
        Reviewer("One", "approved", required=True),
        Reviewer("Two", "approved_with_suggestions"),
        Reviewer("Three", "none"),
        Reviewer("Four", "waiting"),
        Reviewer("Five", "rejected"),
    }


@pytest.mark.parametrize(("length", "is_whole"), [(0, True), (399, True), (400, False)])
def test_listed_description_that_may_have_been_cut_says_so(
    host: GitHost, pull_request: Callable[..., int], sample: SampleOrganization,
    length: int, is_whole: bool,
) -> None:  # fmt: skip
    pull_request(description="x" * length)

    [found] = listed(host, sample)

    assert (len(found.description), found.is_description_whole) == (length, is_whole)


@pytest.mark.parametrize(("rockets", "is_whole"), [(199, True), (200, False)])
def test_length_of_a_description_is_counted_as_the_service_counts(
    host: GitHost,
    pull_request: Callable[..., int],
    sample: SampleOrganization,
    rockets: int,
    is_whole: bool,
) -> None:
    pull_request(description="\N{ROCKET}" * rockets)

    [found] = listed(host, sample)

    assert found.is_description_whole == is_whole


def test_description_is_cut_in_lists_and_whole_by_itself(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    description = "x" * 1000 + " PAY-111"
    number = pull_request(description=description)

    [cut] = listed(host, sample)
    whole = host.pull_request(web_of(host).id, number)

    assert (cut.description, cut.is_description_whole) == (description[:400], False)
    assert (whole.description, whole.is_description_whole) == (description, True)


def test_work_items_of_a_pull_request_are_told_by_itself_and_not_in_lists(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    sample.add_work_item("Shop", 17, "Keep the cart")
    number = pull_request(work_items=[17])

    [found] = listed(host, sample)
    whole = host.pull_request(web_of(host).id, number)

    assert found.work_items is None
    assert whole.work_items == (17,)


def test_pull_request_without_work_items_has_none(
    host: GitHost, pull_request: Callable[..., int]
) -> None:
    assert host.pull_request(web_of(host).id, pull_request()).work_items in {(), None}


def test_pull_request_of_a_fork_belongs_to_the_target_s_repository(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "Start")
    sample.fork_repository("web", "Shop", "fork")
    sample.push("fork", "small-screens", "Work")
    number = sample.open_pull_request("web", "small-screens", "Small", from_fork="fork")

    assert host.pull_request(web_of(host).id, number).repository == web_of(host).id


def test_pull_request_of_a_fork_names_the_fork(host: GitHost, sample: SampleOrganization) -> None:
    sample.push("web", "main", "Start")
    sample.fork_repository("web", "Shop", "fork")
    sample.push("fork", "small-screens", "Work")
    number = sample.open_pull_request("web", "small-screens", "Small", from_fork="fork")

    [page] = host.open_pull_requests(project_of(sample))
    alone = host.pull_request(web_of(host).id, number)

    assert [p.fork for p in page.pull_requests] == [alone.fork] == ["fork"]


def test_pull_request_within_a_repository_names_no_fork(
    host: GitHost, pull_request: Callable[..., int]
) -> None:
    assert host.pull_request(web_of(host).id, pull_request()).fork == ""


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("notSet", "unknown"),
        ("queued", "queued"),
        ("conflicts", "conflicts"),
        ("succeeded", "succeeded"),
        ("rejectedByPolicy", "rejected"),
        ("failure", "failed"),
        ("somethingNew", "unknown"),
    ],
)
def test_pull_request_tells_whether_it_can_be_merged(told: str, status: str) -> None:
    found = wire.PullRequest(
        pull_request_id=1,
        repository=wire.RepositoryRef("r"),
        title="A title",
        status="active",
        source_ref_name="refs/heads/a",
        target_ref_name="refs/heads/main",
        creation_date=NOW,
        merge_status=told,
    )

    assert read_pull_request(found, observed_at=NOW, is_listed=True).merge_status == status


def test_pull_request_was_observed_when_it_was_answered(
    host: GitHost, sample: SampleOrganization, pull_request: Callable[..., int]
) -> None:
    number = pull_request()
    repository = web_of(host).id
    sample.clock.advance(timedelta(minutes=4))

    assert host.pull_request(repository, number).observed_at == NOW + timedelta(minutes=4)


def test_pull_request_that_there_is_not_is_missing(host: GitHost) -> None:
    with pytest.raises(MissingError, match="pull request 4711"):
        host.pull_request(web_of(host).id, 4711)
