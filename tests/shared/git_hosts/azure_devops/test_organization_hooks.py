from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from devhost.sample_organization import Where
from shared.errors import (
    ForbiddenError,
    GitHostError,
    MissingError,
    RefusedError,
)
from tests.shared.git_hosts.azure_devops.conftest import project_of

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from devhost.sample_organization.hooks.subscriptions import SubscriptionStatus
    from shared.interfaces.git_host import GitHost
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


@pytest.mark.parametrize(
    ("inputs", "is_whole"),
    [
        ({}, True),
        ({"repository": "", "branch": "", "pushedBy": ""}, True),
        ({"hostId": "of the service", "tfsSubscriptionId": "7", "somethingNew": "1"}, True),
        ({"branch": "main"}, False),
        ({"repository": "0d5bb114-7bd9-4ae1-8554-aec3d164f94c"}, False),
        ({"pushedBy": "A group"}, False),
    ],
)
def test_service_hook_is_whole_when_no_filter_narrows_it_down(
    host: GitHost, sample: SampleOrganization, inputs: dict[str, str], is_whole: bool
) -> None:
    subscribe(host, project_of(sample))
    [one] = sample.organization.subscriptions.all()
    changed = msgspec.structs.replace(one, publisher_inputs=one.publisher_inputs | inputs)
    sample.organization.subscriptions.put(changed)

    [found] = host.subscriptions(project_of(sample), url=HOOK)

    assert found.is_whole == is_whole


@pytest.mark.parametrize(
    ("details", "is_whole"), [("", True), ("all", True), ("minimal", False), ("none", False)]
)
def test_service_hook_is_whole_when_it_sends_all_of_the_resource(
    host: GitHost, sample: SampleOrganization, details: str, is_whole: bool
) -> None:
    subscribe(host, project_of(sample))
    [one] = sample.organization.subscriptions.all()
    inputs = one.consumer_inputs | {"resourceDetailsToSend": details}
    sample.organization.subscriptions.put(msgspec.structs.replace(one, consumer_inputs=inputs))

    [found] = host.subscriptions(project_of(sample), url=HOOK)

    assert found.is_whole == is_whole


def test_service_hooks_are_found_whatever_the_letter_case_of_the_project(
    host: GitHost, sample: SampleOrganization
) -> None:
    made = subscribe(host, project_of(sample))
    [one] = sample.organization.subscriptions.all()
    inputs = one.publisher_inputs | {"projectId": project_of(sample).upper()}
    sample.organization.subscriptions.put(msgspec.structs.replace(one, publisher_inputs=inputs))

    [found] = host.subscriptions(project_of(sample), url=HOOK)

    assert (found.id, found.project_id) == (made, project_of(sample))


@pytest.mark.parametrize("url", [f"{HOOK}/", HOOK.upper(), f"{HOOK}?x=1", "https://elsewhere"])
def test_service_hooks_of_another_address_are_not_ours(
    host: GitHost, sample: SampleOrganization, url: str
) -> None:
    host.subscribe("git.push", project_of(sample), url=url, user_name="u", password="p")

    assert host.subscriptions(project_of(sample), url=HOOK) == []


@pytest.mark.parametrize("status", ["onProbation", "disabledBySystem", "disabledByUser"])
def test_replaced_service_hook_is_whole_and_switched_on_and_sends_the_new_password(
    host: GitHost, sample: SampleOrganization, status: SubscriptionStatus
) -> None:
    made = subscribe(host, project_of(sample), "git.repo.created")
    [one] = sample.organization.subscriptions.all()
    narrowed = one.publisher_inputs | {"repository": "0d5bb114-7bd9-4ae1-8554-aec3d164f94c"}
    sample.organization.subscriptions.put(msgspec.structs.replace(one, publisher_inputs=narrowed))
    sample.set_subscription_status(made, status)
    [known] = host.subscriptions(project_of(sample), url=HOOK)

    told = host.replace_subscription(known, url=HOOK, user_name="devlinks", password="another")

    assert (told.id, told.status, told.is_whole) == (made, "enabled", True)
    [kept] = sample.organization.subscriptions.all()
    assert (kept.id, kept.resource_version) == (made, "1.0-preview.1")
    assert kept.publisher_inputs.get("repository", "") == ""
    assert kept.consumer_inputs["basicAuthPassword"] == "another"


def test_service_hook_whose_maker_lost_access_is_told_to_be_still_disabled(
    host: GitHost, sample: SampleOrganization
) -> None:
    subscribe(host, project_of(sample))
    sample.retire()
    [known] = host.subscriptions(project_of(sample), url=HOOK)

    told = host.replace_subscription(known, url=HOOK, user_name="devlinks", password="another")

    assert told.status == "disabledByInactiveIdentity"


def test_service_hook_that_is_gone_cannot_be_replaced(
    host: GitHost, sample: SampleOrganization
) -> None:
    made = subscribe(host, project_of(sample))
    [known] = host.subscriptions(project_of(sample), url=HOOK)
    sample.delete_subscription(made)

    with pytest.raises(MissingError):
        host.replace_subscription(known, url=HOOK, user_name="devlinks", password="another")
