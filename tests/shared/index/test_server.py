"""A server of any age is indexed as a whole, and kept up to date, through the versions it has."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization, Where
from shared.integrations import connections
from shared.issue_keys import parse_issue_key
from shared.scheduling.runs import start_run
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.configuration import Integration

CEILINGS = [
    # The newest version that is served at all, the first that is a preview, what is asked with.
    ("3.0", "3.1", "3.0"),
    ("3.2", "3.3", "3.2"),
    ("4.0", "4.1", "4.0"),
    ("4.1", "4.2", "4.1"),
    ("5.0", "5.1", "5.0"),
    ("5.1", "5.2", "5.1"),
    ("6.1", "6.1", "6.0"),
    ("7.0", "7.1", "7.0"),
    ("7.1", "7.1", "7.0"),
    ("7.1", "7.2", "7.1"),
    ("7.2", "7.2", "7.1"),
    ("8.0", "8.0", "7.1"),
]


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return a collection of a server with one repository, "web", in the project Shop."""
    folder = tmp_path / "sample"
    with SampleOrganization(folder, name="Main work", server_folder="tfs") as collection:
        collection.add_project("Shop")
        collection.create_repository("Shop", "web")
        yield collection


@pytest.fixture
def world(sample: SampleOrganization) -> World:
    return World(sample)


def connected(world: World, **wanted: object) -> Integration:
    fields: dict[str, object] = {"name": "Server", "url": world.sample.url, **wanted}
    integration = connections.connect(
        world.services,
        "azure_devops_server",
        connections.Changes(**fields),  # type: ignore[arg-type]  # a test's
        connections.NewConnection(world.sample.token),
    )
    world.work()
    return integration


def look_again(world: World, integration: Integration) -> None:
    world.clock.pass_by(minutes=20)
    start_run(world.services, integration)
    world.work()


def versions_of(sample: SampleOrganization, *, status: int) -> set[str]:
    """Return the versions that calls of the API were asked with; those of git have none."""
    calls = (call for call in sample.calls if call.status == status)
    return {call.query["api-version"] for call in calls if "api-version" in call.query}


def serve(sample: SampleOrganization, ceiling: str, preview_from: str) -> None:
    sample.behaviour.newest_api_version = ceiling
    sample.behaviour.preview_from = preview_from


@pytest.mark.parametrize("speaks_git", [True, False])
@pytest.mark.parametrize(("ceiling", "preview_from", "asked"), CEILINGS)
def test_server_is_indexed_and_followed_with_the_newest_version_that_it_has_released(
    world: World,
    sample: SampleOrganization,
    ceiling: str,
    preview_from: str,
    asked: str,
    *,
    speaks_git: bool,
) -> None:
    serve(sample, ceiling, preview_from)
    if not speaks_git:
        sample.faults.answer(403, times=None, where=Where(route="info/refs"))
    start = sample.push("web", "main", "PAY-1 Start\n\nSee PAY-2.")
    sample.push("web", "feature/PAY-3", "Work")
    number = sample.open_pull_request("web", "feature/PAY-3", "PAY-4 A title")

    integration = connected(world)
    first = {key: world.links(key) for key in ("PAY-1", "PAY-2", "PAY-3", "PAY-4")}
    merged = sample.complete(number)
    later = sample.push("web", "main", "PAY-5 Later")
    look_again(world, integration)

    assert first == {
        "PAY-1": [("commit", start)],
        "PAY-2": [("commit", start)],
        "PAY-3": [("branch", "feature/PAY-3"), ("pull_request", str(number))],
        "PAY-4": [("pull_request", str(number))],
    }
    assert world.links("PAY-5") == [("commit", later)]
    assert merged
    assert versions_of(sample, status=200) == {asked}
    assert world.status(integration).state == "idle"


@pytest.mark.parametrize("ceiling", ["6.0", "7.1"])
def test_version_is_found_once_for_all_calls(
    world: World, sample: SampleOrganization, ceiling: str
) -> None:
    serve(sample, ceiling, "7.2")
    sample.push("web", "main", "PAY-1 Start")

    connected(world)

    assert sum(call.status == 400 for call in sample.calls) == (0 if ceiling == "7.1" else 1)


