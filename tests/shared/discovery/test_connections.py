from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization, Where
from shared.configuration import Selection
from shared.errors import (
    BadRequestError,
    MissingError,
    NoRepositoriesError,
    SignedOutError,
    UnavailableError,
    WouldDisconnectError,
)
from shared.integrations import connections
from shared.messages import Job
from shared.services import ONE_GROUP
from tests.shared.discovery.conftest import left_out

if TYPE_CHECKING:
    from tests.world import World


def test_a_wrong_token_is_refused_and_nothing_is_kept(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    sample.revoke_token()

    with pytest.raises(SignedOutError):
        world.connect()

    assert world.services.integrations.list(ONE_GROUP) == []
    assert world.work() == 0


def test_an_unknown_organization_is_refused(world: World, shops: list[str]) -> None:
    with pytest.raises((MissingError, SignedOutError)):
        world.connect(url=f"{world.sample.base_url}/nobody")


def test_an_organization_without_repositories_is_refused(world: World) -> None:
    with pytest.raises(NoRepositoriesError):
        world.connect()


def test_a_token_that_expires_later_is_told_once_and_is_not_tried_by_every_job(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.revoke_token()
    discover_job = Job(integration.id, "discover")
    world.run("reindex", discover_job)
    sample.calls.reset()

    for name in shops:
        job = Job(integration.id, "due", repository=world.repository(name))
        world.run("reindex", job)

    assert len(sample.calls) == 0
    status = world.status(integration)
    assert status.state == "needs_reconnect"
    assert [alarm.code for alarm in status.alarms if alarm.code == "signed_out"] == ["signed_out"]
    assert len(world.links("PAY-1")) == 3


def test_reconnecting_goes_on_where_the_index_stopped(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.revoke_token()
    world.run("reindex", Job(integration.id, "discover"))
    commit = sample.push("shop", "main", "PAY-70 Meanwhile")
    token = sample.issue_token().value

    wanted = connections.Changes(
        name="Sample", url=sample.url, organizations=integration.organizations
    )
    connections.change(
        world.services, integration.id, wanted, connection=connections.NewConnection(token)
    )
    world.work()

    assert world.links("PAY-70") == [("commit", commit)]
    assert world.status(integration).state == "idle"


def test_a_passing_outage_is_tried_again_and_leaves_no_trace(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work(most=1)
    world.work(most=1)
    sample.faults.outage(times=None, where=Where(route="refs"))
    found = world.storage.queues.take()
    assert found is not None
    assert found[0] == "history"

    with pytest.raises(UnavailableError):
        world.run(*found)
    sample.faults.clear()
    world.run(*found, attempt=2)
    world.work()

    assert world.status(integration).state == "idle"


def test_the_last_of_five_failures_is_recorded_and_the_timer_tries_again(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.faults.outage(times=None, where=Where(route="refs"))
    job = Job(integration.id, "due", repository=world.repository("shop"))

    with pytest.raises(UnavailableError):
        world.run("reindex", job, attempt=5)

    failure = world.cursor(integration, "shop").failure
    assert failure is not None
    assert failure.code == "git_host_unavailable"
    sample.faults.clear()
    world.clock.pass_by(hours=2)
    from shared.scheduling.ticking import tick  # noqa: PLC0415

    tick(world.services, now=world.clock())
    world.work()
    assert world.cursor(integration, "shop").failure is None


def test_more_than_ten_repositories_are_not_disconnected_by_accident(
    world: World, sample: SampleOrganization
) -> None:
    for number in range(12):
        sample.create_repository("Shop", f"r{number}")
        sample.push(f"r{number}", "main", "Begin")
    integration = world.connect()
    world.work()
    none = connections.Changes(
        name="Sample",
        url=sample.url,
        organizations=integration.organizations,
        repositories=Selection(jmespath="[?name=='nothing']"),
    )

    with pytest.raises(WouldDisconnectError) as refused:
        connections.change(world.services, integration.id, none)
    assert refused.value.count == 12
    assert set(left_out(world, integration).values()) == {None}

    connections.change(world.services, integration.id, none, confirmed=12)
    world.work()
    assert set(left_out(world, integration).values()) == {"filter"}


def test_a_filter_with_a_mistake_is_refused_with_its_place(world: World, shops: list[str]) -> None:
    with pytest.raises(BadRequestError) as refused:
        world.connect(repositories=Selection(jmespath="[?name=="))

    assert "position" in refused.value.fields["repositories.jmespath"]
