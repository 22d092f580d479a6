"""How an integration is authorised, and connecting it again without losing what is indexed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared.configuration import Connection
from shared.connections.granting import accept
from shared.services import ONE_GROUP
from tests.shared.connections.identity_servers import ACCOUNT, StrictServer
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.people import Role
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def integration(installation: Installation, sample: SampleOrganization) -> str:
    """Return an integration that is indexed, by a token that expires in ten days."""
    connection = {"kind": "pat", "token": sample.token, "expires_at": "2026-12-01T10:00:00Z"}
    made = installation.connect(sample, connection=connection)
    installation.work()
    return made


@pytest.fixture
def page(integration: str) -> str:
    return f"/integrations/{integration}/connection"


def stored(installation: Installation, integration: str) -> Connection:
    record = installation.services.connections.get(ONE_GROUP, integration)
    assert record is not None
    return record.value


def links(installation: Installation, integration: str) -> int:
    status = installation.call("GET", f"integrations/{integration}/status").json
    return int(status["progress"]["links"])


def test_the_expiry_is_counted_down(installation: Installation, page: str) -> None:
    seen = Visitor(installation.services).get(page)

    assert "10 days left" in seen.text
    assert "in use" in seen.text


def test_the_secret_is_never_in_the_page(
    installation: Installation, sample: SampleOrganization, page: str
) -> None:
    assert sample.token not in Visitor(installation.services).get(page).html


def test_a_new_token_replaces_a_refused_one_and_no_link_is_lost(
    installation: Installation, sample: SampleOrganization, page: str, integration: str
) -> None:
    visitor = Visitor(installation.services)
    new = sample.replace_token()
    visitor.post(f"/integrations/{integration}/reindex")
    installation.work()
    before = visitor.get(page)

    replaced = visitor.post(page, {"way": "azure_devops.pat", "token": new})
    installation.work()

    assert "The git host does not accept it" in before.text
    assert "What is indexed stayed." in visitor.follow(replaced).text
    assert stored(installation, integration).refused_since is None
    assert links(installation, integration) == 3


def test_a_refused_replacement_is_said_and_the_old_one_is_kept(
    installation: Installation, page: str, integration: str
) -> None:
    before = stored(installation, integration)

    seen = Visitor(installation.services).post(page, {"way": "azure_devops.pat", "token": "wrong"})

    assert seen.status == 422
    assert "wrong" not in seen.html.partition('id="token"')[2].partition(">")[0]
    assert stored(installation, integration) == before


def test_a_way_of_another_git_host_is_not_taken(
    installation: Installation, page: str, integration: str
) -> None:
    seen = Visitor(installation.services).get(f"{page}?way=git.ssh_key")

    assert "deploy keys" not in seen.text
    assert 'value="azure_devops.pat"' in seen.html


def test_who_allowed_access_is_told(
    installation: Installation, sample: SampleOrganization, page: str, integration: str
) -> None:
    server = StrictServer(installation.clock.now)
    sign_in = replace(installation.services.sign_in, server=server)
    installation.services = replace(installation.services, sign_in=sign_in)
    accept(installation.services, integration, server.grant())

    seen = Visitor(installation.services).get(page)

    assert f"Allowed by {ACCOUNT}" in seen.text
    assert 'action="/api/oauth/start"' in seen.html
    assert f'name="integration" value="{integration}"' in seen.html
    assert "What is indexed stays" in seen.text


def test_a_connection_that_shows_less_disconnects_only_when_that_is_confirmed(
    installation: Installation, sample: SampleOrganization
) -> None:
    for number in range(11):
        sample.create_repository("Shop", f"more-{number:02}")
        sample.push(f"more-{number:02}", "main", "PAY-1 Start")
    integration = installation.connect(sample)
    installation.work()
    sample.add_project("Stock")
    sample.create_repository("Stock", "kept")
    sample.push("kept", "main", "PAY-2 Start")
    sample.deny(project="Shop")
    form = {"way": "azure_devops.pat", "token": sample.token}
    page = f"/integrations/{integration}/connection"
    visitor = Visitor(installation.services)

    asked = visitor.post(page, form)
    confirmed = visitor.post(page, {**form, "confirmed": "14"})

    assert asked.status == 409
    assert "This will disconnect 14 repositories" in asked.text
    assert confirmed.status == 303


def test_the_public_key_stands_there_to_be_copied(
    installation: Installation, page: str, integration: str
) -> None:
    key = "ssh-ed25519 AAAAC3Nz devlinks"
    connection = Connection("ssh_key", public_key=key, host_key="ssh-ed25519 AAAAHost")
    installation.services.connections.put(ONE_GROUP, integration, connection)

    seen = Visitor(installation.services).get(page)

    assert f"<code data-copied>{key}</code>" in seen.html
    assert "to the repository's deploy keys" in seen.text
    assert "ssh-ed25519 AAAAHost" in seen.text


@pytest.mark.parametrize("role", ["viewer", "operator"])
def test_nobody_but_an_admin_replaces_it(
    installation: Installation, page: str, integration: str, role: Role
) -> None:
    before = stored(installation, integration)

    seen = Visitor(installation.services, role=role).post(page, {"token": "other"})

    assert seen.status == 403
    assert stored(installation, integration) == before
