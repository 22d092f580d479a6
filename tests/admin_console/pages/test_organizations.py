"""Choosing the organizations of an integration, once it is known which its connection opens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared.connections.granting import accept
from shared.services import ONE_GROUP
from tests.shared.connections.identity_servers import StrictServer
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def integration(installation: Installation, sample: SampleOrganization) -> str:
    """Return an integration of no named organization, that somebody has allowed access."""
    server = StrictServer(installation.clock.now)
    sign_in = replace(installation.services.sign_in, server=server)
    installation.services = replace(installation.services, sign_in=sign_in)
    owner = sample.person("Release manager")
    sample.organization.accepts = lambda token: owner if token.startswith("access-") else None
    form = {"way": "azure_devops.oauth", "url": sample.base_url}
    made = Visitor(installation.services).post("/integrations/new", form)
    identity = made.location.split("/")[4]
    accept(installation.services, identity, server.grant())
    return identity


@pytest.fixture
def page(integration: str) -> str:
    return f"/integrations/{integration}/organizations"


def test_those_that_the_connection_opens_are_listed(installation: Installation, page: str) -> None:
    seen = Visitor(installation.services).get(page)

    assert seen.status == 200
    assert 'name="organization" value="contoso"' in seen.html


def test_some_are_chosen_and_then_the_repositories(
    installation: Installation, page: str, integration: str
) -> None:
    form = {"which": "some", "organization": ["contoso"]}

    chosen = Visitor(installation.services).post(page, form)

    assert installation.integration(integration).organizations == ("contoso",)
    assert "/repositories/choose" in chosen.location


def test_all_may_stay_open(installation: Installation, page: str, integration: str) -> None:
    chosen = Visitor(installation.services).post(page, {"which": "all"})

    assert chosen.status == 303
    assert installation.integration(integration).organizations == ()


def test_what_was_chosen_once_can_be_widened_again_and_the_connection_stays(
    installation: Installation, page: str, integration: str
) -> None:
    visitor = Visitor(installation.services)
    visitor.post(page, {"which": "some", "organization": ["contoso"]})

    widened = visitor.post(page, {"which": "all"})

    assert widened.status == 303
    assert installation.integration(integration).organizations == ()
    record = installation.services.connections.get(ONE_GROUP, integration)
    assert record is not None
    assert (record.value.kind, record.value.refused_since) == ("oauth", None)
    assert installation.services.grants.get(ONE_GROUP, integration) is not None


def test_the_settings_lead_to_the_choice_where_there_is_one(
    installation: Installation, sample: SampleOrganization, page: str
) -> None:
    visitor = Visitor(installation.services)
    by_token = installation.connect(sample)

    assert "Choose organizations" in visitor.get(page.replace("organizations", "settings")).text
    assert "Choose organizations" not in visitor.get(f"/integrations/{by_token}/settings").text


def test_none_is_no_choice(installation: Installation, page: str, integration: str) -> None:
    seen = Visitor(installation.services).post(page, {"which": "some"})

    assert seen.status == 400
    assert "No organization is ticked." in seen.text
    assert installation.integration(integration).organizations == ()
