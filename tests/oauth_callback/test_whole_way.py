"""The whole way at a real identity server: connect, choose, lose the grant, sign in again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization
from shared.connections.opening import integration_of
from shared.integrations import connections
from shared.integrations.choosing import organizations_to_choose
from shared.integrations.connections import Changes, NewConnection
from shared.messages import Job
from shared.scheduling.runs import start_run
from shared.scheduling.ticking import tick
from shared.services import SignIn
from tests.oauth_callback.browser import Browser
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from devhost.sample_organization.model import Person
    from shared.configuration import Integration
    from tests.identity_server.process import IdentityServerProcess

HOST = "http://localhost:7071"


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with a repository, beside another one of the same service."""
    with SampleOrganization(tmp_path / "sample") as organization:
        other = SampleOrganization(tmp_path / "other", name="adventure", beside=organization)
        for one, key in ((organization, "PAY-1"), (other, "PAY-2")):
            one.add_project("Shop")
            one.create_repository("Shop", f"web-{one.organization.name}")
            one.push(f"web-{one.organization.name}", "main", f"{key} Start")
        yield organization


@pytest.fixture
def world(sample: SampleOrganization, identity_server: IdentityServerProcess) -> World:
    """Return a world whose organizations let in whom the identity server gave a token."""
    owner = sample.person("Release manager")

    def owner_of(token: str) -> Person | None:
        return owner if identity_server.knows_access_token(token) else None

    for organization in sample.organization.beside:
        organization.accepts = owner_of
    world = World(sample)
    entra = identity_server.entra(clock=world.clock)
    world.services = replace(world.services, sign_in=SignIn(HOST, entra))
    return world


def connected(world: World, identity_server: IdentityServerProcess) -> Integration:
    """Return an integration that somebody has allowed access in a browser."""
    wanted = Changes("Contoso", world.sample.base_url)
    made = connections.connect(world.services, "azure_devops", wanted, NewConnection(kind="oauth"))
    sign_in(world, made, identity_server)
    return made


def sign_in(world: World, integration: Integration, identity_server: IdentityServerProcess) -> None:
    browser = Browser(world.services, role="admin")
    page = browser.start("connection", integration=integration.id, headers={"origin": HOST})
    back = browser.come_back(**identity_server.allow(page.leads_to))
    assert back.status == 303, back.html


def discover_again(world: World, integration: Integration) -> None:
    job = Job(integration.id, "discover", asked_at=world.clock())
    world.storage.jobs.put("reindex", job)
    world.work()


def test_organizations_of_who_signed_in_are_offered_and_those_chosen_are_indexed(
    world: World, identity_server: IdentityServerProcess
) -> None:
    made = connected(world, identity_server)

    offered = organizations_to_choose(world.services, made)
    wanted = Changes("Contoso", world.sample.base_url, organizations=("contoso",))
    changed = connections.change(world.services, made.id, wanted)
    world.work()

    assert offered == ("adventure", "contoso")
    assert changed.organizations == ("contoso",)
    assert organizations_to_choose(world.services, changed) == offered
    assert world.links("PAY-1")
    assert world.links("PAY-2") == []
    assert world.status(changed).state == "idle"


def test_all_organizations_are_indexed_when_nobody_chooses(
    world: World, identity_server: IdentityServerProcess
) -> None:
    made = connected(world, identity_server)
    world.clock.pass_by(minutes=16)
    tick(world.services, now=world.clock())
    world.work()

    assert world.links("PAY-1")
    assert world.links("PAY-2")
    assert integration_of(world.services, made.id).organizations == ()


def test_revoked_grant_needs_a_sign_in_once_and_no_link_is_lost(
    world: World, identity_server: IdentityServerProcess
) -> None:
    made = connected(world, identity_server)
    connections.change(
        world.services, made.id, Changes("Contoso", world.sample.base_url, ("contoso",))
    )
    world.work()
    links = world.links("PAY-1")
    identity_server.revoke_all()
    world.clock.pass_by(seconds=70)
    before = identity_server.token_requests()

    for _ in range(2):
        discover_again(world, made)

    status = world.status(made)
    assert status.state == "needs_reconnect"
    [alarm] = [a for a in status.alarms if a.code == "needs_reconnect"]
    assert alarm.help_url == f"{HOST}/api/console/integrations/{made.id}/connection"
    assert identity_server.token_requests() == before + 1
    assert world.links("PAY-1") == links

    sign_in(world, made, identity_server)
    world.sample.push("web-contoso", "main", "PAY-1 Go on")
    start_run(world.services, integration_of(world.services, made.id))
    world.work()
    assert world.status(made).state == "idle"
    assert len(world.links("PAY-1")) == len(links) + 1
