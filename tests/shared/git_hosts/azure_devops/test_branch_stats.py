from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.interfaces.answers import BranchStats
from tests.shared.git_hosts.azure_devops.conftest import web_of

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.interfaces.git_host import GitHost

NAMES = ["feature/PAY-2&#3+%20é", *(f"topic-{number}" for number in range(11))]


@pytest.mark.parametrize(("asked", "calls"), [(1, 1), (10, 10), (11, 1), (12, 1)])
def test_branches_are_compared_with_the_default_one_in_few_calls(
    host: GitHost, sample: SampleOrganization, asked: int, calls: int
) -> None:
    sample.push("web", "main", "Start")
    for name in NAMES:
        sample.push("web", name, "One", "Two")
    sample.push("web", "main", "Go on")
    web = web_of(host)

    found = host.branch_stats(web, NAMES[:asked])

    assert found == dict.fromkeys(NAMES[:asked], BranchStats(ahead=2, behind=1))
    assert len(sample.calls.to("stats/branches")) == calls


def test_branch_that_there_is_not_is_missing_and_the_others_are_told(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "Start")

    found = host.branch_stats(web_of(host), ["deleted", "main"])

    assert found == {"main": BranchStats(ahead=0, behind=0)}


@pytest.mark.parametrize("asked", [1, 12])
def test_nothing_is_told_of_an_empty_repository(host: GitHost, asked: int) -> None:
    assert host.branch_stats(web_of(host), NAMES[:asked]) == {}
