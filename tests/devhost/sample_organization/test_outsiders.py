"""Who has a good access token from elsewhere need not be let in, nor see code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import requests

from devhost.sample_organization import SampleOrganization

if TYPE_CHECKING:
    from pathlib import Path

    from devhost.sample_organization.model import Person

APP = "Release app"


@pytest.fixture
def app(sample: SampleOrganization) -> Person:
    """Return an app whose access tokens somebody else gives out."""
    app = sample.person(APP)
    sample.organization.accepts = lambda token: app if token == "from elsewhere" else None
    return app


def ask(url: str, token: str = "from elsewhere") -> requests.Response:
    headers = {"Authorization": f"Bearer {token}", "X-TFS-FedAuthRedirect": "Suppress"}
    return requests.get(url, headers=headers, allow_redirects=False, timeout=10)


@pytest.mark.usefixtures("app")
def test_token_from_elsewhere_is_taken_as_a_bearers(sample: SampleOrganization) -> None:
    assert ask(f"{sample.url}/_apis/projects").status_code == 200
    assert ask(f"{sample.url}/_apis/projects", "another").status_code == 401


def test_app_that_nobody_added_is_asked_to_sign_in_once(
    sample: SampleOrganization, app: Person
) -> None:
    sample.behaviour.outsiders.add(app.id)

    answer = ask(f"{sample.url}/_apis/projects")

    assert answer.status_code == 401
    assert answer.json()["message"].startswith("TF401444")
    assert answer.headers["X-VSS-ResourceTenant"] == sample.organization.tenant_id


def test_stakeholder_sees_projects_and_no_repository(
    sample: SampleOrganization, app: Person
) -> None:
    one = sample.repository("web")
    sample.behaviour.stakeholders.add(app.id)

    projects = ask(f"{sample.url}/_apis/projects").json()["count"]
    listed = ask(f"{sample.url}/_apis/git/repositories").json()["count"]
    single = ask(f"{sample.url}/_apis/git/repositories/{one.id}")
    cloned = ask(f"{sample.url}/Shop/_git/web/info/refs?service=git-upload-pack")

    assert (projects > 0, listed) == (True, 0)
    assert single.json()["message"].startswith("TF401019")
    assert cloned.status_code == 404


def test_accounts_are_those_that_were_joined(
    sample: SampleOrganization, tmp_path: Path, app: Person
) -> None:
    second = SampleOrganization(tmp_path / "second", name="globex", beside=sample)
    second.organization.accepts = sample.organization.accepts
    sample.behaviour.outsiders.add(app.id)

    profile = ask(f"{sample.identity_url}/_apis/profile/profiles/me?api-version=7.1").json()
    accounts = ask(f"{sample.identity_url}/_apis/accounts?memberId={profile['id']}").json()

    assert [account["accountName"] for account in accounts["value"]] == ["globex"]
