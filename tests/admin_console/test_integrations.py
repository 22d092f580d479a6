from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization import SampleOrganization
from tests.shared.web.in_memory import NOWHERE, Installation, integration_body

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.shared.web.in_memory import Answered


def create(installation: Installation, sample: SampleOrganization, **more: object) -> Answered:
    return installation.call("POST", "integrations", integration_body(sample, **more))


def test_integration_is_made_and_shown_as_it_will_be_used(
    installation: Installation, sample: SampleOrganization
) -> None:
    answered = create(installation, sample, url=f"{sample.url}/Shop/_git/part-00")

    assert answered.status == 201
    made = answered.json
    assert made.pop("id")
    assert made.pop("webhook_id")
    assert made == {
        "state": "new",
        "created_at": "2026-11-21T09:00:00Z",
        "name": "Contoso",
        "git_host": "azure_devops",
        "url": sample.url,
        "organizations": ["contoso"],
        "trackers": ["default"],
        "connection": {"kind": "pat", "email": "", "expires_at": None},
        "index": {"commits": True, "branches": True, "pull_requests": True, "work_items": False},
        "repositories": {"mode": "all", "jmespath": "", "selected": []},
        "pull_request_window_days": 183,
        "webhooks": True,
        "hooks_only": False,
        "writes": "own_token",
    }


def test_everything_that_is_said_of_an_integration_is_kept(
    installation: Installation, sample: SampleOrganization
) -> None:
    installation.call("POST", "trackers", {"id": "jira", "name": "Jira"})
    said = {
        "name": "Ours",
        "organizations": ["contoso"],
        "trackers": ["default", "jira"],
        "index": {"commits": True, "branches": False, "pull_requests": True, "work_items": True},
        "repositories": {"mode": "all", "jmespath": "[?name!='part-00']", "selected": []},
        "pull_request_window_days": 30,
        "webhooks": False,
        "hooks_only": False,
        "writes": "off",
    }
    connection = {
        "kind": "pat",
        "token": sample.token,
        "email": "admin@example.com",
        "expires_at": "2027-01-31T00:00:00Z",
    }

    made = create(installation, sample, **said, connection=connection).json

    del connection["token"]
    assert {name: made[name] for name in said} == said
    assert made["connection"] == connection
    assert installation.call("GET", f"integrations/{made['id']}").json == made


def test_integration_without_a_name_is_called_like_its_organization(
    installation: Installation, sample: SampleOrganization
) -> None:
    body = integration_body(sample)
    del body["name"]

    assert installation.call("POST", "integrations", body).json["name"] == "contoso"


def test_token_is_in_no_answer_and_in_no_log(
    installation: Installation, sample: SampleOrganization, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    made = create(installation, sample)
    path = f"integrations/{made.json['id']}"
    installation.work()
    connection = {"connection": {"kind": "pat", "token": f"{sample.token}x"}}

    answers = [
        made,
        installation.call("GET", path),
        installation.call("GET", "integrations"),
        installation.call("GET", f"{path}/status"),
        installation.call("GET", f"{path}/repositories"),
        installation.call("PATCH", path, {"name": "Ours"}),
        installation.call("PATCH", path, connection),
        create(installation, sample, connection={"kind": "pat", "token": f"{sample.token} x"}),
    ]

    assert not any(sample.token in answered.body.decode() for answered in answers)
    assert sample.token not in caplog.text


GIT_HOST_SAYS: dict[str, tuple[Callable[[SampleOrganization], object], tuple[int, str]]] = {
    "wrong token": (lambda s: s.revoke_token(), (422, "signed_out")),
    "expired token": (lambda s: s.expire_token(), (422, "signed_out")),
    "conditional access": (
        lambda s: s.faults.refuse(403, "AccessDenied", "VS403463: The conditional access policy"),
        (422, "forbidden"),
    ),
    "hidden": (
        lambda s: s.faults.refuse(404, "NotFound", "TF200016: The project does not exist"),
        (422, "missing"),
    ),
    "nothing to see": (lambda s: s.deny(project="Shop"), (422, "no_repositories")),
    "throttled": (lambda s: s.faults.throttle(retry_after=300), (503, "throttled")),
    "outage": (lambda s: s.faults.outage(times=None), (502, "git_host_unavailable")),
    "a page": (lambda s: s.faults.html(times=None), (502, "git_host_unavailable")),
    "nothing": (lambda s: s.faults.empty_body(), (502, "git_host_answer_malformed")),
    "half of it": (lambda s: s.faults.cut_json(), (502, "git_host_answer_malformed")),
    "no": (
        lambda s: s.faults.refuse(400, "VssPropertyValidationException", "No."),
        (502, "git_host_refused"),
    ),
}


@pytest.mark.parametrize(("spoil", "problem"), GIT_HOST_SAYS.values(), ids=GIT_HOST_SAYS.keys())
def test_git_host_s_refusal_is_told_by_its_code_and_nothing_is_kept(
    installation: Installation,
    sample: SampleOrganization,
    spoil: Callable[[SampleOrganization], object],
    problem: tuple[int, str],
) -> None:
    spoil(sample)

    answered = create(installation, sample)

    assert answered.problem == problem
    assert answered.json["next_step"]
    assert installation.call("GET", "integrations").json["integrations"] == []


def test_git_host_that_does_not_answer_is_told(sample: SampleOrganization) -> None:
    installation = Installation(services_url=NOWHERE)

    answered = create(installation, sample, url=f"{NOWHERE}/contoso")

    assert answered.problem == (502, "git_host_unavailable")


def test_unknown_organization_is_told(
    installation: Installation, sample: SampleOrganization
) -> None:
    answered = create(installation, sample, url=f"{sample.base_url}/nowhere")

    assert answered.status == 422
    assert answered.json["code"] in {"signed_out", "missing"}


def test_token_of_another_organization_is_explained(
    installation: Installation, sample: SampleOrganization
) -> None:
    other = SampleOrganization(sample.organization.folder, name="fabrikam", beside=sample)

    answered = create(installation, sample, connection={"kind": "pat", "token": other.token})

    assert answered.problem == (422, "signed_out")
    assert "TF400813" in answered.json["detail"]


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"url": "https://evil.example/contoso"}, ["url"]),
        ({"url": "https://[::1"}, ["url"]),
        ({"url": 5}, ["url"]),
        ({"organizations": ["fabrikam"]}, ["organizations"]),
        ({"organizations": ["../x"]}, ["organizations"]),
        ({"git_host": "gitlab"}, ["git_host"]),
        ({"trackers": []}, ["trackers"]),
        ({"trackers": ["jira"]}, ["trackers"]),
        ({"connection": {"kind": "ssh_key"}}, ["connection.kind"]),
        ({"connection": {"kind": "pat"}}, ["connection.token"]),
        ({"connection": {"kind": "pat", "token": "a b"}}, ["connection.token"]),
        ({"connection": {"kind": "pat", "token": "t", "secret": "s"}}, ["connection.secret"]),
        ({"index": {"tags": True}}, ["index.tags"]),
        ({"repositories": {"mode": "some"}}, ["repositories.mode"]),
        ({"repositories": {"jmespath": "[?"}}, ["repositories.jmespath"]),
        ({"repositories": {"jmespath": "x" * 2001}}, ["repositories.jmespath"]),
        ({"repositories": {"jmespath": "(" * 1900}}, ["repositories.jmespath"]),
        ({"pull_request_window_days": 0}, ["pull_request_window_days"]),
        ({"writes": "anybody"}, ["writes"]),
        ({"nmae": "x"}, ["nmae"]),
        ({"confirm_disconnect": 5}, ["confirm_disconnect"]),
    ],
    ids=lambda value: str(value)[:40],
)
def test_integration_that_makes_no_sense_is_refused_by_field(
    installation: Installation,
    sample: SampleOrganization,
    more: dict[str, Any],
    wrong: list[str],
) -> None:
    assert sorted(create(installation, sample, **more).fields) == wrong
    assert installation.call("GET", "integrations").json["integrations"] == []


