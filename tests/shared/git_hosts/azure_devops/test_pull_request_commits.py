from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.errors import MissingError
from shared.git_hosts.azure_devops import pull_requests
from shared.model import RepositoryId

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.interfaces.git_host import GitHost


@pytest.fixture(autouse=True)
def _begun(sample: SampleOrganization) -> None:
    sample.push("web", "main", "Begin")


@pytest.mark.parametrize("a_page", [1, 2, 3, 1000])
def test_commits_of_a_pull_request_are_read_to_the_last_page(
    host: GitHost, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch, a_page: int
) -> None:
    monkeypatch.setattr(pull_requests, "_A_PAGE", a_page)
    messages = [f"Step {number}" for number in range(4)]
    sample.push("web", "many-steps", *messages)
    number = sample.open_pull_request("web", "many-steps", "Many steps")

    found = host.pull_request_commits(RepositoryId(sample.repository("web").id), number)

    assert [commit.message for commit in found] == messages[::-1]
    assert found[0].id == sample.head("web", "many-steps")


def test_commits_of_a_completed_pull_request_are_told_though_its_branch_is_gone(
    host: GitHost, sample: SampleOrganization
) -> None:
    commit = sample.push("web", "one-step", "A step\n\nIn full")
    number = sample.open_pull_request("web", "one-step", "One step")
    sample.complete(number, strategy="squash", delete_source_branch=True)

    [found] = host.pull_request_commits(RepositoryId(sample.repository("web").id), number)

    assert found.id == commit
    assert found.message.startswith("A step")


def test_commits_of_a_pull_request_that_there_is_not_are_missing(
    host: GitHost, sample: SampleOrganization
) -> None:
    with pytest.raises(MissingError):
        host.pull_request_commits(RepositoryId(sample.repository("web").id), 9999)


def test_pull_request_tells_where_its_source_branch_stood(
    host: GitHost, sample: SampleOrganization
) -> None:
    commit = sample.push("web", "one-step", "A step")
    number = sample.open_pull_request("web", "one-step", "One step")

    found = host.pull_request(RepositoryId(sample.repository("web").id), number)

    assert found.head == commit