@pytest.mark.parametrize(
    ("ceiling", "server"),
    [
        ("4.1", "Team Foundation Server 2018 (API 4.1)"),
        ("6.0", "Azure DevOps Server 2020 (API 6.0)"),
        ("7.1", "Azure DevOps Server 2022.1 or later (API 7.1)"),
    ],
)
def test_admin_sees_what_kind_of_server_it_is(
    world: World, sample: SampleOrganization, ceiling: str, server: str
) -> None:
    serve(sample, ceiling, "7.2")
    sample.push("web", "main", "PAY-1 Start")

    integration = connected(world)

    assert world.status(integration).server == server


def test_server_that_was_upgraded_is_asked_with_its_new_version_within_a_day(
    world: World, sample: SampleOrganization
) -> None:
    serve(sample, "5.1", "5.2")
    sample.push("web", "main", "PAY-1 Start")
    integration = connected(world)
    serve(sample, "7.1", "7.2")
    sample.calls.reset()
    world.clock.pass_by(hours=25)

    look_again(world, integration)

    assert versions_of(sample, status=200) == {"7.1"}
    assert not versions_of(sample, status=400)


def test_server_that_was_put_back_to_an_older_version_is_asked_with_that(
    world: World, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "PAY-1 Start")
    integration = connected(world)
    serve(sample, "6.1", "6.1")
    later = sample.push("web", "main", "PAY-2 Later")

    look_again(world, integration)

    assert world.links("PAY-2") == [("commit", later)]


@pytest.mark.parametrize("ceiling", ["4.1", "7.0", "7.1"])
@pytest.mark.parametrize("ending", ["complete", "abandon"])
def test_pull_request_that_was_opened_long_ago_and_closed_now_is_seen_closed(
    world: World, sample: SampleOrganization, ceiling: str, ending: str
) -> None:
    serve(sample, ceiling, "7.2")
    sample.push("web", "main", "Start")
    sample.push("web", "old", "Work")
    number = sample.open_pull_request("web", "old", "PAY-1 A title")
    sample.clock.advance(timedelta(days=400))
    world.clock.pass_by(days=400)
    integration = connected(world)
    for branch in ("a", "b"):
        sample.push("web", branch, "Work")
        sample.open_pull_request("web", branch, "PAY-2 A title")
    look_again(world, integration)

    getattr(sample, ending)(number)
    look_again(world, integration)

    [stored] = world.storage.links(world.tracker).read(
        parse_issue_key("PAY-1"), kinds=["pull_request"], after="", limit=10
    )
    expected = "merged" if ending == "complete" else "declined"
    assert stored.link.item.status == expected


def test_closed_pull_request_of_the_window_is_found_whenever_it_was_opened(
    world: World, sample: SampleOrganization
) -> None:
    serve(sample, "6.0", "6.1")
    sample.push("web", "main", "Start")
    for day in range(3):
        sample.push("web", f"branch-{day}", "Work")
    old = sample.open_pull_request("web", "branch-0", "PAY-1 A title")
    sample.clock.advance(timedelta(days=300))
    new = sample.open_pull_request("web", "branch-1", "PAY-1 A title")
    gone = sample.open_pull_request("web", "branch-2", "PAY-1 A title")
    sample.abandon(gone)
    sample.clock.advance(timedelta(days=200))
    sample.abandon(old)
    sample.abandon(new)
    world.clock.pass_by(days=500)

    connected(world)

    assert world.links("PAY-1") == [("pull_request", str(new)), ("pull_request", str(old))]


def test_wrong_public_url_of_a_server_leads_nobody_astray(
    world: World, sample: SampleOrganization
) -> None:
    sample.push("web", "main", "PAY-1 Start")
    sample.say_public_url("http://build-machine:8080/tfs")

    integration = connected(world)

    repository = world.services.repositories.get(integration.id, world.repository("web"))
    assert repository is not None
    page = f"{sample.url}/Shop/_git/web"
    assert repository.value.repository.url == page
    assert repository.value.repository.clone_url == page
    assert repository.value.repository.pages.commit == f"{page}/commit/{{}}"
    alarms = {alarm.code: alarm.text for alarm in world.status(integration).alarms}
    assert "http://build-machine:8080" in alarms["server_public_url"]
