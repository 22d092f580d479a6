"""A collection of a server: where it answers, what it leaves out by its age, how it refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from devhost.sample_organization import Clock, SampleOrganization, tell_stories
from tests.devhost.sample_organization.conftest import NOW, Api
from tests.devhost.sample_organization.specification import SPECS, check

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSIONS = ["4.1", "5.0", "6.0", "7.0", "7.1"]


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SampleOrganization]:
    """Return a collection with the repositories of the stories."""
    folder = tmp_path_factory.mktemp("server")
    clock = Clock(NOW, running=False)
    with SampleOrganization(folder, name="Main work", clock=clock, server_folder="tfs") as server:
        tell_stories(server)
        yield server


@pytest.fixture
def server(collection: SampleOrganization) -> Api:
    collection.behaviour.newest_api_version = "7.1"
    return Api(collection)


def test_collection_answers_below_the_folder_of_its_server(server: Api) -> None:
    root = server.sample.url

    assert root.endswith("/tfs/Main%20work")
    assert server.get("projects")["count"] > 0
    assert server.session.get(root.replace("/tfs", ""), timeout=20).status_code == 404
    assert server.session.get(root.replace("tfs/Main", "TFS/main"), timeout=20).status_code == 404


def test_server_says_that_it_is_one(server: Api) -> None:
    told = server.get("connectionData", api="7.1-preview")

    assert told["deploymentType"] == "onPremises"


@pytest.mark.skipif(not SPECS.is_dir(), reason="the specifications are not at hand")
@pytest.mark.parametrize("version", VERSIONS)
def test_server_of_each_age_has_no_field_that_its_specification_lacks(
    server: Api, version: str
) -> None:
    server.sample.behaviour.newest_api_version = version
    project = server.sample.organization.project("Web shop")

    answers = {
        ("core", "TeamProjectReference"): server.get("projects", api=version),
        ("git", "GitRepository"): server.get("git/repositories", api=version),
        ("git", "GitPullRequest"): server.get(
            "git/pullrequests", project=project.id, api=version, searchCriteria__status="all"
        ),
    }

    for (area, definition), answer in answers.items():
        assert answer["value"]
        for value in answer["value"]:
            check(f"{area} {version}", definition, value)


@pytest.mark.parametrize(
    ("version", "lacks"),
    [
        ("4.1", {"size", "webUrl", "isDisabled", "isInMaintenance"}),
        ("5.0", {"webUrl", "isDisabled", "isInMaintenance"}),
        ("6.0", {"isDisabled", "isInMaintenance"}),
        ("7.0", {"isInMaintenance"}),
        ("7.1", set()),
    ],
)
def test_repository_has_the_fields_of_the_server_s_age(
    server: Api, version: str, lacks: set[str]
) -> None:
    server.sample.behaviour.newest_api_version = version

    listed = server.get("git/repositories", api=version)["value"]

    fields = {"size", "webUrl", "isDisabled", "isInMaintenance"}
    assert all(fields - one.keys() == lacks for one in listed)


def test_server_before_7_1_takes_no_notice_of_when_pull_requests_were_closed(server: Api) -> None:
    project = server.sample.organization.project("Web shop").id
    asked = {
        "searchCriteria__status": "all",
        "searchCriteria__queryTimeRangeType": "closed",
        "searchCriteria__minTime": "2099-01-01T00:00:00Z",
    }

    new = server.get("git/pullrequests", project=project, **asked)
    server.sample.behaviour.newest_api_version = "7.0"
    old = server.get("git/pullrequests", project=project, api="7.0", **asked)

    assert new["count"] == 0
    assert old["count"] > 0


def test_server_of_2018_lists_all_refs_at_once(server: Api) -> None:
    route = f"git/repositories/{server.sample.repository('shop').id}/refs"
    server.sample.behaviour.newest_api_version = "4.1"

    answer = server.call("GET", route, top=1, api="4.1")

    assert answer.json()["count"] > 1
    assert "x-ms-continuationtoken" not in answer.headers


def test_server_asks_for_a_windows_sign_in_and_shows_no_page(server: Api) -> None:
    answer = requests.get(
        f"{server.sample.url}/_apis/projects",
        auth=("", "wrong"),
        allow_redirects=False,
        timeout=20,
    )

    assert answer.status_code == 401
    assert "NTLM" in answer.headers["WWW-Authenticate"]
    assert "X-VSS-ResourceTenant" not in answer.headers


def test_addresses_are_those_of_a_server(server: Api) -> None:
    listed = {one["name"]: one for one in server.get("git/repositories")["value"]}

    page = f"{server.sample.url}/Web%20shop/_git/shop"
    assert (listed["shop"]["webUrl"], listed["shop"]["remoteUrl"]) == (page, page)
    assert listed["shop"]["sshUrl"] == "ssh://localhost:22/tfs/Main%20work/Web%20shop/_git/shop"


def test_server_may_tell_another_address_than_its_own(server: Api) -> None:
    known = server.sample.organization.addresses
    server.sample.say_public_url("http://build-machine:8080/tfs")

    listed = server.get("git/repositories")["value"]
    server.sample.organization.addresses = known

    assert all(one["webUrl"].startswith("http://build-machine:8080/tfs/") for one in listed)
