from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import Where
from shared.errors import (
    ForbiddenError,
    GitHostError,
    RefusedError,
)
from tests.shared.git_hosts.azure_devops.conftest import project_of

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.interfaces import GitHost
    from shared.model import ProjectId

HOOK = "https://links.example.com/api/webhooks/1"
PASSWORD = "a-password-of-a-hook"


def subscribe(host: GitHost, project: ProjectId, event_type: str = "git.push") -> str:
    made = host.subscribe(event_type, project, url=HOOK, user_name="devlinks", password=PASSWORD)
    return made.id


@pytest.mark.parametrize(
    ("event_type", "version"),
    [
        ("git.push", "1.0"),
        ("git.pullrequest.created", "1.0"),
        ("git.pullrequest.merged", "1.0"),
        ("git.repo.created", "1.0-preview.1"),
        ("git.repo.statuschanged", "1.0-preview.1"),
    ],
)
def test_service_hook_is_made_as_the_service_wants_it(
    host: GitHost, sample: SampleOrganization, event_type: str, version: str
) -> None:
    made = host.subscribe(
        event_type, project_of(sample), url=HOOK, user_name="devlinks", password=PASSWORD
    )

    assert (made.event_type, made.project_id) == (event_type, project_of(sample))
    assert made.status == "enabled"
    [kept] = sample.organization.subscriptions.all()
    assert (kept.id, kept.resource_version) == (made.id, version)
    assert kept.publisher_inputs.get("repository", "") == ""
    assert kept.consumer_inputs == {
        "url": HOOK,
        "basicAuthUsername": "devlinks",
        "basicAuthPassword": PASSWORD,
        "messagesToSend": "none",
        "detailedMessagesToSend": "none",
    }


def test_service_hooks_are_found_again_by_project_and_address(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.add_project("Other")
    made = {
        subscribe(host, project_of(sample)),
        subscribe(host, project_of(sample), "git.repo.created"),
    }
    subscribe(host, project_of(sample, "Other"))
    host.subscribe("git.push", project_of(sample), url=f"{HOOK}2", user_name="u", password="p")

    found = host.subscriptions(project_of(sample), url=HOOK)

    assert {hook.id for hook in found} == made
    assert sample.calls.to("hooks/subscriptions", method="GET") == []


def test_state_of_a_service_hook_is_told(host: GitHost, sample: SampleOrganization) -> None:
    made = subscribe(host, project_of(sample))
    sample.set_subscription_status(made, "onProbation")

    assert [h.status for h in host.subscriptions(project_of(sample), url=HOOK)] == ["onProbation"]


def test_project_without_our_service_hooks_has_none(
    host: GitHost, sample: SampleOrganization
) -> None:
    assert host.subscriptions(project_of(sample), url=HOOK) == []


def test_service_hook_is_removed_once_and_twice_is_fine(
    host: GitHost, sample: SampleOrganization
) -> None:
    made = subscribe(host, project_of(sample))

    host.unsubscribe(made)
    host.unsubscribe(made)

    assert list(sample.organization.subscriptions.all()) == []


def test_service_hook_that_the_token_may_not_make_is_forbidden(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.behaviour.hooks_forbidden = True

    with pytest.raises(ForbiddenError):
        subscribe(host, project_of(sample))


def test_service_hook_that_the_service_will_not_make_is_refused_with_its_reason(
    host: GitHost, sample: SampleOrganization
) -> None:
    with pytest.raises(RefusedError, match="url"):
        host.subscribe(
            "git.push", project_of(sample), url="nowhere", user_name="u", password=PASSWORD
        )


def test_look_up_of_service_hooks_that_fails_is_no_empty_list(
    host: GitHost, sample: SampleOrganization
) -> None:
    sample.faults.html(times=None, where=Where(route="subscriptionsquery"))

    with pytest.raises(GitHostError):
        host.subscriptions(project_of(sample), url=HOOK)
