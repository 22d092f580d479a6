from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Api


@pytest.mark.parametrize(
    "path", ["/", "/nobody/_apis/projects", "/contoso/_apis/nothing", "/contoso/x/y/_apis/projects"]
)
def test_unknown_path_is_404_in_the_error_envelope(
    sample: SampleOrganization, api: Api, path: str
) -> None:
    answer = api.session.get(f"{sample.base_url}{path}", timeout=10)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/json")
    envelope = answer.json()
    assert set(envelope) == {
        "$id",
        "innerException",
        "message",
        "typeName",
        "typeKey",
        "errorCode",
        "eventId",
    }
    assert path.rstrip("/") in envelope["message"]


def test_unknown_method_is_405(api: Api) -> None:
    assert api.refused("DELETE", "git/repositories")[0] == 405


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"name": 1}', b"\xff\xfe"])
def test_body_that_cannot_be_read_is_400(sample: SampleOrganization, api: Api, body: bytes) -> None:
    url = f"{sample.url}/Shop/_apis/git/repositories?api-version=7.1"

    answer = api.session.post(url, data=body, timeout=10)

    assert (answer.status_code, answer.json()["typeKey"]) == (400, "VssPropertyValidationException")


def test_connection_is_kept_between_calls(api: Api) -> None:
    first = api.call("GET", "projects")
    second = api.call("GET", "projects")

    assert first.raw.version == 11
    assert second.headers.get("Connection", "keep-alive").lower() != "close"
    pools = api.session.get_adapter("http://").poolmanager.pools  # type: ignore[attr-defined]
    assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 — no mapping


def test_names_are_found_in_any_case(sample: SampleOrganization, api: Api) -> None:
    url = f"{sample.base_url}/CONTOSO/SHOP/_APIS/Git/Repositories/WEB"

    answer = api.session.get(url, timeout=10)

    assert answer.json()["name"] == "web"


def test_failure_of_a_handler_is_a_500_and_is_logged(
    sample: SampleOrganization, api: Api, web: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = sample.repository("web").folder
    folder.rename(folder.with_name("moved.git"))

    answer = api.call("GET", f"{web}/refs")

    assert (answer.status_code, answer.json()["typeKey"]) == (500, "VssServiceException")
    assert "The sample organization failed." in caplog.text


def test_tenant_is_learnt_from_the_organizations_address(sample: SampleOrganization) -> None:
    answer = requests.head(sample.url, timeout=10)

    assert answer.status_code == 404
    assert answer.headers["X-VSS-ResourceTenant"] == sample.organization.tenant_id
