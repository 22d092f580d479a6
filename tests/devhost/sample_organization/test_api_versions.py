from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


@pytest.mark.parametrize(
    ("version", "type_key"),
    [
        ("7.1", None),
        ("7.1-preview.4", None),
        ("1.0", None),
        ("7", None),
        ("7.2-preview", None),
        ("7.2", "VssInvalidPreviewVersionException"),
        ("7.3-preview", "VssVersionOutOfRangeException"),
        ("9.0", "VssVersionOutOfRangeException"),
        ("latest", "VssPropertyValidationException"),
        ("7.1-beta", "VssPropertyValidationException"),
    ],
)
def test_version_is_served_or_refused_in_the_services_words(
    api: Api, version: str, type_key: str | None
) -> None:
    answer = api.call("GET", "projects", api=version)

    assert answer.status_code == (200 if type_key is None else 400)
    assert answer.json().get("typeKey") == type_key


def test_version_may_stand_in_the_accept_header(api: Api, web: str) -> None:
    api.session.headers["Accept"] = "application/json;api-version=7.1"

    answer = api.call("POST", f"{web}/refs", [], api=None)

    assert answer.status_code == 200


def test_write_without_a_version_is_refused_and_a_read_is_not(api: Api, web: str) -> None:
    read = api.call("GET", "projects", api=None)
    written = api.call("POST", f"{web}/refs", [], api=None)

    assert read.status_code == 200
    assert (written.status_code, written.json()["typeKey"]) == (
        400,
        "VssVersionNotSpecifiedException",
    )


def test_older_server_refuses_what_it_does_not_know(sample: SampleOrganization, api: Api) -> None:
    sample.behaviour.newest_api_version = "6.0"

    newer = api.call("GET", "projects", api="7.1")
    same = api.call("GET", "projects", api="6.0")

    assert newer.json()["message"].endswith("this server supports is 6.0.")
    assert same.status_code == 200


def test_routes_are_listed_to_anyone_who_asks_for_the_options(
    sample: SampleOrganization, api: Api
) -> None:
    answer = api.session.options(f"{sample.url}/_apis", auth=None, timeout=10)

    assert [call.method for call in sample.calls] == ["OPTIONS"]
    refs = next(o for o in answer.json()["value"] if o["resourceName"] == "refs")
    assert refs["routeTemplate"] == "{project}/_apis/git/repositories/{repositoryId}/refs"
    assert (refs["area"], refs["maxVersion"], refs["releasedVersion"]) == ("git", "7.2", "7.1")
