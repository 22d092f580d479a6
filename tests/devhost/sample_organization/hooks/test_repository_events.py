from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Receiver

    Subscribe = Callable[..., dict[str, Any]]


def test_life_of_a_repository_is_told(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    kinds = ("created", "renamed", "statuschanged", "forked", "deleted")
    for kind in kinds:
        subscribe(f"git.repo.{kind}")

    made = sample.create_repository("Shop", "api")
    sample.push("api", "main", "PAY-1")
    sample.rename_repository("api", "backend")
    fork = sample.fork_repository("backend", "Shop", "copy")
    sample.disable_repository("backend")
    sample.delete_repository("backend")
    sample.wait_for_deliveries()

    told = {kind: [b["resource"] for b in receiver.of(f"git.repo.{kind}")] for kind in kinds}
    # Two deliveries on their way at once come in any order.
    assert {r["repository"]["id"] for r in told["created"]} == {made.id, fork.id}
    [renamed] = told["renamed"]
    assert (renamed["oldName"], renamed["newName"]) == ("api", "backend")
    assert told["statuschanged"][0]["repository"]["isDisabled"] is True
    assert told["forked"][0]["repository"]["id"] == fork.id
    [deleted] = told["deleted"]
    assert (deleted["repositoryId"], deleted["repositoryName"]) == (made.id, "backend")
    assert "repository" not in deleted


def test_repository_that_is_disabled_twice_is_told_once(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    subscribe("git.repo.statuschanged")

    sample.disable_repository("web")
    sample.disable_repository("web")
    sample.disable_repository("web", disabled=False)
    sample.wait_for_deliveries()

    assert len({body["id"] for body in receiver.bodies}) == len(receiver.bodies) == 2
