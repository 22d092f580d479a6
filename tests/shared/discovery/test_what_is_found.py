from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization, Where
from shared.configuration import Selection
from shared.errors import RefusedError
from shared.integrations import connections
from shared.messages import Job
from shared.services import ONE_GROUP
from tests.shared.discovery.conftest import discover, left_out, waiting

if TYPE_CHECKING:
    from pathlib import Path

    from tests.world import World


def test_every_repository_is_indexed_whatever_its_name(world: World, shops: list[str]) -> None:
    integration = world.connect()

    world.work()

    found = world.repositories(integration)
    assert {name: found[name].state for name in shops} == dict.fromkeys(shops, "idle")
    assert len(world.links("PAY-1")) == 3


def test_what_cannot_be_indexed_is_left_out_with_its_reason_and_the_others_are_indexed(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    sample.create_repository("Shop", "empty")
    sample.disable_repository("stock")
    sample.create_repository("Shop", "moving")
    sample.push("moving", "main", "PAY-1 Move")
    sample.put_into_maintenance("moving")

    integration = world.connect()
    world.work()

    reasons = left_out(world, integration)
    assert reasons == {
        "shop": None,
        "Odd name (1) é ü": None,
        "stock": "disabled",
        "empty": "empty",
        "moving": "maintenance",
    }
    assert world.status(integration).state == "idle"


def test_an_empty_repository_is_back_as_soon_as_it_has_a_branch(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    sample.create_repository("Shop", "empty")
    integration = world.connect()
    world.work()
    sample.push("empty", "main", "PAY-50 Fill it")

    discover(world, integration)

    assert left_out(world, integration)["empty"] is None
    assert len(world.links("PAY-50")) == 1


def test_a_repository_that_fails_does_not_keep_the_others_from_idle(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    where = Where(route="refs", repository=world.repository("stock"))
    text = "TF400898: An argument is odd."
    sample.faults.refuse(400, "ArgumentException", text, times=None, where=where)
    integration = world.connect()

    for queue, job in waiting(world):
        with suppress(RefusedError):
            world.run(queue, job, attempt=5)

    found = world.repositories(integration)
    assert found["shop"].state == "idle"
    failure = found["stock"].kinds["commits"].failure
    assert failure is not None
    assert failure.code == "git_host_refused"
    assert world.status(integration).state == "degraded"


def test_a_renamed_repository_keeps_its_links(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    identity = world.repository("shop")
    sample.rename_repository("shop", "store")
    sample.calls.reset()

    discover(world, integration)

    renamed = world.repositories(integration)["store"]
    assert renamed.record.repository.id == identity
    assert len(world.links("PAY-1")) == 3
    assert sample.calls.to("refs") == []


def test_a_deleted_repository_is_hidden_at_once_and_forgotten_after_a_month(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    identity = world.repository("stock")
    sample.delete_repository("stock")

    discover(world, integration)
    assert left_out(world, integration)["stock"] == "gone"
    assert len(world.links("PAY-1")) == 3

    world.clock.pass_by(days=31)
    world.run("reindex", Job(integration.id, "due", repository=identity))
    assert len(world.links("PAY-1")) == 2
    assert "stock" not in world.repositories(integration)


def test_nothing_is_gone_when_the_listing_failed(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    for fault in (sample.faults.outage, sample.faults.html, sample.faults.empty_body):
        fault(times=3, where=Where(route="git/repositories"))
        with pytest.raises(Exception, match="Azure DevOps"):
            world.run("reindex", Job(integration.id, "discover"))

    assert left_out(world, integration) == dict.fromkeys(shops)


def test_an_organization_that_refuses_us_does_not_hide_the_others(
    world: World, sample: SampleOrganization, shops: list[str], tmp_path: Path
) -> None:
    other = SampleOrganization(tmp_path / "other", name="fabrikam", beside=sample)
    other.add_project("Other")
    other.create_repository("Other", "theirs")
    other.push("theirs", "main", "PAY-1 Theirs")
    token = sample.issue_token()
    other.accept(token)
    integration = world.connect(organizations=("contoso", "fabrikam"), token=token.value)
    world.work()
    assert len(world.links("PAY-1")) == 4
    other.revoke_token(token.value)
    commit = sample.push("shop", "main", "PAY-2 Go on")

    discover(world, integration)
    world.run("reindex", Job(integration.id, "due", repository=world.repository("shop")))

    assert left_out(world, integration)["theirs"] is None
    assert world.links("PAY-2") == [("commit", commit)]
    status = world.status(integration)
    assert status.state == "degraded"
    assert [alarm.code for alarm in status.alarms if "fabrikam" in alarm.text] == [
        "organization_signed_out"
    ]


def test_a_new_project_is_found_with_its_pull_requests(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.add_project("Later")
    sample.create_repository("Later", "late")
    sample.push("late", "main", "Begin")
    sample.push("late", "topic", "Go on")
    sample.open_pull_request("late", "topic", "PAY-60 Later")

    discover(world, integration)

    assert [kind for kind, _ in world.links("PAY-60")] == ["pull_request"]


def test_only_selected_repositories_are_indexed(world: World, shops: list[str]) -> None:
    selected = Selection(mode="selected", selected=(world.repository("shop"),))

    integration = world.connect(repositories=selected)
    world.work()

    assert left_out(world, integration) == {
        "shop": None,
        "stock": "not_selected",
        "Odd name (1) é ü": "not_selected",
    }
    assert len(world.links("PAY-1")) == 1


def test_a_filter_decides_what_is_indexed(world: World, shops: list[str]) -> None:
    kept = Selection(jmespath="[?starts_with(name, 's')]")

    integration = world.connect(repositories=kept)
    world.work()

    assert left_out(world, integration) == {
        "shop": None,
        "stock": None,
        "Odd name (1) é ü": "filter",
    }


def test_two_integrations_of_one_tracker_do_not_index_the_same_repository(
    world: World, shops: list[str]
) -> None:
    first = world.connect()
    world.work()

    second = world.connect()
    world.work()

    assert set(left_out(world, second).values()) == {"owned_elsewhere"}
    assert len(world.links("PAY-1")) == 3
    assert left_out(world, first) == dict.fromkeys(shops)


def test_when_the_owner_goes_the_other_takes_over_without_losing_a_link(
    world: World, shops: list[str]
) -> None:
    first = world.connect()
    world.work()
    second = world.connect()
    world.work()

    connections.remove(world.services, first.id)
    world.work()

    assert left_out(world, second) == dict.fromkeys(shops)
    assert len(world.links("PAY-1")) == 3
    assert world.services.integrations.get(ONE_GROUP, first.id) is None


def test_a_removed_integration_leaves_nothing_behind(world: World, shops: list[str]) -> None:
    integration = world.connect()
    world.work()

    connections.remove(world.services, integration.id)
    world.work()

    assert world.everything() == {}
    services = world.services
    for records in (services.repositories, services.cursors, services.leases, services.wanted):
        assert records.list(integration.id) == []
    for one in (services.integrations, services.connections, services.discoveries):
        assert one.get(ONE_GROUP, integration.id) is None
