from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization.tokens import CODE, PROFILE, PROJECT
from shared.interfaces.examining import TITLES, Asked, is_good
from shared.interfaces.git_host_family import Credential
from tests.shared.git_hosts.azure_devops.examination.conftest import told

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.git_hosts.azure_devops import AzureDevOps
    from tests.shared.git_hosts.azure_devops.examination.conftest import Examine


def test_organization_that_lacks_nothing_is_good_in_every_step(examine: Examine) -> None:
    steps = examine(asked=Asked(True, True, True, "integration.account@example.com"))

    assert told(steps) == dict.fromkeys(
        (
            "tenant",
            "sign_in",
            "owner",
            "email",
            "projects",
            "version",
            "code_read",
            "repositories",
            "tfvc",
            "work_items_read",
            "service_hooks",
            "code_write",
            "identity_read",
        ),
        True,
    )
    assert steps["sign_in"].message.startswith("Successfully connected to contoso as ")
    assert steps["version"].message.startswith("Azure DevOps Services answers")
    assert steps["repositories"].message == "1 repository seen."
    assert set(steps) <= set(TITLES)


def test_examination_changes_nothing(examine: Examine, sample: SampleOrganization) -> None:
    repository = sample.repository("web")
    pushes = list(sample.organization.journal.of(repository.id))

    examine()

    asked = {(call.method, call.route) for call in sample.calls if call.method != "GET"}
    assert asked == {("POST", "git/repositories/{repositoryId}/refs")}
    assert list(sample.organization.journal.of(repository.id)) == pushes
    assert list(sample.organization.subscriptions.all()) == []


def test_token_that_may_only_read_code_is_good_for_linking(
    examine: Examine, sample: SampleOrganization
) -> None:
    token = sample.issue_token(scopes=[CODE, PROJECT])

    steps = examine(Credential("pat", token.value), asked=Asked())

    assert is_good(steps.values())
    assert steps["work_items_read"].ok is None
    assert "Work Items (Read) is not given" in steps["work_items_read"].message
    assert steps["code_write"].ok is None
    assert "identity_read" not in steps


def test_owner_is_named_and_a_service_account_advised(examine: Examine) -> None:
    step = examine()["owner"]

    assert "Integration account (integration.account@example.com)" in step.message
    assert "service account" in step.next_step


@pytest.mark.parametrize(
    ("email", "ok", "said"),
    [
        ("integration.account@example.com", True, "the profile's"),
        ("Integration.Account@Example.com", True, "case does not matter"),
        ("somebody@example.com", False, "not of somebody@example.com"),
    ],
)
def test_email_is_compared_without_regard_to_case(
    examine: Examine,
    email: str,
    ok: bool,
    said: str,
) -> None:
    steps = examine(asked=Asked(email=email))

    assert steps["email"].ok is ok
    assert said in steps["email"].message
    assert is_good(steps.values())


def test_repositories_are_counted_with_what_keeps_some_from_being_indexed(
    examine: Examine, sample: SampleOrganization
) -> None:
    sample.create_repository("Shop", "new")
    sample.create_repository("Shop", "old")
    sample.disable_repository("old")

    assert examine()["repositories"].message == "3 repositories seen, 1 disabled, 1 empty."


def test_organization_with_empty_repositories_alone_is_told_what_follows(
    examine: Examine, sample: SampleOrganization
) -> None:
    sample.delete_repository("web")
    sample.create_repository("Shop", "new")

    step = examine()["repositories"]

    assert (step.ok, step.message) == (True, "1 repository seen, 1 empty.")
    assert "until something is pushed" in step.next_step


def test_project_under_tfvc_is_named_with_the_advice_to_import_it(
    examine: Examine, sample: SampleOrganization
) -> None:
    sample.add_project("Legacy", source_control="Tfvc")
    sample.add_project("Empty")

    steps = examine()

    assert steps["tfvc"].ok is False
    assert "The code of Legacy is under TFVC" in steps["tfvc"].message
    assert steps["tfvc"].help_url.endswith("import-from-tfvc")
    assert is_good(steps.values())


def test_commands_ask_the_same_without_the_token(
    examine: Examine, sample: SampleOrganization
) -> None:
    steps = examine()

    assert steps["projects"].command == (
        f"""curl -u ":$TOKEN" '{sample.url}/_apis/projects?api-version=6.0'"""
    )
    assert not [step for step in steps.values() if sample.token in repr(step)]


def test_personal_accounts_are_no_obstacle_to_a_token(
    examine: Examine, sample: SampleOrganization
) -> None:
    sample.organization.tenant_id = "00000000-0000-0000-0000-000000000000"

    steps = examine()

    assert steps["tenant"].ok is True
    assert "personal accounts" in steps["tenant"].message


def test_every_organization_of_a_sign_in_is_examined_by_itself(
    family: AzureDevOps, sample: SampleOrganization
) -> None:
    token = sample.issue_token(kind="entra")
    sample.behaviour.other_accounts = ["fabrikam"]
    address = family.address(sample.base_url, ())

    steps = list(family.examine(address, Credential("oauth", token.value), asked=Asked()))

    listed = next(step for step in steps if step.step == "organization")
    assert listed.message == "The sign-in is good for 2: contoso, fabrikam."
    assert {s.organization for s in steps if s.step == "repositories"} == {"contoso"}
    assert {s.organization for s in steps if s.ok is False} == {"fabrikam"}
    assert is_good(steps)


def test_sign_in_that_no_organization_lets_in_is_not_good(
    family: AzureDevOps, sample: SampleOrganization
) -> None:
    token = sample.issue_token(kind="entra", scopes=[PROFILE])
    address = family.address(sample.base_url, ())

    steps = list(family.examine(address, Credential("oauth", token.value), asked=Asked()))

    assert steps[-1].message == "None of the organizations can be connected."
    assert not is_good(steps)
