"""Ways in which commits are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization.faults import Where
from shared.git_hosts.azure_devops.organization import AzureDevOpsOrganization
from shared.index import reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.sample_organization import SampleOrganization

FEW = 4


@pytest.fixture
def lists_only(sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch) -> None:
    """Close the git protocol, and have lists tell a few commits at a time."""
    monkeypatch.setattr(reading, "COMMITS_A_PAGE", FEW)
    refusal = "TF401027: You need the Git permission."
    sample.faults.refuse(
        403, "AccessDeniedException", refusal, times=None, where=Where("info/refs")
    )


@pytest.fixture(params=["git", "lists"])
def a_few_at_a_time(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a few commits told at a time, by the git protocol and by lists."""
    if request.param == "lists":
        request.getfixturevalue("lists_only")
        return
    whole = AzureDevOpsOrganization.history

    def history(*arguments: Any, **more: Any) -> Iterator[Any]:
        for commits in whole(*arguments, **more):
            for start in range(0, len(commits), FEW):
                yield commits[start : start + FEW]

    monkeypatch.setattr(AzureDevOpsOrganization, "history", history)
