"""Nothing is taken for gone too soon, and what is gone is hidden whatever comes in between."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from devhost.sample_organization import SampleOrganization, Where
from shared.configuration import Selection
from shared.discovery.selecting import preview
from shared.errors import NoRepositoriesError
from shared.issue_keys import parse_issue_key
from shared.links import page_of_links
from shared.messages import Job
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from tests.shared.discovery.conftest import discover, left_out
from tests.world import Killed

if TYPE_CHECKING:
    from pathlib import Path

    from shared.configuration import Integration
    from tests.world import World


def shown(world: World, key: str) -> int:
    return len(page_of_links(world.services, world.tracker, parse_issue_key(key), limit=50).links)


def with_another(
    world: World, sample: SampleOrganization, folder: Path
) -> tuple[SampleOrganization, Integration]:
    """Return an organization beside the sample, and an integration of both that is indexed."""
    token = sample.issue_token()
    east = SampleOrganization(folder / "east", name="east", beside=sample)
    east.add_project("P")
    east.create_repository("P", "east")
    east.push("east", "main", "PAY-1 Begin")
    east.accept(token)
    integration = world.connect(organizations=("contoso", "east"), token=token.value)
    world.work()
    return east, integration


def test_organization_that_suddenly_lists_nothing_keeps_all_and_says_what_to_do(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.deny(project="Shop")

    discover(world, integration)

    assert left_out(world, integration) == dict.fromkeys(shops)
    assert shown(world, "PAY-1") == 3
    status = world.status(integration)
    assert status.state == "degraded"
    (alarm,) = [a for a in status.alarms if a.code == "no_repositories"]
    assert "Give the credential's owner access again." in alarm.text
    with pytest.raises(NoRepositoriesError):
        preview(world.services, integration, Selection())


def test_organization_that_lists_nothing_for_a_week_is_believed(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    integration = world.connect()
    world.work()
    sample.deny(project="Shop")
    for _ in range(7):
        discover(world, integration)
        assert left_out(world, integration) == dict.fromkeys(shops)
        world.clock.pass_by(hours=24, minutes=1)

    discover(world, integration)

    reasons = left_out(world, integration)
    assert {name: reasons[name] for name in shops} == dict.fromkeys(shops, "gone")
    assert shown(world, "PAY-1") == 0


def test_one_organization_of_two_that_lists_nothing_keeps_what_it_has(
    world: World, sample: SampleOrganization, shops: list[str], tmp_path: Path
) -> None:
    east, integration = with_another(world, sample, tmp_path)
    east.deny(project="P")
    sample.delete_repository("stock")

    discover(world, integration)

    assert left_out(world, integration) == {
        **dict.fromkeys(shops),
        "stock": "gone",
        "east": None,
    }
    codes = [a.code for a in world.status(integration).alarms if a.text.startswith("east: ")]
    assert codes == ["organization_no_repositories"]


def test_organization_written_in_another_case_is_the_same_one(
    world: World, sample: SampleOrganization, shops: list[str], tmp_path: Path
) -> None:
    _, integration = with_another(world, sample, tmp_path)
    shouted = replace(integration, organizations=("CONTOSO", "east"))
    world.services.integrations.put(ONE_GROUP, integration.id, shouted)
    sample.faults.outage(times=None, where=Where(route="git/repositories"))

    discover(world, integration)

    assert left_out(world, integration) == dict.fromkeys([*shops, "east"])


def test_every_repository_that_is_gone_is_hidden_though_the_worker_was_killed_half_way(
    world: World, sample: SampleOrganization, shops: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sample.create_repository("Shop", "other")
    integration = world.connect()
    world.work()
    gone = {world.repository(name) for name in shops}
    for name in shops:
        sample.delete_repository(name)
    put, left = world.services.cursors.put, 1

    def dying(*given: Any) -> None:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        put(*given)

    with monkeypatch.context() as patched:
        patched.setattr(world.services.cursors, "put", dying)
        with pytest.raises(Killed):
            world.run("reindex", Job(integration.id, "discover"))

    world.clock.pass_by(minutes=5)
    discover(world, integration)

    cursors = {r.key: r.value for r in world.services.cursors.list(integration.id)}
    at = {name: cursors[name].next_at or world.clock() for name in gone}
    # The one that it was at may be missed; hiding begins anew with the others.
    late = {name for name in gone if at[name] > world.clock() + timedelta(days=29)}
    assert len(late) >= 2
    assert set(left_out(world, integration).values()) == {"gone", "empty"}


def test_pull_requests_of_a_repository_found_by_a_worker_that_was_killed_are_read(
    world: World, sample: SampleOrganization, shops: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    integration = world.connect()
    world.work()
    sample.create_repository("Shop", "later")
    sample.push("later", "main", "Begin")
    sample.push("later", "topic", "Go on")
    sample.complete(sample.open_pull_request("later", "topic", "PAY-60 Closed before it was found"))
    world.clock.pass_by(days=2)
    sample.clock.advance(timedelta(days=2))
    for _ in range(2):
        tick(world.services, now=world.clock())
        for queue, job in list(iter(world.storage.queues.take, None)):
            if job.project is not None:
                world.run(queue, job)

    def dying(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(world.storage.queues, "put", dying)
        with pytest.raises(Killed):
            world.run("reindex", Job(integration.id, "discover"))
    discover(world, integration)
    for _ in range(2):
        world.clock.pass_by(days=1)
        tick(world.services, now=world.clock())
        world.work()

    assert "pull_request" in [kind for kind, _ in world.links("PAY-60")]


def test_preview_knows_what_another_integration_indexes(world: World, shops: list[str]) -> None:
    world.connect()
    world.work()
    second = world.connect(name="Second", repositories=Selection(jmespath="[?name=='nothing']"))
    discover(world, second)

    before = preview(world.services, second, Selection())
    changed = replace(second, repositories=Selection())
    world.services.integrations.put(ONE_GROUP, second.id, changed)
    discover(world, second)

    told = {row.repository.name: (row.left_out, row.change) for row in before.repositories}
    assert told == dict.fromkeys(shops, ("owned_elsewhere", None))
    assert left_out(world, second) == dict.fromkeys(shops, "owned_elsewhere")


def test_filter_that_does_not_fit_a_new_repository_says_why_and_changes_nothing(
    world: World, sample: SampleOrganization, shops: list[str]
) -> None:
    starts = "[?starts_with(defaultBranch, 'refs/heads/')]"
    integration = world.connect(repositories=Selection(jmespath=starts))
    world.work()
    sample.create_repository("Shop", "without a branch")

    discover(world, integration)

    assert left_out(world, integration) == dict.fromkeys(shops)
    status = world.status(integration)
    (alarm,) = [a for a in status.alarms if a.code == "integration_needs_attention"]
    assert alarm.text.startswith(
        "The JMESPath filter cannot be used: it fails on your repositories"
    )
    assert "starts_with" in alarm.text
    assert "Correct the filter" in alarm.text


def test_rights_that_come_back_after_jobs_were_refused_bring_everything_back_at_once(
    world: World, sample: SampleOrganization, shops: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.discovery import probing  # noqa: PLC0415

    monkeypatch.setattr(probing, "_MOST_ASKED", 1)
    integration = world.connect()
    world.work()
    sample.deny(project="Shop")
    for name in shops:
        job = Job(integration.id, "asked", repository=world.repository(name))
        world.run("reindex", job)
    world.work()
    assert [r.state for r in world.repositories(integration).values()] == ["failed"] * 3
    assert shown(world, "PAY-1") == 3

    sample.allow_everything()
    discover(world, integration)

    records = world.services.repositories.list(integration.id)
    assert [(r.value.left_out, r.value.refused_at) for r in records] == [(None, None)] * 3
    assert shown(world, "PAY-1") == 3