@pytest.mark.parametrize("field", ["git_host", "url", "connection"])
def test_what_an_integration_cannot_do_without_is_missed_by_name(
    installation: Installation, sample: SampleOrganization, field: str
) -> None:
    body = integration_body(sample)
    del body[field]

    assert installation.call("POST", "integrations", body).fields == {field: "missing"}


def test_expiry_without_a_zone_is_refused_or_meant_in_utc(
    installation: Installation, sample: SampleOrganization
) -> None:
    connection = {"kind": "pat", "token": sample.token, "expires_at": "2027-01-31T00:00:00"}

    answered = create(installation, sample, connection=connection)

    assert answered.status in {201, 400}, answered.body
    assert installation.call("GET", "integrations").status == 200


def test_deleted_integration_is_gone_and_its_links_are_hidden(
    installation: Installation, sample: SampleOrganization
) -> None:
    path = f"integrations/{create(installation, sample).json['id']}"
    installation.work()

    answered = installation.call("DELETE", path)

    assert (answered.status, answered.body) == (202, b"")
    assert installation.call("GET", path).problem == (404, "not_found")
    assert installation.call("GET", "integrations").json["integrations"] == []
    assert installation.call("GET", "links/PAY-1").json["links"] == []


def test_deletion_may_be_asked_for_again_until_nothing_is_left(
    installation: Installation, sample: SampleOrganization
) -> None:
    path = f"integrations/{create(installation, sample).json['id']}"
    installation.work()

    statuses = [installation.call("DELETE", path).status for _ in range(2)]
    installation.work()

    assert statuses == [202, 202]
    assert installation.call("DELETE", path).problem == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("PATCH", ""),
        ("DELETE", ""),
        ("GET", "/status"),
        ("GET", "/repositories"),
        ("POST", "/reindex"),
    ],
)
def test_unknown_integration_is_not_found(
    installation: Installation, method: str, path: str
) -> None:
    body: object = {} if method == "PATCH" else None

    answered = installation.call(method, f"integrations/nothing{path}", body)

    assert answered.problem == (404, "not_found")


@pytest.mark.parametrize("limit", [1, 3, 5, 6])
def test_integrations_are_listed_page_by_page(
    installation: Installation, sample: SampleOrganization, limit: int
) -> None:
    made = sorted(create(installation, sample).json["id"] for _ in range(5))

    found, cursor = [], ""
    while cursor is not None:
        page = installation.call("GET", f"integrations?limit={limit}&cursor={cursor}").json
        assert 0 < len(page["integrations"]) <= limit
        found += [integration["id"] for integration in page["integrations"]]
        cursor = page["next"]

    assert found == made
