"""Each step failing by itself, with what is said of it and what is not asked any more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from devhost.sample_organization import SampleOrganization
from devhost.sample_organization.faults import Where
from devhost.sample_organization.tokens import CODE, IDENTITY, PROJECT, WORK
from shared.interfaces.examining import Asked, is_good
from shared.interfaces.git_host_family import PERSONAL_ACCOUNTS, Credential
from tests.shared.git_hosts.azure_devops.conftest import NOW
from tests.shared.git_hosts.azure_devops.examination.conftest import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shared.git_hosts.azure_devops.examination.conftest import Examine

CONDITIONAL_ACCESS = (
    "VS403463: The conditional access policy defined by your administrator has failed."
)
SIGN_IN = Where(route="connectionData")
REPOSITORIES = Where(route="git/repositories")


def _revoke(sample: SampleOrganization) -> None:
    sample.revoke_token()


def _expire(sample: SampleOrganization) -> None:
    token = sample.organization.tokens.find(sample.token)
    assert token is not None
    expired = msgspec.structs.replace(token, expires_at=NOW - timedelta(days=1))
    sample.organization.tokens.add(expired)


def _make_global(sample: SampleOrganization) -> None:
    token = sample.organization.tokens.find(sample.token)
    assert token is not None
    sample.organization.tokens.add(msgspec.structs.replace(token, kind="global_pat"))
    sample.clock.advance(timedelta(days=30))


def _move_to_another_organization(sample: SampleOrganization) -> None:
    token = sample.organization.tokens.find(sample.token)
    assert token is not None
    other = SampleOrganization(sample.organization.folder, name="adventure", beside=sample)
    other.accept(token)
    sample.revoke_token()


def _demand_conditional_access(sample: SampleOrganization) -> None:
    sample.faults.refuse(
        403, "VssUnauthorizedException", CONDITIONAL_ACCESS, times=None, where=SIGN_IN
    )


@pytest.mark.parametrize(
    ("spoil", "said", "next_step", "help_page"),
    [
        (_revoke, "did not accept", "wrong, expired or revoked", "/_usersSettings/tokens"),
        (_expire, "expired", "Make a new personal access token", "/_usersSettings/tokens"),
        (_make_global, "all accessible", "for this organization alone", "/_usersSettings/tokens"),
        (
            _move_to_another_organization,
            "TF400813",
            "to the organization",
            "/_usersSettings/tokens",
        ),
        (
            _demand_conditional_access,
            "VS403463",
            "Conditional Access",
            "application-access-policies",
        ),
    ],
)
def test_sign_in_that_is_refused_says_why_and_ends_the_examination(
    examine: Examine,
    sample: SampleOrganization,
    spoil: Callable[[SampleOrganization], None],
    said: str,
    next_step: str,
    help_page: str,
) -> None:
    spoil(sample)

    steps = examine()

    step = steps["sign_in"]
    assert step.ok is False
    assert step.message.startswith("Authorization denied: ")
    assert said in step.message
    assert next_step in step.next_step
    assert help_page in step.help_url
    rest = [name for name in told(steps) if name not in {"tenant", "sign_in"}]
    assert {steps[name].ok for name in rest} == {None}
    assert steps["projects"].message == "Not asked: the credential is not accepted."


def test_policy_that_keeps_apps_out_is_explained_to_who_signed_in(
    examine: Examine, sample: SampleOrganization
) -> None:
    steps = examine(Credential("oauth", "ey-of-an-app-that-is-not-allowed"))

    step = steps["sign_in"]
    assert step.ok is False
    assert "Third-party application access via OAuth" in step.next_step
    assert "personal access token" in step.next_step
    assert step.help_url == f"{sample.url}/_settings/organizationPolicy"


def test_app_that_nobody_added_is_told_how(examine: Examine, sample: SampleOrganization) -> None:
    token = sample.issue_token(kind="entra")
    sample.behaviour.outsiders = {token.person.id}

    step = examine(Credential("managed_identity", token.value))["sign_in"]

    assert step.ok is False
    assert "Basic" in step.next_step
    assert step.help_url == f"{sample.url}/_settings/users"


def test_licence_that_shows_no_code_is_told_of(
    examine: Examine, sample: SampleOrganization
) -> None:
    token = sample.issue_token(kind="entra")
    sample.behaviour.stakeholders = {token.person.id}

    steps = examine(Credential("managed_identity", token.value))

    assert steps["sign_in"].ok is True
    assert steps["repositories"].ok is False
    assert "Stakeholder" in steps["repositories"].next_step
    assert not is_good(steps.values())


@pytest.mark.parametrize(
    ("organization", "credential", "said"),
    [
        (PERSONAL_ACCOUNTS, "", "personal accounts"),
        ("", "11111111-1111-1111-1111-111111111111", "signs in at 11111111"),
    ],
)
def test_sign_in_of_another_tenant_is_explained(
    examine: Examine, sample: SampleOrganization, organization: str, credential: str, said: str
) -> None:
    sample.organization.tenant_id = organization or sample.organization.tenant_id
    token = sample.issue_token(kind="entra")

    steps = examine(Credential("oauth", token.value, tenant_id=credential))

    assert steps["tenant"].ok is False
    assert said in steps["tenant"].message
    assert "personal access token" in steps["tenant"].next_step
    assert not is_good(steps.values())


def test_organization_that_there_is_not_is_told_by_its_name(
    examine: Examine, sample: SampleOrganization
) -> None:
    steps = examine(url=f"{sample.base_url}/nowhere")

    assert steps["organization"].ok is False
    assert steps["organization"].message == "There is no organization nowhere."
    assert steps["sign_in"].ok is None


@pytest.mark.parametrize(
    "token", ["", " ", "abc def", "abc\ndef", "abc\N{NO-BREAK SPACE}def", '"abc"', "=abc", "a=b"]
)
def test_token_that_was_copied_badly_is_shown_to_nobody(
    examine: Examine, sample: SampleOrganization, token: str
) -> None:
    steps = examine(Credential("pat", token))

    assert steps["sign_in"].ok is False
    assert "copy it again as a whole" in steps["sign_in"].message
    assert len(sample.calls) == 0


@pytest.mark.parametrize(
    ("lacking", "step", "scope", "is_needed"),
    [
        (PROJECT, "projects", "Project and Team (Read)", True),
        (CODE, "code_read", "Code (Read)", True),
        (WORK, "work_items_read", "Work Items (Read)", False),
        (IDENTITY, "identity_read", "Identity (Read)", False),
    ],
)
def test_scope_that_the_token_lacks_is_named(
    examine: Examine,
    sample: SampleOrganization,
    lacking: str,
    step: str,
    scope: str,
    is_needed: bool,
) -> None:
    token = sample.issue_token(scopes={CODE, PROJECT, WORK, IDENTITY} - {lacking})

    steps = examine(Credential("pat", token.value))

    assert steps["sign_in"].ok is True
    found = steps[step]
    assert (found.ok, found.is_needed) == (False, is_needed)
    assert f"the token has not the scope {scope}" in found.message
    assert scope in found.next_step
    assert found.help_url == f"{sample.url}/_usersSettings/tokens"
    assert is_good(steps.values()) is not is_needed


def test_writing_takes_the_scope_and_the_permission(
    examine: Examine, sample: SampleOrganization
) -> None:
    reading = sample.issue_token(scopes=[CODE, PROJECT])

    without_scope = examine(Credential("pat", reading.value))["code_write"]
    sample.behaviour.writing_forbidden = True
    without_permission = examine()["code_write"]

    assert (without_scope.ok, without_permission.ok) == (False, False)
    assert "Code (Read & write)" in without_scope.message
    assert "Contribute" in without_permission.next_step
    assert (without_scope.is_needed, without_permission.is_needed) == (False, False)


def test_hooks_that_may_not_be_made_say_who_may(
    examine: Examine, sample: SampleOrganization
) -> None:
    sample.add_project("Bank")
    sample.create_repository("Bank", "ledger")
    bank = sample.organization.project("Bank").id
    sample.behaviour.hooks_forbidden_in = {bank}

    step = examine()["service_hooks"]

    assert (step.ok, step.is_needed) == (False, False)
    assert "may not be made in Bank:" in step.message
    assert "project administrators and project collection administrators" in step.message
    assert "by hand" in step.next_step
    assert step.help_url == f"{sample.url}/{bank}/_settings/serviceHooks"


def test_hooks_of_a_service_that_tells_no_permissions_cannot_be_told(
    examine: Examine, sample: SampleOrganization
) -> None:
    where = Where(route="permissions/{securityNamespaceId}/{permissions}")
    sample.faults.answer(404, b"{}", content_type="application/json", times=None, where=where)

    step = examine()["service_hooks"]

    assert step.ok is None
    assert "webhook page" in step.next_step


@pytest.mark.parametrize(("is_forbidden", "ok"), [(False, True), (True, False)])
def test_life_without_hooks_needs_to_see_the_whole_organization(
    examine: Examine, sample: SampleOrganization, is_forbidden: bool, ok: bool
) -> None:
    sample.behaviour.viewing_forbidden = is_forbidden

    steps = examine(asked=Asked(service_hooks=False))

    assert "service_hooks" not in steps
    assert steps["without_hooks"].ok is ok
    assert "View instance-level information" in steps["without_hooks"].message
    assert is_good(steps.values())


def test_organization_without_projects_is_told_of(
    examine: Examine, sample: SampleOrganization
) -> None:
    shop = sample.organization.project("Shop")
    sample.behaviour.denied = {shop.id}

    steps = examine()

    assert steps["projects"].ok is False
    assert "shows no project" in steps["projects"].message
    assert "Stakeholder" in steps["projects"].next_step
    assert steps["code_read"].message == "Not asked: there is no project."


def test_no_repository_is_no_success(examine: Examine, sample: SampleOrganization) -> None:
    sample.delete_repository("web")

    steps = examine()

    assert steps["repositories"].ok is False
    assert "Stakeholder" in steps["repositories"].next_step
    assert not is_good(steps.values())


def _html(sample: SampleOrganization, where: Where) -> None:
    sample.faults.html(times=None, where=where)


def _empty(sample: SampleOrganization, where: Where) -> None:
    sample.faults.empty_body(times=None, where=where)


def _cut(sample: SampleOrganization, where: Where) -> None:
    sample.faults.cut_json(times=None, where=where)


def _outage(sample: SampleOrganization, where: Where) -> None:
    sample.faults.outage(times=None, where=where)


def _reset(sample: SampleOrganization, where: Where) -> None:
    sample.faults.reset(times=None, where=where)


def _throttle(sample: SampleOrganization, where: Where) -> None:
    sample.faults.throttle(times=None, retry_after=120, where=where)


@pytest.mark.parametrize("where", [SIGN_IN, REPOSITORIES], ids=["sign-in", "repositories"])
@pytest.mark.parametrize("spoil", [_html, _empty, _cut, _outage, _reset, _throttle])
def test_broken_answer_is_told_and_never_taken_for_no_repositories(
    examine: Examine,
    sample: SampleOrganization,
    spoil: Callable[[SampleOrganization, Where], None],
    where: Where,
) -> None:
    spoil(sample, where)

    steps = examine()

    assert "repositories" not in steps
    assert not is_good(steps.values())
    assert steps["tfvc"].ok is None
    assert "no repository" not in " ".join(step.message for step in steps.values())
