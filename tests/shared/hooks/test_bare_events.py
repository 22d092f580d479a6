"""Events that do not say what happened: then the git host is asked, and nothing is dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.configuration import IndexSwitches
from shared.issue_keys import parse_issue_key
from shared.links import KINDS
from tests.hooks import deliver, details, event, states

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from tests.world import World

NO_PROJECT = {"collection": {"id": "3fba1bb9-6e8c-4087-b435-29157f94e9a1"}}
ANOTHER_PROJECT = {"project": {"id": "99999999-bbbb-4000-8000-000000000001"}}


@pytest.mark.parametrize("minimal", [True, False], ids=["minimal", "none"])
@pytest.mark.parametrize("containers", [{}, {"resourceContainers": NO_PROJECT}], ids=["", "alone"])
def test_push_without_details_is_read_from_the_git_host(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    minimal: bool,
    containers: dict[str, Any],
) -> None:
    commit = sample.push("shop", "main", "PAY-10")
    url = f"{sample.url}/_apis/git/repositories/{world.repository('shop')}/pushes/1"
    resource = {"pushId": 1, "url": url} if minimal else {}

    deliver(world, integration, event(world, "git.push", resource, **containers))
    world.work()

    assert world.links("PAY-10") == [("commit", commit)]
    assert states(world, integration) == ["done"]


@pytest.mark.parametrize("details_sent", ["minimal", "none"])
def test_pull_request_without_details_is_read_from_the_git_host(
    world: World, sample: SampleOrganization, integration: Integration, details_sent: str
) -> None:
    sample.push("shop", "feature/x", "Something")
    number = sample.open_pull_request("shop", "feature/x", "PAY-40 Something")
    resource = {"pullRequestId": number} if details_sent == "minimal" else {}

    deliver(world, integration, event(world, "git.pullrequest.created", resource))
    world.work()

    assert ("pull_request", str(number)) in world.links("PAY-40")
    assert states(world, integration) == ["done"]


def test_attempt_to_merge_that_found_conflicts_is_no_merge(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    sample.push("shop", "feature/x", "Something")
    number = sample.open_pull_request("shop", "feature/x", "PAY-40 Something")
    resource = {
        "pullRequestId": number,
        "repository": {"id": world.repository("shop")},
        "status": "completed",
        "mergeStatus": "conflicts",
    }

    deliver(world, integration, event(world, "git.pullrequest.merged", resource))
    world.work()

    stored = world.storage.links(world.tracker)
    found, *_ = stored.read(parse_issue_key("PAY-40"), kinds=KINDS, after="", limit=10)
    assert found.link.item.kind == "pull_request"
    assert found.link.item.status == "open"


@pytest.mark.parametrize("event_type", ["git.push", "git.pullrequest.updated"])
def test_event_without_details_of_another_organization_changes_nothing(
    world: World, sample: SampleOrganization, integration: Integration, event_type: str
) -> None:
    sample.push("shop", "main", "PAY-10")
    body = event(world, event_type, {}, resourceContainers=ANOTHER_PROJECT)

    deliver(world, integration, body)
    world.work()

    assert world.links("PAY-10") == []
    assert states(world, integration) == ["ignored"]
    assert details(world, integration)[0]


def test_pull_requests_that_are_switched_off_are_not_read(
    world: World, sample: SampleOrganization
) -> None:
    integration = world.connect(index=IndexSwitches(pull_requests=False))
    world.work()
    sample.calls.reset()

    deliver(world, integration, event(world, "git.pullrequest.created", {}))
    world.work()

    assert details(world, integration) == ["pull requests are switched off"]
    assert len(sample.calls) == 0
