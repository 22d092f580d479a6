"""Who signed in elsewhere and sees nothing is told why: another tenant, not added, no licence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import Where
from shared.errors import (
    ForbiddenError,
    LicenceMissingError,
    NotAddedError,
    SignedOutError,
    UnavailableError,
    WrongTenantError,
)
from shared.git_hosts.azure_devops import AzureDevOps
from shared.interfaces.git_host_family import PERSONAL_ACCOUNTS, Credential
from tests.shared.git_hosts.azure_devops.conftest import Scripted, good

if TYPE_CHECKING:
    from devhost.sample_organization import Clock, SampleOrganization
    from shared.configuration import ConnectionKind
    from shared.interfaces.answers import Listing
    from tests.shared.git_hosts.azure_devops.conftest import Waits

OTHER = "99999999-9999-4999-8999-999999999999"
APPS: tuple[ConnectionKind, ...] = ("managed_identity", "service_principal")
ALL: tuple[ConnectionKind, ...] = ("oauth", *APPS)


@pytest.fixture
def token(sample: SampleOrganization) -> str:
    """Return an access token of an app that reads everything."""
    return sample.issue_token(kind="entra", by="Release app").value


def listing(
    family: AzureDevOps, token: str, *, kind: ConnectionKind = "oauth", tenant: str = ""
) -> Listing:
    credential = Credential(kind, token, tenant_id=tenant)
    return family.open("contoso", url="", credential=credential).listing()


def leave_out(sample: SampleOrganization) -> None:
    sample.behaviour.outsiders.add(sample.person("Release app").id)


@pytest.mark.parametrize("kind", ALL)
def test_who_was_let_in_sees_everything_at_no_further_cost(
    family: AzureDevOps, sample: SampleOrganization, token: str, kind: ConnectionKind
) -> None:
    before = len(sample.calls)

    found = listing(family, token, kind=kind, tenant=sample.organization.tenant_id)

    assert found.repositories
    assert len(sample.calls) - before == 2


@pytest.mark.parametrize("kind", APPS)
def test_app_that_nobody_added_is_told_the_steps(
    family: AzureDevOps, sample: SampleOrganization, token: str, kind: ConnectionKind
) -> None:
    leave_out(sample)

    with pytest.raises(NotAddedError, match="TF401444") as refused:
        listing(family, token, kind=kind, tenant=sample.organization.tenant_id.upper())

    assert f"{sample.url}/_settings/users" in refused.value.next_step
    assert "Basic" in refused.value.next_step


def test_person_who_was_not_added_is_told_of_the_policy_too(
    family: AzureDevOps, sample: SampleOrganization, token: str
) -> None:
    leave_out(sample)

    with pytest.raises(NotAddedError) as refused:
        listing(family, token)

    assert f"{sample.url}/_settings/users" in refused.value.next_step
    assert f"{sample.url}/_settings/organizationPolicy" in refused.value.next_step


def test_organization_of_personal_accounts_offers_a_token(
    family: AzureDevOps, sample: SampleOrganization, token: str
) -> None:
    sample.organization.tenant_id = PERSONAL_ACCOUNTS
    leave_out(sample)

    with pytest.raises(WrongTenantError, match="personal Microsoft accounts") as refused:
        listing(family, token, tenant=OTHER)

    assert "personal access token" in refused.value.next_step


@pytest.mark.parametrize("kind", ["oauth", "service_principal"])
def test_organization_of_another_tenant_is_named_with_both(
    family: AzureDevOps, sample: SampleOrganization, token: str, kind: ConnectionKind
) -> None:
    leave_out(sample)

    with pytest.raises(WrongTenantError) as refused:
        listing(family, token, kind=kind, tenant=OTHER)

    assert sample.organization.tenant_id in str(refused.value)
    assert OTHER in str(refused.value)


@pytest.mark.parametrize("kind", ALL)
def test_stakeholder_is_told_which_licence_shows_code(
    family: AzureDevOps, sample: SampleOrganization, token: str, kind: ConnectionKind
) -> None:
    sample.behaviour.stakeholders.add(sample.person("Release app").id)

    with pytest.raises(LicenceMissingError) as refused:
        listing(family, token, kind=kind)

    assert "Stakeholder" in refused.value.next_step
    assert f"{sample.url}/_settings/users" in refused.value.next_step


def test_repositories_that_are_forbidden_where_projects_are_not_are_a_matter_of_the_licence(
    family: AzureDevOps, sample: SampleOrganization, token: str
) -> None:
    where = Where(route="git/repositories")
    sample.faults.refuse(403, "AccessDenied", "Access denied.", times=None, where=where)

    with pytest.raises(LicenceMissingError):
        listing(family, token)


def test_conditional_access_stays_what_it_is(
    family: AzureDevOps, sample: SampleOrganization, token: str
) -> None:
    where = Where(route="git/repositories")
    sample.faults.refuse(403, "AccessDenied", "VS403463: The policy", times=None, where=where)

    with pytest.raises(ForbiddenError, match="VS403463"):
        listing(family, token)


def test_token_that_is_no_good_at_all_is_signed_out_with_the_policy(
    family: AzureDevOps, sample: SampleOrganization, token: str
) -> None:
    sample.revoke_token(token)

    with pytest.raises(SignedOutError) as refused:
        listing(family, token, tenant=sample.organization.tenant_id)

    assert "organizationPolicy" in refused.value.next_step


def test_tenant_that_cannot_be_told_keeps_no_other_reason_from_being_told(
    family: AzureDevOps, sample: SampleOrganization, token: str
) -> None:
    leave_out(sample)
    sample.faults.outage(times=None, where=Where(route="connectionData"))

    with pytest.raises(NotAddedError):
        listing(family, token, tenant=OTHER)


def test_outage_is_no_refusal(family: AzureDevOps, sample: SampleOrganization, token: str) -> None:
    sample.faults.outage(times=None)

    with pytest.raises(UnavailableError):
        listing(family, token)


def test_organization_with_tfvc_alone_hides_nothing(
    family: AzureDevOps, sample: SampleOrganization, token: str
) -> None:
    for project in list(sample.organization.projects.values()):
        sample.deny(project=project.name)
    sample.add_project("Old", source_control="Tfvc")

    assert listing(family, token).repositories == ()


@pytest.mark.parametrize(
    ("kind", "header"), [*((kind, "Bearer secret") for kind in ALL), ("pat", "Basic OnNlY3JldA==")]
)
def test_access_token_is_sent_by_itself_and_a_personal_one_as_a_password(
    clock: Clock, waits: Waits, kind: ConnectionKind, header: str
) -> None:
    sessions = Scripted(good(b'{"value": []}'), good(b'{"value": []}'))
    family = AzureDevOps(
        services_url="https://dev.azure.com", sessions=sessions, clock=clock.now, wait=waits
    )

    listing(family, "secret", kind=kind)

    assert [sent["Authorization"] for sent in sessions.headers] == [header, header]


@pytest.mark.parametrize("kind", APPS)
def test_app_that_cannot_list_organizations_is_told_to_name_them(
    family: AzureDevOps, sample: SampleOrganization, kind: ConnectionKind
) -> None:
    with pytest.raises(SignedOutError) as refused:
        family.organizations(sample.base_url, Credential(kind, "unknown"))

    assert "only people can list them" in refused.value.next_step


@pytest.mark.parametrize("tenant", ["0b1c2d3e-0000-4000-8000-000000000001", PERSONAL_ACCOUNTS])
def test_tenant_is_told_to_whoever_asks(
    family: AzureDevOps, sample: SampleOrganization, tenant: str
) -> None:
    sample.organization.tenant_id = tenant

    assert family.tenant("contoso") == tenant
