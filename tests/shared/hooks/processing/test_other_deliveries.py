from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from shared.messages import Job
from tests.hooks import NONE, deliver, details, event, push_event, states
from tests.shared.hooks.processing.conftest import FIRST

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World


def test_the_first_push_to_an_empty_repository_starts_its_index(
    world: World, sample: SampleOrganization
) -> None:
    sample.create_repository("Shop", "fresh")
    integration = world.connect()
    world.work()
    assert world.repositories(integration)["fresh"].record.left_out == "empty"
    new = sample.push("fresh", "main", "PAY-30 It begins")

    deliver(
        world,
        integration,
        push_event(world, (new, "PAY-30"), old=NONE, new=new, repository="fresh"),
    )
    world.work()

    assert world.links("PAY-30") == [("commit", new)]
    assert world.repositories(integration)["fresh"].state == "idle"


def test_a_push_to_a_repository_that_was_unknown_starts_its_index(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.create_repository("Shop", "later")
    new = sample.push("later", "main", "PAY-31")

    deliver(
        world,
        integration,
        push_event(world, (new, "PAY-31"), old=NONE, new=new, repository="later"),
    )
    world.work()

    assert world.links("PAY-31") == [("commit", new)]


def test_a_push_of_another_organization_changes_nothing(
    world: World, integration: Integration
) -> None:
    body = push_event(world, (FIRST, "PAY-10"), old=NONE, new=FIRST)
    body["resource"]["repository"]["id"] = "11111111-1111-4111-8111-111111111111"
    body["resourceContainers"]["project"]["id"] = "22222222-2222-4222-8222-222222222222"

    deliver(world, integration, body)
    world.work()

    assert world.links("PAY-10") == []
    assert states(world, integration) == ["ignored"]
    assert details(world, integration) == ["another organization's project"]


def test_a_push_to_a_repository_that_is_left_out_is_ignored(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.disable_repository("shop")
    world.run("reindex", Job(integration.id, "discover"))

    deliver(world, integration, push_event(world, (FIRST, "PAY-10"), old=NONE, new=FIRST))
    world.work()

    assert states(world, integration) == ["ignored"]
    assert "disabled" in details(world, integration)[0]


def test_a_pull_request_is_read_again_when_it_is_told_of(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.push("shop", "feature/x", "Something")
    number = sample.open_pull_request("shop", "feature/x", "PAY-40 Something")
    resource = {"pullRequestId": number, "repository": {"id": world.repository("shop")}}
    deliver(world, integration, event(world, "git.pullrequest.created", resource))
    world.work()
    assert world.links("PAY-40") == [("pull_request", str(number))]
    sample.retitle(number, title="PAY-41 Something else")

    deliver(world, integration, event(world, "git.pullrequest.updated", resource))
    world.work()

    assert world.links("PAY-40") == []
    assert world.links("PAY-41") == [("pull_request", str(number))]


@pytest.mark.parametrize(
    ("body", "state"),
    [
        (b'{"id": "1", "eventType": "build.complete"}', "ignored"),
        (b'{"id": "2"}', "ignored"),
        (b'{"id": "3", "eventType": "git.push", "resource": 5}', "unreadable"),
        (b'{"id": "4", "eventType": "git.push", "resource": []}', "unreadable"),
        (b"[]", "unreadable"),
        (b"", "unreadable"),
        (b"\xff\xfe", "unreadable"),
    ],
)
def test_what_touches_no_link_or_cannot_be_read_is_in_the_ledger(
    world: World, integration: Integration, body: bytes, state: str
) -> None:
    deliver(world, integration, body)
    world.work()

    assert states(world, integration) == [state]
    assert details(world, integration)[0]


def test_a_push_of_tags_only_is_ignored(world: World, integration: Integration) -> None:
    body = push_event(world, old=NONE, new=FIRST)
    body["resource"]["refUpdates"][0]["name"] = "refs/tags/v1"

    deliver(world, integration, body)
    world.work()

    assert states(world, integration) == ["ignored"]


def test_a_body_too_large_to_keep_has_everything_looked_at(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    new = sample.push("shop", "main", "PAY-10")
    body = push_event(world, (new, "x" * 5_000_000), old=NONE, new=new)

    deliver(world, integration, body)
    world.work()

    assert world.links("PAY-10") == [("commit", new)]
    assert states(world, integration) == ["done"]


def test_a_failure_that_an_admin_must_put_right_is_told_in_the_ledger(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    new = sample.push("shop", "main", "PAY-10")
    sample.revoke_token()

    deliver(world, integration, push_event(world, old=FIRST, new=new))
    world.work()

    assert states(world, integration) == ["failed"]
    assert details(world, integration)[0].startswith("signed_out")
