"""Why a repository, or a project that shows none, is not indexed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import SampleOrganization, Where
from shared.configuration import Selection
from shared.messages import Job
from shared.scheduling.ticking import tick
from tests.shared.discovery.conftest import discover, left_out

if TYPE_CHECKING:
    from tests.world import World

HIDDEN = "TF401019: The Git repository does not exist or you do not have permissions."


def hide(sample: SampleOrganization, repository: str, *, times: int | None = None) -> None:
    """Let a repository be listed and hide its branches, as from somebody who may not read it."""
    where = Where(route="refs", repository=repository)
    sample.faults.refuse(404, "GitRepositoryNotFoundException", HIDDEN, times=times, where=where)


def test_project_under_tfvc_is_a_row_with_its_name_and_is_asked_about_once(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    legacy = sample.add_project("Legacy", source_control="Tfvc")
    integration = world.connect()
    world.work()
    sample.calls.reset()

    discover(world, integration)

    row = world.repositories(integration)["Legacy"]
    assert (row.state, row.record.left_out) == ("left_out", "tfvc")
    assert row.record.repository.project_id == legacy.id
    assert row.record.repository.url == f"{sample.url}/Legacy"
    assert sample.calls.to("projects/{projectId}") == []
    assert world.status(integration).state == "idle"
    assert world.status(integration).progress.repositories_total == 3


def test_project_that_was_converted_to_git_has_its_repository_instead_of_a_row(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    sample.add_project("Legacy", source_control="Tfvc")
    integration = world.connect()
    world.work()
    sample.create_repository("Legacy", "converted")
    sample.push("converted", "main", "PAY-30 Convert")

    discover(world, integration)

    reasons = left_out(world, integration)
    assert "Legacy" not in reasons
    assert reasons["converted"] is None
    assert len(world.links("PAY-30")) == 1


def test_project_under_git_that_shows_no_repository_hides_it(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    sample.add_project("Secret")
    sample.create_repository("Secret", "vault")
    sample.push("vault", "main", "PAY-31 Hide")
    sample.deny(repository="vault")
    integration = world.connect()
    world.work()
    assert left_out(world, integration)["Secret"] == "forbidden"

    sample.allow_everything()
    discover(world, integration)

    reasons = left_out(world, integration)
    assert "Secret" not in reasons
    assert reasons["vault"] is None


def test_project_whose_kind_cannot_be_asked_for_has_no_row_until_it_can(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    sample.add_project("Legacy", source_control="Tfvc")
    sample.faults.outage(times=3, where=Where(route="projects/{projectId}"))
    integration = world.connect()
    world.work()
    assert "Legacy" not in left_out(world, integration)

    discover(world, integration)

    assert left_out(world, integration)["Legacy"] == "tfvc"


@pytest.mark.parametrize("state", ["deleting", "createPending", "new"])
def test_project_that_is_being_made_or_deleted_is_left_out_with_all_that_it_has(
    world: World, sample: SampleOrganization, shops: list[str], state: str
) -> None:
    integration = world.connect()
    world.work()
    sample.add_project("Coming", state=state)
    sample.set_project_state("Shop", state)

    discover(world, integration)

    reasons = left_out(world, integration)
    assert reasons == {**dict.fromkeys(shops, "deleting"), "Coming": "deleting"}


def test_project_that_is_gone_leaves_no_row_and_its_repositories_are_gone(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    sample.add_project("Legacy", source_control="Tfvc")
    integration = world.connect()
    world.work()
    sample.add_project("Bank")
    sample.create_repository("Bank", "bank")
    for name in shops:
        sample.delete_repository(name)
    for name in ("Legacy", "Shop"):
        sample.set_project_state(name, "deleted")

    discover(world, integration)

    assert left_out(world, integration) == {**dict.fromkeys(shops, "gone"), "bank": "empty"}


def test_repository_that_is_listed_and_not_readable_is_forbidden_and_not_gone(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    hide(sample, world.repository("stock"))
    integration = world.connect()

    world.work()

    row = world.repositories(integration)["stock"]
    assert (row.state, row.record.left_out) == ("left_out", "forbidden")
    failure = row.kinds["commits"].failure
    assert failure is not None
    assert "TF401019" in failure.text
    assert world.status(integration).state == "idle"
    assert world.repositories(integration)["shop"].state == "idle"


def test_repository_that_may_be_read_again_is_indexed_again(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    hide(sample, world.repository("stock"))
    world.run("reindex", Job(integration.id, "due", repository=world.repository("stock")))
    world.work()
    assert left_out(world, integration)["stock"] == "forbidden"
    assert len(world.links("PAY-1")) == 3
    sample.faults.clear()
    commit = sample.push("stock", "main", "PAY-32 Meanwhile")

    world.clock.pass_by(hours=2)
    tick(world.services, now=world.clock())
    world.work()

    assert left_out(world, integration)["stock"] is None
    assert world.links("PAY-32") == [("commit", commit)]


def test_one_refusal_that_is_not_repeated_leaves_nothing_out(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    hide(sample, world.repository("stock"), times=1)

    world.run("reindex", Job(integration.id, "due", repository=world.repository("stock")))
    world.work()

    assert left_out(world, integration) == dict.fromkeys(shops)


def test_repository_that_was_deleted_is_gone_as_soon_as_somebody_looks(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    identity = world.repository("stock")
    sample.delete_repository("stock")

    world.run("reindex", Job(integration.id, "due", repository=identity))
    world.work()

    assert left_out(world, integration)["stock"] == "gone"


def test_forbidden_repositories_are_probed_a_few_at_a_time(
    world: World, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.discovery import probing  # noqa: PLC0415

    monkeypatch.setattr(probing, "_MOST_ASKED", 2)
    made = sample.add_alike(5)
    for one in made:
        hide(sample, one.id)
    integration = world.connect()
    world.work()
    assert set(left_out(world, integration).values()) == {"forbidden"}
    probed = []
    for _ in range(3):
        sample.calls.reset()
        world.clock.pass_by(hours=1)
        discover(world, integration)
        probed.append({call.repository for call in sample.calls.to("refs")})

    assert [len(ids) for ids in probed] == [2, 2, 2]
    assert set.union(*probed) == {one.id for one in made}


@pytest.mark.parametrize(
    ("filtered", "happens", "reason"),
    [
        ("[?isFork]", None, "filter"),
        ("[?!isFork]", None, None),
        ("[?name=='nothing']", "disable", "disabled"),
        ("[?name=='nothing']", None, "filter"),
    ],
)
def test_what_the_git_host_refuses_comes_before_what_an_admin_chose(
    world: World,
    sample: SampleOrganization,
    filtered: str,
    happens: str | None,
    reason: str | None,
) -> None:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-1 Begin")
    sample.fork_repository("shop", "Shop", "fork")
    if happens is not None:
        sample.disable_repository("shop")

    integration = world.connect(repositories=Selection(jmespath=filtered))
    world.work()

    assert left_out(world, integration)["shop"] == reason


def test_repository_that_names_no_default_branch_and_holds_something_is_not_empty(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    from msgspec.structs import replace  # noqa: PLC0415

    one = sample.repository("shop")
    sample.organization.repositories[one.id] = replace(one, default_branch=None)

    integration = world.connect()
    world.work()

    assert left_out(world, integration)["shop"] is None
    assert len(world.links("PAY-1")) == 3
