"""Which organizations a sign-in is good for, asked of the identity service."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization
from devhost.sample_organization.tokens import GLOBAL_TOKENS_END
from shared.errors import (
    ForbiddenError,
    MalformedAnswerError,
    SignedOutError,
    ThrottledError,
    UnavailableError,
)
from shared.interfaces.git_host_family import Credential

if TYPE_CHECKING:
    from devhost.sample_organization import Clock
    from shared.git_hosts.azure_devops import AzureDevOps


def organizations(family: AzureDevOps, token: str) -> tuple[str, ...]:
    return family.organizations("", Credential("pat", token))


@pytest.fixture
def everywhere(sample: SampleOrganization) -> str:
    """Return a token for all accessible organizations, of two that there are."""
    other = SampleOrganization(sample.organization.folder, name="Adventure", beside=sample)
    token = sample.issue_token(kind="global_pat")
    other.accept(token)
    return token.value


def test_every_organization_that_the_sign_in_is_good_for_is_found(
    family: AzureDevOps, everywhere: str
) -> None:
    assert organizations(family, everywhere) == ("Adventure", "contoso")


def test_organizations_that_refuse_the_sign_in_are_told_all_the_same(
    family: AzureDevOps, sample: SampleOrganization, everywhere: str
) -> None:
    sample.behaviour.other_accounts.append("fabrikam")

    assert organizations(family, everywhere) == ("Adventure", "contoso", "fabrikam")


def test_token_of_one_organization_cannot_list_them_and_it_is_said_what_to_do(
    family: AzureDevOps, sample: SampleOrganization
) -> None:
    with pytest.raises(SignedOutError) as refused:
        organizations(family, sample.token)

    assert "https://dev.azure.com/acme" in refused.value.next_step


def test_token_for_all_organizations_is_refused_after_their_end(
    family: AzureDevOps, everywhere: str, clock: Clock
) -> None:
    clock.advance_to(GLOBAL_TOKENS_END)

    with pytest.raises(SignedOutError, match="all accessible organizations") as refused:
        organizations(family, everywhere)

    assert "https://dev.azure.com/acme" in refused.value.next_step


def test_scope_that_the_token_lacks_is_said(
    family: AzureDevOps, sample: SampleOrganization, everywhere: str
) -> None:
    sample.faults.refuse(403, "AccessCheckException", "VS403463: The policy", times=None)

    with pytest.raises(ForbiddenError, match="VS403463"):
        organizations(family, everywhere)


@pytest.mark.parametrize("after", [0, 1])
def test_failure_is_never_an_empty_list(
    family: AzureDevOps, sample: SampleOrganization, everywhere: str, after: int
) -> None:
    sample.faults.throttle(retry_after=None, times=None, after=after)

    with pytest.raises(ThrottledError):
        organizations(family, everywhere)


def test_outage_and_cut_answers_are_told_as_what_they_are(
    family: AzureDevOps, sample: SampleOrganization, everywhere: str
) -> None:
    sample.faults.outage(times=3)
    with pytest.raises(UnavailableError):
        organizations(family, everywhere)
    sample.faults.cut_json()
    with pytest.raises(MalformedAnswerError):
        organizations(family, everywhere)
