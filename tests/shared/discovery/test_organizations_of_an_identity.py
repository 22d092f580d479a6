"""An integration that names no organization has every one that its identity can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization
from shared.errors import SignedOutError
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration
    from tests.world import World


def organization(world: World, name: str, *, key: str) -> SampleOrganization:
    """Return another organization of the same service, with a commit that names an issue."""
    made = SampleOrganization(world.sample.organization.folder, name=name, beside=world.sample)
    made.add_project("Shop")
    made.create_repository("Shop", name)
    made.push(name, "main", f"{key} Start")
    return made


@pytest.fixture
def everywhere(world: World, sample: SampleOrganization) -> str:
    """Return a sign-in that is good for two organizations, where each has a repository."""
    sample.create_repository("Shop", "web")
    sample.push("web", "main", "PAY-1 Start")
    token = sample.issue_token(kind="entra")
    organization(world, "adventure", key="PAY-2").accept(token)
    return token.value


def connected(world: World, token: str) -> Integration:
    integration = world.connect(token=token, url=world.sample.base_url, name="")
    world.work()
    return integration


def test_every_organization_is_indexed_and_none_is_written_down(
    world: World, everywhere: str
) -> None:
    integration = connected(world, everywhere)

    assert integration.organizations == ()
    assert integration.name == world.sample.base_url
    assert world.links("PAY-1")
    assert world.links("PAY-2")


def test_organization_that_refuses_the_identity_stops_no_other(
    world: World, sample: SampleOrganization, everywhere: str
) -> None:
    sample.behaviour.other_accounts.append("fabrikam")

    integration = connected(world, everywhere)

    codes = {alarm.code for alarm in world.status(integration).alarms}
    assert "organization_signed_out" in codes
    assert "signed_out" not in codes
    assert world.links("PAY-1")
    assert world.links("PAY-2")


def test_token_of_one_organization_is_refused_with_what_to_do_and_nothing_is_kept(
    world: World, sample: SampleOrganization, everywhere: str
) -> None:
    assert everywhere

    with pytest.raises(SignedOutError) as refused:
        connected(world, sample.token)

    assert "https://dev.azure.com/acme" in refused.value.next_step
    assert world.services.integrations.list(ONE_GROUP) == []
