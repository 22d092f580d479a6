from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


def test_pages_are_joined_by_the_token_in_the_header(sample: SampleOrganization, api: Api) -> None:
    for number in range(5):
        sample.add_project(f"P{number}")

    first = api.call("GET", "projects", top=4)
    token = first.headers["x-ms-continuationtoken"]
    second = api.call("GET", "projects", top=4, continuationToken=token)

    names = [p["name"] for answer in (first, second) for p in answer.json()["value"]]
    assert names == ["P0", "P1", "P2", "P3", "P4", "Shop"]
    assert "x-ms-continuationtoken" not in second.headers


def test_page_that_is_exactly_full_has_no_token(sample: SampleOrganization, api: Api) -> None:
    sample.add_project("Other")

    answer = api.call("GET", "projects", top=2)

    assert answer.json()["count"] == 2
    assert "x-ms-continuationtoken" not in answer.headers


def test_only_well_formed_projects_are_listed_unless_more_is_asked_for(
    sample: SampleOrganization, api: Api
) -> None:
    sample.add_project("Going", state="deleting")

    usual = api.get("projects")["count"]
    everything = api.get("projects", stateFilter="all")["count"]

    assert (usual, everything) == (1, 2)


def test_project_under_tfvc_says_so_and_has_no_repository(
    sample: SampleOrganization, api: Api
) -> None:
    sample.add_project("Legacy", source_control="Tfvc")

    control = api.get("projects/legacy", includeCapabilities="true")["capabilities"]

    assert control["versioncontrol"]["sourceControlType"] == "Tfvc"
    assert api.get("git/repositories", project="Legacy")["value"] == []
    assert api.get("tfvc/branches", project="Legacy")["count"] == 1
    assert api.get("tfvc/branches", project="Shop")["count"] == 0


@pytest.mark.parametrize(
    ("name", "type_key", "code"),
    [
        ("Nowhere", "ProjectDoesNotExistWithNameException", "TF200016"),
        ("11111111-2222-3333-4444-555555555555", "ProjectDoesNotExistException", "VS800075"),
    ],
)
def test_missing_project_is_told_by_its_code(api: Api, name: str, type_key: str, code: str) -> None:
    answer = api.call("GET", f"projects/{name}")

    assert answer.status_code == 404
    assert answer.json()["typeKey"] == type_key
    assert answer.json()["message"].startswith(code)


def test_denied_project_looks_like_a_missing_one(sample: SampleOrganization, api: Api) -> None:
    repository = sample.repository("web")

    sample.deny(project="Shop")

    assert api.get("projects")["value"] == []
    assert api.get("git/repositories")["value"] == []
    assert api.refused("GET", "projects/Shop")[0] == 404
    refused = api.refused("GET", f"git/repositories/{repository.id}")
    assert refused == (404, "GitRepositoryNotFoundException")


@pytest.mark.parametrize("name", ["Zahlungen & Café #1", "Web shop", "100% C++/C?", "Ünï™"])
def test_project_is_found_by_its_name_encoded_once_in_any_case(
    sample: SampleOrganization, api: Api, name: str
) -> None:
    sample.add_project(name)
    sample.create_repository(name, "in it")
    encoded = quote(name.upper(), safe="")

    listed = api.get("git/repositories", project=encoded)
    single = api.get("git/repositories/in%20it", project=encoded)

    assert [one["name"] for one in listed["value"]] == ["in it"]
    assert single["project"]["name"] == name
    assert api.session.get(single["url"], timeout=10).json()["id"] == single["id"]
