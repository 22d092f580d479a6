from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from devhost.sample_organization import SampleOrganization

if TYPE_CHECKING:
    from pathlib import Path

    from devhost.sample_organization import Clock
    from tests.devhost.sample_organization.conftest import Api


def identity(sample: SampleOrganization, token: str, route: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "X-TFS-FedAuthRedirect": "Suppress"}
    url = f"{sample.identity_url}/_apis/{route}"
    return requests.get(url, headers=headers, allow_redirects=False, timeout=10)


def test_accounts_are_those_that_accept_the_token_and_others(
    sample: SampleOrganization, tmp_path: Path
) -> None:
    second = SampleOrganization(tmp_path / "second", name="globex", beside=sample)
    SampleOrganization(tmp_path / "third", name="closed", beside=sample)
    token = sample.issue_token(kind="entra")
    second.accept(token)
    sample.behaviour.other_accounts.append("elsewhere")

    profile = identity(sample, token.value, "profile/profiles/me?api-version=7.1").json()
    accounts = identity(sample, token.value, f"accounts?memberId={profile['id']}").json()

    names = [account["accountName"] for account in accounts["value"]]
    assert names == ["contoso", "globex", "elsewhere"]


def test_token_of_another_organization_is_refused_in_json(
    sample: SampleOrganization, tmp_path: Path
) -> None:
    second = SampleOrganization(tmp_path / "second", name="globex", beside=sample)
    sample.behaviour.other_accounts.append("elsewhere")

    for base in (second.url, f"{sample.base_url}/elsewhere"):
        answer = requests.get(f"{base}/_apis/projects", auth=("", sample.token), timeout=10)

        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == "TFS-Federated, Bearer"
        assert answer.json()["message"].startswith("TF400813")


def test_second_organization_has_its_own_projects(
    sample: SampleOrganization, tmp_path: Path
) -> None:
    second = SampleOrganization(tmp_path / "second", name="globex", beside=sample)
    second.add_project("Labs")

    answer = requests.get(f"{second.url}/_apis/projects", auth=("", second.token), timeout=10)

    assert [project["name"] for project in answer.json()["value"]] == ["Labs"]


def test_profile_is_read_with_a_token_that_only_a_later_organization_knows(
    sample: SampleOrganization, tmp_path: Path
) -> None:
    second = SampleOrganization(tmp_path / "second", name="globex", beside=sample)
    token = second.issue_token(kind="entra", by="Team lead")

    profile = identity(sample, token.value, "profile/profiles/me?api-version=7.1").json()
    accounts = identity(sample, token.value, f"accounts?memberId={profile['id']}").json()

    assert profile["displayName"] == "Team lead"
    assert [account["accountName"] for account in accounts["value"]] == ["globex"]


def test_token_of_one_organization_does_not_read_the_profile(sample: SampleOrganization) -> None:
    answer = identity(sample, sample.token, "profile/profiles/me?api-version=7.1")

    assert answer.status_code == 401


def test_accounts_of_somebody_else_are_none(sample: SampleOrganization) -> None:
    token = sample.issue_token(kind="entra").value
    other = sample.person("Team lead").id

    assert identity(sample, token, f"accounts?memberId={other}").json()["value"] == []
    assert identity(sample, token, "accounts").status_code == 400
    assert identity(sample, token, f"profile/profiles/{other}").status_code == 404


@pytest.mark.parametrize(
    ("search_filter", "value", "names"),
    [
        ("General", "lead", ["Team lead"]),
        ("General", "team.lead@example.com", ["Team lead"]),
        ("MailAddress", "team.lead@example.com", ["Team lead"]),
        ("MailAddress", "lead", []),
    ],
)
def test_people_are_found_by_name_or_address(
    sample: SampleOrganization, api: Api, search_filter: str, value: str, names: list[str]
) -> None:
    sample.person("Team lead")

    found = api.get("identities", searchFilter=search_filter, filterValue=value)["value"]

    assert [one["providerDisplayName"] for one in found] == names


def test_identities_are_read_by_id(sample: SampleOrganization, api: Api) -> None:
    lead = sample.person("Team lead").id

    assert api.get("identities", identityIds=lead)["value"][0]["id"] == lead
    assert api.refused("GET", "identities")[0] == 400


def test_avatar_is_a_picture_that_needs_a_token(sample: SampleOrganization, api: Api) -> None:
    descriptor = sample.person("Team lead").descriptor

    answer = api.call("GET", f"GraphProfile/MemberAvatars/{descriptor}")
    bare = requests.get(answer.url, allow_redirects=False, timeout=10)

    assert answer.headers["Content-Type"] == "image/png"
    assert answer.content.startswith(b"\x89PNG")
    assert bare.status_code == 302
    assert api.refused("GET", "GraphProfile/MemberAvatars/aad.x")[0] == 404


def test_connection_data_says_who_one_is_and_is_only_a_preview(
    sample: SampleOrganization, api: Api, clock: Clock
) -> None:
    data = api.get("connectionData", api="7.1-preview.1")
    areas = api.get("resourceAreas", api="7.1-preview.1")["value"]
    core = "79134C72-4A58-4B42-976C-04E7115F32BF"

    assert data["authenticatedUser"]["providerDisplayName"] == "Integration account"
    assert data["deploymentType"] == "hosted"
    assert {area["locationUrl"] for area in areas if area["name"] == "core"} == {f"{sample.url}/"}
    area = api.get(f"resourceAreas/{core}", api="7.1-preview.1")
    assert area["name"] == "core"
    refused = api.refused("GET", "connectionData")
    assert refused == (400, "VssInvalidPreviewVersionException")
