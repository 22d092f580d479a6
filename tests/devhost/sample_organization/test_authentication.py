from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
import requests

from devhost.sample_organization.authentication import token_value

if TYPE_CHECKING:
    from devhost.sample_organization import Clock, SampleOrganization
    from tests.devhost.sample_organization.conftest import Api

SUPPRESS = {"X-TFS-FedAuthRedirect": "Suppress"}


def call(
    sample: SampleOrganization, method: str = "GET", token: str = "wrong", **headers: str
) -> requests.Response:
    url = f"{sample.url}/_apis/projects?api-version=7.1"
    return requests.request(
        method, url, auth=("", token), headers=headers, allow_redirects=False, timeout=10
    )


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Basic " + base64.b64encode(b":secret").decode(), "secret"),
        ("basic " + base64.b64encode(b"me@example.com:se:cret").decode(), "se:cret"),
        ("Bearer secret", "secret"),
        ("Basic " + base64.b64encode(b"secret").decode(), None),
        ("Basic " + base64.b64encode(b"me:").decode(), None),
        ("Basic not-base64!", None),
        ("Basic " + base64.b64encode(b"\xff:\xff").decode(), None),
        ("Bearer", None),
        ("Negotiate secret", None),
        ("", None),
    ],
)
def test_token_is_the_password_or_what_bears_it(header: str, value: str | None) -> None:
    assert token_value(header) == value


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_wrong_token_is_sent_to_the_sign_in_page(sample: SampleOrganization, method: str) -> None:
    answer = (
        call(sample, method)
        if method == "GET"
        else requests.post(
            f"{sample.url}/_apis/hooks/subscriptions", allow_redirects=False, timeout=10
        )
    )
    page = requests.get(answer.headers["Location"], timeout=10)

    assert answer.status_code == 302
    assert "/_signin?" in answer.headers["Location"]
    assert page.status_code == 203
    assert page.headers["Content-Type"].startswith("text/html")
    assert "Sign In" in page.text


def test_sign_in_page_may_come_at_once(sample: SampleOrganization) -> None:
    sample.behaviour.sign_in = "page"

    answer = call(sample)

    assert (answer.status_code, answer.headers["Content-Type"]) == (203, "text/html; charset=utf-8")


def test_redirect_is_suppressed_on_request(sample: SampleOrganization) -> None:
    answer = call(sample, **SUPPRESS)

    assert answer.status_code == 401
    assert 'Basic realm="https://tfsprod' in answer.headers["WWW-Authenticate"]
    assert answer.headers["X-VSS-ResourceTenant"] == sample.organization.tenant_id
    assert answer.content == b""


def test_wrong_token_on_patch_is_an_envelope(sample: SampleOrganization, web: str) -> None:
    answer = requests.patch(f"{sample.url}/_apis/{web}", json={}, timeout=10)

    assert answer.status_code == 401
    assert answer.json()["typeKey"] == "UnauthorizedRequestException"


def test_expired_token_says_so_in_a_header(sample: SampleOrganization) -> None:
    sample.expire_token()

    redirected = call(sample, token=sample.token)
    suppressed = call(sample, token=sample.token, **SUPPRESS)

    for answer, status in ((redirected, 302), (suppressed, 401)):
        assert answer.status_code == status
        error = unquote(answer.headers["X-TFS-ServiceError"])
        assert error.endswith("The Personal Access Token used has expired.")


def test_token_expires_when_its_time_has_come(sample: SampleOrganization, clock: Clock) -> None:
    token = sample.issue_token(expires_at=clock.now() + timedelta(days=1))

    before = call(sample, token=token.value)
    clock.advance(timedelta(days=1))
    after = call(sample, token=token.value, **SUPPRESS)

    assert (before.status_code, after.status_code) == (200, 401)


def test_global_tokens_end_in_december(sample: SampleOrganization, clock: Clock) -> None:
    token = sample.issue_token(kind="global_pat").value

    before = call(sample, token=token, **SUPPRESS)
    clock.advance_to(datetime(2026, 12, 1, tzinfo=UTC))
    after = call(sample, token=token, **SUPPRESS)

    assert (before.status_code, after.status_code) == (200, 401)
    assert "all accessible organizations" in unquote(after.headers["X-TFS-ServiceError"])
    assert after.headers["Content-Type"].startswith("text/html")


def test_entra_token_is_accepted_as_bearer(sample: SampleOrganization) -> None:
    token = sample.issue_token(kind="entra").value
    url = f"{sample.url}/_apis/projects"

    answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("scope", "method", "route", "allowed"),
    [
        ("vso.code", "GET", "git/repositories", True),
        ("vso.code", "GET", "hooks/subscriptions", True),
        ("vso.code", "POST", "{web}/refs", False),
        ("vso.code", "GET", "projects", False),
        ("vso.code", "GET", "wit/workitems/1", False),
        ("vso.code_write", "GET", "git/repositories", True),
        ("vso.code_write", "POST", "{web}/refs", True),
        ("vso.code_write", "PATCH", "{web}", False),
        ("vso.code_manage", "PATCH", "{web}", True),
        ("vso.project", "GET", "git/repositories", False),
        ("vso.work", "GET", "wit/workitems/1", True),
    ],
)
def test_token_opens_what_its_scope_is_for(
    sample: SampleOrganization,
    api: Api,
    web: str,
    scope: str,
    method: str,
    route: str,
    *,
    allowed: bool,
) -> None:
    sample.add_work_item("Shop", 1, "One")
    sample.limit_token(scope)
    body: object = {} if method == "PATCH" else []

    answer = api.call(method, route.format(web=web), body)

    assert answer.status_code == (200 if allowed else 401)
    if not allowed:
        assert answer.json()["message"].startswith("TF400813")


def test_revoked_token_is_a_wrong_one(sample: SampleOrganization) -> None:
    sample.revoke_token()

    assert call(sample, token=sample.token, **SUPPRESS).status_code == 401


def test_replaced_token_is_refused_and_the_new_one_is_good(sample: SampleOrganization) -> None:
    old = sample.token

    new = sample.replace_token()

    answers = [call(sample, token=token, **SUPPRESS).status_code for token in (old, new)]
    assert answers == [401, 200]
    assert len(new) == 84
    assert new[76:80] == "AZDO"


def test_every_answer_has_a_date_by_the_organizations_clock(
    sample: SampleOrganization, api: Api, clock: Clock
) -> None:
    answers = [api.call("GET", "projects"), call(sample), api.call("GET", "nothing")]

    for answer in answers:
        assert parsedate_to_datetime(answer.headers["Date"]) == clock.now()


def test_tenant_is_told_to_whoever_has_no_token(sample: SampleOrganization) -> None:
    url = f"{sample.url}/_apis/connectionData"

    answer = requests.get(url, headers=SUPPRESS, timeout=10)

    assert answer.headers["X-VSS-ResourceTenant"] == sample.organization.tenant_id
