"""An integration that names no organization follows all that its identity can see."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from devhost.sample_organization import SampleOrganization, Where
from shared.errors import SignedOutError
from shared.messages import Job
from shared.model import RepositoryId
from shared.services import ONE_GROUP
from tests.shared.discovery.conftest import discover, left_out

if TYPE_CHECKING:
    from pathlib import Path

    from devhost.sample_organization.tokens import Token
    from shared.configuration import Integration
    from tests.world import World


@pytest.fixture
def token(sample: SampleOrganization) -> Token:
    """Return a token that may list the organizations of its owner."""
    return sample.issue_token(kind="entra")


@pytest.fixture
def integration(world: World, sample: SampleOrganization, token: Token) -> Integration:
    """Return an integration of every organization that the token's owner can see."""
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Begin")
    made = world.connect(token=token.value)
    record = world.services.integrations.get(ONE_GROUP, made.id)
    assert record is not None
    everything = replace(record.value, url=sample.base_url, organizations=())
    world.services.integrations.replace(record, everything)
    return everything


def beside(sample: SampleOrganization, folder: Path, name: str, token: Token) -> SampleOrganization:
    """Return another organization of the same owner, with a repository called as it is."""
    other = SampleOrganization(folder / name, name=name, beside=sample)
    other.add_project("P")
    other.create_repository("P", name)
    other.push(name, "main", "PAY-1 Begin")
    other.accept(token)
    return other


def take_away(sample: SampleOrganization, other: SampleOrganization) -> None:
    """Let an organization be no more."""
    sample.application.organizations.remove(other.organization)
    sample.organization.beside.remove(other.organization)


def test_organization_that_comes_later_is_followed(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    token: Token,
    tmp_path: Path,
) -> None:
    world.work()
    assert left_out(world, integration) == {"shop": None}
    beside(sample, tmp_path, "fabrikam", token)

    discover(world, integration)

    assert left_out(world, integration) == {"shop": None, "fabrikam": None}
    assert len(world.links("PAY-1")) == 2


def test_organization_that_is_listed_and_refuses_us_fails_alone(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.behaviour.other_accounts.append("closed")

    world.work()

    assert left_out(world, integration) == {"shop": None}
    alarms = world.status(integration).alarms
    assert [a.code for a in alarms if a.text.startswith("closed")] == ["organization_signed_out"]
    connection = world.services.connections.get(ONE_GROUP, integration.id)
    assert connection is not None
    assert connection.value.refused_since is None


def test_organization_that_is_not_listed_any_more_is_asked_itself(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    token: Token,
    tmp_path: Path,
) -> None:
    other = beside(sample, tmp_path, "fabrikam", token)
    world.work()
    sample.organization.beside.remove(other.organization)
    commit = other.push("fabrikam", "main", "PAY-2 Still there")

    discover(world, integration)
    world.run("reindex", Job(integration.id, "due", repository=world_id(other, "fabrikam")))
    world.work()

    assert left_out(world, integration) == {"shop": None, "fabrikam": None}
    assert world.links("PAY-2") == [("commit", commit)]


def test_organization_that_refuses_us_and_is_not_listed_keeps_what_it_has(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    token: Token,
    tmp_path: Path,
) -> None:
    other = beside(sample, tmp_path, "fabrikam", token)
    world.work()
    other.revoke_token(token.value)

    discover(world, integration)

    assert left_out(world, integration) == {"shop": None, "fabrikam": None}
    assert len(world.links("PAY-1")) == 2
    alarms = world.status(integration).alarms
    assert [a.code for a in alarms if a.text.startswith("fabrikam")] == ["organization_signed_out"]


def test_organization_that_is_deleted_is_gone_with_its_repositories(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    token: Token,
    tmp_path: Path,
) -> None:
    other = beside(sample, tmp_path, "fabrikam", token)
    world.work()
    take_away(sample, other)

    discover(world, integration)

    assert left_out(world, integration) == {"shop": None, "fabrikam": "gone"}
    assert not [a for a in world.status(integration).alarms if "fabrikam" in a.text]


def test_renamed_organization_keeps_its_repositories(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    token: Token,
    tmp_path: Path,
) -> None:
    other = beside(sample, tmp_path, "fabrikam", token)
    world.work()
    organization = other.organization
    organization.name, organization.mount = "northwind", ("northwind",)
    organization.addresses = replace(organization.addresses, organization="northwind")

    discover(world, integration)

    record = world.repositories(integration)["fabrikam"].record
    assert (record.repository.organization, record.left_out, record.is_gone) == (
        "northwind",
        None,
        False,
    )
    assert len(world.links("PAY-1")) == 2


def test_identity_that_is_refused_loses_nothing_and_says_so(
    world: World, sample: SampleOrganization, integration: Integration, token: Token
) -> None:
    world.work()
    sample.revoke_token(token.value)

    world.run("reindex", Job(integration.id, "discover"))

    assert left_out(world, integration) == {"shop": None}
    assert len(world.links("PAY-1")) == 1
    assert world.status(integration).state == "needs_reconnect"
    fresh = sample.issue_token(kind="entra")
    sample.accept(replace(fresh, value=token.value))
    discover(world, integration)
    assert world.status(integration).state == "idle"


def test_list_of_organizations_that_fails_removes_nothing(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    token: Token,
    tmp_path: Path,
) -> None:
    beside(sample, tmp_path, "fabrikam", token)
    world.work()
    sample.faults.outage(times=None, where=Where(route="accounts"))

    with pytest.raises(Exception, match="Azure DevOps") as failed:
        world.run("reindex", Job(integration.id, "discover"))

    assert not isinstance(failed.value, SignedOutError)
    assert left_out(world, integration) == {"shop": None, "fabrikam": None}


def world_id(other: SampleOrganization, name: str) -> RepositoryId:
    """Return a repository's id."""
    return RepositoryId(other.repository(name).id)
