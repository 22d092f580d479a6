"""Repositories are followed by id, whatever becomes of their names, places and branches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from devhost.sample_organization import SampleOrganization, Where
from shared.errors import DevlinksError
from shared.messages import Job
from shared.scheduling.ticking import tick
from tests.shared.discovery.conftest import discover, left_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.world import World


def record_of(world: World, integration: Any, name: str) -> Any:
    return world.repositories(integration)[name].record


def test_renamed_project_renames_its_repositories_and_reads_nothing_again(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.rename_project("Shop", "Café & Söhne 100%")
    sample.calls.reset()

    discover(world, integration)

    renamed = record_of(world, integration, "shop").repository
    assert renamed.project == "Café & Söhne 100%"
    assert "/Caf%C3%A9%20%26%20S%C3%B6hne%20100%25/_git/shop" in renamed.url
    assert sample.calls.to("refs") == []
    assert len(world.links("PAY-1")) == 3


def test_moved_repository_keeps_its_links_and_its_pull_requests_are_followed_there(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    sample.add_project("Bank")
    sample.create_repository("Bank", "bank")
    sample.push("bank", "main", "PAY-9 Begin")
    sample.push("shop", "topic", "Go on")
    sample.complete(sample.open_pull_request("shop", "topic", "PAY-40 Before the move"))
    integration = world.connect()
    world.work()
    sample.move_repository("shop", "Bank")
    sample.push("shop", "later", "Go on")
    sample.complete(sample.open_pull_request("shop", "later", "PAY-41 After the move"))

    discover(world, integration)

    moved = record_of(world, integration, "shop")
    assert (moved.repository.project, moved.left_out) == ("Bank", None)
    assert "pull_request" in [kind for kind, _ in world.links("PAY-40")]
    assert "pull_request" in [kind for kind, _ in world.links("PAY-41")]
    assert len([kind for kind, _ in world.links("PAY-1") if kind == "commit"]) == 3


def test_restored_repository_is_back_with_its_links_and_what_came_since(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    identity = world.repository("stock")
    sample.delete_repository("stock")
    discover(world, integration)
    assert left_out(world, integration)["stock"] == "gone"
    world.clock.pass_by(days=20)

    sample.restore_repository(identity)
    commit = sample.push("stock", "main", "PAY-42 Back again")
    discover(world, integration)

    assert left_out(world, integration)["stock"] is None
    assert world.repository("stock") == identity
    assert len(world.links("PAY-1")) == 3
    assert world.links("PAY-42") == [("commit", commit)]


def test_another_repository_of_the_same_name_is_another_one(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    former = world.repository("stock")
    sample.delete_repository("stock")
    sample.create_repository("Shop", "stock")
    sample.push("stock", "main", "PAY-43 From scratch")

    discover(world, integration)

    records = {r.key: r.value for r in world.services.repositories.list(integration.id)}
    assert records[former].is_gone
    assert records[world.repository("stock")].is_live


def test_enabled_repository_is_back_with_what_was_pushed_meanwhile(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    commit = sample.push("stock", "main", "PAY-44 Before it was disabled")
    sample.disable_repository("stock")
    discover(world, integration)
    assert left_out(world, integration)["stock"] == "disabled"

    sample.disable_repository("stock", disabled=False)
    discover(world, integration)

    assert left_out(world, integration)["stock"] is None
    assert world.links("PAY-44") == [("commit", commit)]


def test_new_repository_is_found_by_the_timer_without_any_hook(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.create_repository("Shop", "later")
    world.clock.pass_by(hours=1, minutes=5)
    tick(world.services, now=world.clock())
    world.work()
    assert left_out(world, integration)["later"] == "empty"
    commit = sample.push("later", "trunk", "PAY-45 First branch")

    world.clock.pass_by(hours=1, minutes=5)
    tick(world.services, now=world.clock())
    world.work()

    assert left_out(world, integration)["later"] is None
    assert world.links("PAY-45") == [("commit", commit)]


def test_changed_default_branch_is_followed_and_read_first_by_the_next_pass(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.create_branch("shop", "trunk")
    one = sample.repository("shop")
    sample.organization.repositories[one.id] = replace(one, default_branch="refs/heads/trunk")
    discover(world, integration)
    sample.push("shop", "trunk", "PAY-46 On the trunk")
    sample.push("shop", "main", "PAY-47 On the side")
    sample.calls.reset()

    world.run("reindex", Job(integration.id, "due", repository=world.repository("shop")))
    world.work()

    assert record_of(world, integration, "shop").repository.default_branch == "trunk"
    assert len(world.links("PAY-46")) == 1
    assert len(world.links("PAY-47")) == 1


FAULTS: dict[str, Callable[[SampleOrganization, Where], object]] = {
    "outage": lambda s, where: s.faults.outage(times=None, where=where),
    "page": lambda s, where: s.faults.html(times=None, where=where),
    "nothing": lambda s, where: s.faults.empty_body(times=None, where=where),
    "half of it": lambda s, where: s.faults.cut_json(times=None, where=where),
    "sign-in page": lambda s, where: s.faults.refuse(203, "", "", times=None, where=where),
    "forbidden": lambda s, where: s.faults.refuse(403, "X", "No.", times=None, where=where),
    "not there": lambda s, where: s.faults.refuse(404, "X", "TF1 No.", times=None, where=where),
}


@pytest.mark.parametrize("route", ["_apis/projects", "git/repositories"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_listing_that_is_not_complete_removes_nothing(
    world: World,
    sample: SampleOrganization,
    shops: list[str],
    fault: Callable[[SampleOrganization, Where], object],
    route: str,
) -> None:
    integration = world.connect()
    world.work()
    before = world.everything()
    sample.delete_repository("stock")
    fault(sample, Where(route=route.removeprefix("_apis/"), method="GET"))

    for _ in range(2):
        try:
            world.run("reindex", Job(integration.id, "discover"), attempt=5)
        except DevlinksError as error:
            assert error.code != "changed"  # noqa: PT017 — it may be recorded, or raised as well

    assert left_out(world, integration) == dict.fromkeys(shops)
    assert world.everything() == before


def test_page_of_projects_that_fails_removes_nothing(
    world: World, sample: SampleOrganization, shops: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.git_hosts.azure_devops import listing  # noqa: PLC0415

    monkeypatch.setattr(listing, "_PROJECTS_A_PAGE", 2)
    sample.add_alike(5, projects=5)
    integration = world.connect()
    world.work()
    known = left_out(world, integration)
    sample.delete_repository("stock")
    refused = "TF400898: An argument is odd."
    sample.calls.reset()
    discover_pages = Where(route="projects", method="GET")
    sample.faults.cut_json(times=None, after=1, where=discover_pages)

    with pytest.raises(DevlinksError):
        world.run("reindex", Job(integration.id, "discover"))

    assert len(sample.calls.to("projects")) == 2, refused
    assert left_out(world, integration) == known


def test_one_organization_of_three_that_fails_removes_nothing_of_its_own(
    world: World, sample: SampleOrganization, shops: list[str], tmp_path: Any
) -> None:
    token = sample.issue_token()
    others = {n: SampleOrganization(tmp_path / n, name=n, beside=sample) for n in ("east", "west")}
    for name, other in others.items():
        other.add_project("P")
        other.create_repository("P", name)
        other.push(name, "main", "PAY-1 Begin")
        other.create_repository("P", f"{name}-2")
        other.accept(token)
    names = ("contoso", "east", "west")
    integration = world.connect(organizations=names, token=token.value)
    world.work()
    for name, other in others.items():
        other.delete_repository(name)
    others["east"].faults.outage(times=None, where=Where(route="git/repositories"))

    discover(world, integration)

    reasons = left_out(world, integration)
    assert reasons == {
        **dict.fromkeys(shops),
        "east": None,
        "east-2": "empty",
        "west": "gone",
        "west-2": "empty",
    }


ODD_NAMES = {
    "blanks": "My  shop",
    "accents": "Müller & Söhne é",
    "percent": "100%25 off",
    "emoji": "Rocket \U0001f680",
    "case": "ShOp 2",
    "dots": "a.b.c-d_e(1)",
}


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES)
def test_project_and_repository_of_any_name_are_indexed(
    world: World, sample: SampleOrganization, name: str
) -> None:
    sample.add_project(name)
    sample.create_repository(name, name)
    sample.push(name, "main", "PAY-48 Begin")
    sample.push(name, "topic", "Go on")
    sample.open_pull_request(name, "topic", "PAY-49 Review")
    integration = world.connect()

    world.work()

    row = world.repositories(integration)[name]
    assert (row.state, row.record.repository.project) == ("idle", name)
    assert [kind for kind, _ in world.links("PAY-48")] == ["commit"]
    assert [kind for kind, _ in world.links("PAY-49")] == ["pull_request"]
