"""What an integration reads may grow, shrink and change hands, and every link follows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared import trackers
from shared.configuration import IndexSwitches, Selection
from shared.integrations import connections
from shared.issue_keys import parse_issue_key
from shared.links import links_of_issues, page_of_links
from shared.messages import Job
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from tests.world import World

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration, Tracker


@pytest.fixture
def shop(sample: SampleOrganization) -> str:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", *(f"PAY-{n} Do it\n\nAll of it" for n in range(1, 11)))
    sample.push("shop", "PAY-5-feature", "Go on")
    return "shop"


@pytest.fixture
def second(world: World) -> Tracker:
    return trackers.create_tracker(
        world.services, trackers.new_tracker(world.services, "Second", tracker_id="second")
    )


def change(world: World, integration: Integration, **wanted: Any) -> None:
    fields = {"name": "S", "url": world.sample.url, "organizations": (), **wanted}
    connections.change(world.services, integration.id, connections.Changes(**fields))
    world.work()


def shown(world: World, key: str, tracker: str = "default") -> list[tuple[str, str]]:
    """Return kind and integration of what an issue shows."""
    record = world.services.trackers.get(ONE_GROUP, tracker)
    assert record is not None
    page = page_of_links(world.services, record.value, parse_issue_key(key), limit=50)
    return [(found.link.item.kind, found.owned[0].integration) for found in page.links]


def let_time_pass(world: World, **more: float) -> None:
    """Let time pass, with one tick and all jobs."""
    world.clock.pass_by(**more)
    tick(world.services, now=world.clock())
    world.work()


def test_two_integrations_with_filters_of_their_own_share_an_organization(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.create_repository("Shop", "bank")
    sample.push("bank", "main", "PAY-700 Bank")
    world.connect(repositories=Selection(jmespath="[?name=='shop']"))
    world.work()

    world.connect(repositories=Selection(jmespath="[?name=='bank']"))
    world.work()

    assert len(shown(world, "PAY-700")) == 1
    assert len(shown(world, "PAY-1")) == 1


def test_what_one_deselects_another_takes_over(world: World, shop: str) -> None:
    first = world.connect()
    world.work()
    second = world.connect()
    world.work()

    change(world, first, repositories=Selection(mode="selected"))
    world.run("reindex", Job(second.id, "discover"))
    world.work()

    assert shown(world, "PAY-1") == [("commit", second.id)]


def test_a_tracker_added_later_gets_the_whole_history(
    world: World, sample: SampleOrganization, shop: str, second: Tracker
) -> None:
    sample.open_pull_request("shop", "PAY-5-feature", "PAY-6 Review")
    integration = world.connect()
    world.work()

    change(world, integration, trackers=("default", second.id))

    assert len(shown(world, "PAY-1", second.id)) == 1
    assert sorted(kind for kind, _ in shown(world, "PAY-6", second.id)) == [
        "commit",
        "pull_request",
    ]


def test_a_tracker_taken_out_shows_nothing_and_keeps_nothing(
    world: World, shop: str, second: Tracker
) -> None:
    integration = world.connect(trackers=("default", second.id))
    world.work()
    assert len(shown(world, "PAY-1", second.id)) == 1

    change(world, integration, trackers=("default",))
    world.clock.pass_by(minutes=1)

    assert shown(world, "PAY-1", second.id) == []
    assert world.services.owners.list(second.id) == []
    assert not any(second.table_id in table for table, *_ in world.everything())
    assert len(shown(world, "PAY-1")) == 1
    record = world.services.integrations.get(ONE_GROUP, integration.id)
    assert record is not None
    assert record.value.former_trackers == ()


def test_the_heir_of_one_of_two_trackers_keeps_the_links_of_both(
    world: World, shop: str, second: Tracker
) -> None:
    first = world.connect()
    world.work()
    heir = world.connect(trackers=("default", second.id))
    world.work()

    connections.remove(world.services, first.id)
    world.work()

    assert shown(world, "PAY-1") == [("commit", heir.id)]
    assert shown(world, "PAY-1", second.id) == [("commit", heir.id)]


@pytest.mark.parametrize("kind", ["commits", "branches"])
def test_a_kind_switched_on_later_is_read_from_the_beginning(
    world: World, shop: str, kind: str
) -> None:
    integration = world.connect(index=IndexSwitches(**{kind: False}))
    world.work()

    change(world, integration)

    assert sorted(k for k, _ in world.links("PAY-5")) == ["branch", "commit"]


def test_a_repository_selected_later_gets_its_closed_pull_requests(
    sample: SampleOrganization,
) -> None:
    sample.clock.advance(-timedelta(days=60))
    for name in ("shop", "bank"):
        sample.create_repository("Shop", name)
        sample.push(name, "main", "Begin")
    sample.push("bank", "topic", "Go on")
    sample.complete(sample.open_pull_request("bank", "topic", "PAY-800 Long ago"))
    sample.clock.advance(timedelta(days=60))
    world = World(sample)
    integration = world.connect(repositories=Selection(jmespath="[?name=='shop']"))
    world.work()

    change(world, integration)
    let_time_pass(world, hours=2)

    assert "pull_request" in [kind for kind, _ in world.links("PAY-800")]


def test_a_default_branch_that_points_nowhere_does_not_have_everything_read_twice(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    for number in range(5):
        sample.create_branch("shop", f"topic-{number}")
        sample.push("shop", f"topic-{number}", f"PAY-{20 + number} Go on")
    sample.delete_branch("shop", "main")

    integration = world.connect()
    world.work()

    assert world.cursor(integration, shop).commits_seen < 30


def test_changed_rules_and_hidden_repositories_are_in_the_changes_feed(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    sample.create_repository("Shop", "other")
    sample.push("other", "main", "Begin")
    integration = world.connect()
    world.work()

    def changed(since_minutes: int) -> set[tuple[str, int | None]]:
        now = world.clock()
        found, _ = world.storage.changes.read(
            world.tracker,
            since=now - timedelta(minutes=since_minutes),
            until=now + timedelta(minutes=2),
            limit=50,
        )
        return set(found)

    world.clock.pass_by(minutes=10)
    trackers.change_tracker(world.services, replace(world.tracker, projects=("OTHER",)))
    world.work()
    assert ("PAY", None) in changed(5)

    world.clock.pass_by(minutes=10)
    sample.disable_repository("shop")
    world.run("reindex", Job(integration.id, "discover"))
    assert ("PAY", None) in changed(5)


def test_hidden_links_do_not_crowd_out_visible_ones(
    world: World, sample: SampleOrganization
) -> None:
    for name in ("hidden", "visible"):
        sample.create_repository("Shop", name)
    sample.push("hidden", "main", *(f"PAY-1 Hidden {n}" for n in range(60)))
    sample.clock.advance(-timedelta(days=30))
    sample.push("visible", "main", "PAY-1 Visible")
    sample.clock.advance(timedelta(days=30))
    integration = world.connect()
    world.work()
    sample.disable_repository("hidden")
    world.run("reindex", Job(integration.id, "discover"))
    world.clock.pass_by(minutes=1)
    key = parse_issue_key("PAY-1")

    one = page_of_links(world.services, world.tracker, key, limit=20)
    many = links_of_issues(world.services, world.tracker, [key], limit=20)

    assert len(one.links) == 1
    assert len(many[key].links) == 1
    assert many[key].next is None


def test_each_organization_that_fails_has_its_own_alarm(
    world: World, sample: SampleOrganization, shop: str, tmp_path: Any
) -> None:
    from devhost.sample_organization import SampleOrganization as Sample  # noqa: PLC0415

    token = sample.issue_token()
    others = [Sample(tmp_path / name, name=name, beside=sample) for name in ("north", "south")]
    for other in others:
        other.add_project("P")
        other.create_repository("P", "r")
        other.push("r", "main", "Begin")
        other.accept(token)
    names = ("contoso", "north", "south")
    integration = world.connect(organizations=names, token=token.value)
    world.work()
    for other in others:
        other.revoke_token(token.value)

    world.run("reindex", Job(integration.id, "discover"))

    alarms = world.status(integration).alarms
    assert {a.text.partition(":")[0] for a in alarms if a.code == "organization_signed_out"} == {
        "north",
        "south",
    }


def test_one_pull_request_that_cannot_be_read_does_not_block_the_others(
    world: World, sample: SampleOrganization, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.errors import MissingError  # noqa: PLC0415
    from shared.git_hosts.azure_devops.organization import (  # noqa: PLC0415
        AzureDevOpsOrganization,
    )

    numbers = []
    for number in range(5):
        sample.push("shop", f"f{number}", "Work")
        numbers.append(sample.open_pull_request("shop", f"f{number}", f"PAY-{900 + number} Work"))
    read = AzureDevOpsOrganization.pull_request

    def one_is_hidden(organization: Any, repository: Any, number: int) -> Any:
        if number == numbers[2]:
            raise MissingError("TF401180: it was not found")
        return read(organization, repository, number)

    monkeypatch.setattr(AzureDevOpsOrganization, "pull_request", one_is_hidden)
    world.connect()
    world.work()

    assert [len(world.links(f"PAY-{900 + n}")) for n in range(5)] == [1, 1, 0, 1, 1]


def test_the_integration_is_not_idle_while_its_pull_requests_fail(
    world: World, sample: SampleOrganization, shop: str
) -> None:
    from devhost.sample_organization import Where  # noqa: PLC0415

    text = "TF50309: You do not have permissions."
    where = Where(route="git/pullrequests")
    sample.faults.refuse(403, "AccessCheckException", text, times=None, where=where)

    integration = world.connect()
    world.work()

    assert world.status(integration).state == "degraded"
    failure = world.repositories(integration)["shop"].kinds["pull_requests"].failure
    assert failure is not None
    assert failure.code == "forbidden"
