"""Answers that do not come, or not to their end, and lists that come in smaller pages instead."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization import Where
from shared.errors import ThrottledError, UnavailableError
from shared.git_hosts import egress
from shared.git_hosts.azure_devops.client import Client
from shared.git_hosts.egress import Sessions
from shared.model import CommitId
from tests.shared.git_hosts.azure_devops.conftest import (
    NOW,
    PROJECTS,
    Named,
    project_of,
    projects,
    web_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import Clock, SampleOrganization
    from shared.interfaces.git_host import GitHost
    from tests.shared.git_hosts.azure_devops.conftest import Waits

REFS = Where(route="refs")


def test_connection_closed_in_mid_answer_is_tried_again(
    client: Client, sample: SampleOrganization
) -> None:
    sample.faults.reset(times=2)

    assert projects(client) == ["Shop"]


def test_connection_that_is_closed_again_and_again_is_taken_for_throttling(
    client: Client, sample: SampleOrganization
) -> None:
    sample.faults.reset(times=None)

    with pytest.raises(ThrottledError) as raised:
        projects(client)

    assert len(sample.calls) == 3
    assert raised.value.retry_at >= NOW + timedelta(minutes=5)


def test_answer_that_does_not_come_in_time_is_taken_for_throttling_at_once(
    client: Client, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(egress, "_READ_SECONDS", 0.2)
    sample.faults.slow(seconds=30)

    with pytest.raises(ThrottledError) as raised:
        projects(client)
    with pytest.raises(ThrottledError):
        projects(client)

    assert raised.value.retry_at == NOW + timedelta(minutes=5)
    assert len(sample.calls) <= 1


def test_host_that_cannot_be_reached_is_no_throttling(clock: Clock, waits: Waits) -> None:
    nobody = "http://localhost:9"
    client = Client(nobody, token="t", sessions=Sessions(), clock=clock.now, wait=waits)

    with pytest.raises(UnavailableError):
        projects(client)


def test_list_that_fails_is_asked_for_in_pages_of_half_the_size(
    client: Client, sample: SampleOrganization
) -> None:
    sample.faults.outage(times=None)

    with pytest.raises(UnavailableError):
        client.page(PROJECTS, Named, what="project", params={"$top": "1000"})

    sizes = [call.query["$top"] for call in sample.calls]
    assert sizes == ["1000", "500", "250", "125", "100"]


@pytest.mark.parametrize("size", [1, 100])
def test_small_page_stays_as_it_is(client: Client, sample: SampleOrganization, size: int) -> None:
    sample.faults.outage(times=None)

    with pytest.raises(UnavailableError):
        client.page(PROJECTS, Named, what="project", params={"$top": str(size)})

    assert [call.query["$top"] for call in sample.calls] == [str(size)] * 3


def test_branches_in_smaller_pages_are_all_there(host: GitHost, sample: SampleOrganization) -> None:
    sample.push("web", "main", "Start")
    for number in range(130):
        sample.create_branch("web", f"branch-{number}")
    sample.faults.outage(times=4, where=REFS)

    heads = host.heads(web_of(host))

    assert len(heads.branches) == 131
    assert [call.status for call in sample.calls.to("refs")] == [503, 503, 503, 503, 200, 200]


def test_commits_in_smaller_pages_are_as_many_as_were_asked_for(
    host: GitHost, sample: SampleOrganization
) -> None:
    for number in range(120):
        head = sample.push("web", "main", f"Commit {number}")
    sample.faults.outage(times=2, where=Where(route="commitsbatch"))

    found = host.commits(web_of(host), until=CommitId(head), after=None, skip=5, limit=400)

    assert [commit.message for commit in found] == [f"Commit {n}" for n in range(114, -1, -1)]


def test_pull_requests_in_smaller_pages_are_all_there(
    host: GitHost,
    sample: SampleOrganization,
    pull_request: Callable[..., int],
) -> None:
    numbers = [pull_request(f"branch-{n}") for n in range(103)]
    sample.faults.outage(times=4, where=Where(route="git/pullrequests"))

    pages = list(host.open_pull_requests(project_of(sample)))

    found = [p.number for page in pages for p in page.pull_requests]
    assert found == numbers[::-1]
    assert len(pages) == 2


def test_budget_is_what_was_told_last(host: GitHost, sample: SampleOrganization) -> None:
    before = host.budget()
    sample.faults.slow_down(retry_after=1)
    host.listing()
    budget = host.budget()

    assert before is None
    assert budget is not None
    assert (budget.resource, budget.limit, budget.remaining) == ("core", 200, 10)
    assert budget.resets_at == NOW + timedelta(seconds=1)


def test_any_answer_can_be_ordered_of_the_sample(
    client: Client, sample: SampleOrganization
) -> None:
    sample.faults.answer(418, b"{}", content_type="application/json", headers={"X-Odd": "1"})

    with pytest.raises(Exception, match="418"):
        client.get(PROJECTS, dict[str, Any], what="project")
