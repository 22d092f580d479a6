from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Receiver

    Subscribe = Callable[..., dict[str, Any]]


PULL_REQUEST_EVENTS = (
    "git.pullrequest.created",
    "git.pullrequest.updated",
    "git.pullrequest.merged",
)


def test_life_of_a_pull_request_is_told(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    sample.push("web", "main", "PAY-1")
    sample.push("web", "topic", "PAY-2")
    for event_type in PULL_REQUEST_EVENTS:
        subscribe(event_type)
    description = "x" * 1000 + " PAY-3"

    def told() -> list[str]:
        sample.wait_for_deliveries()
        events = sorted(body["eventType"].rpartition(".")[2] for body in receiver.bodies)
        receiver.bodies.clear()
        return events

    number = sample.open_pull_request("web", "topic", "PAY-2", description=description)
    sample.wait_for_deliveries()
    [body] = receiver.of("git.pullrequest.created")

    assert body["resource"]["description"] == description
    assert told() == ["created", "merged"]
    sample.push("web", "topic", "PAY-2 more")
    assert told() == ["merged", "updated"]
    sample.vote(number, 10, by="Team lead")
    assert told() == ["updated"]
    sample.retitle(number, "PAY-4")
    assert told() == []
    sample.complete(number)
    assert told() == ["merged", "updated"]


def test_edited_texts_are_told_where_that_is_chosen(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    sample.behaviour.edits_raise_events = True
    sample.push("web", "main", "PAY-1")
    sample.push("web", "topic", "PAY-2")
    number = sample.open_pull_request("web", "topic", "PAY-2")
    subscribe("git.pullrequest.updated")

    sample.retitle(number, "PAY-3")
    sample.wait_for_deliveries()

    assert receiver.bodies[0]["resource"]["title"] == "PAY-3"


def test_merge_that_was_tried_says_how_it_ended(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    sample.push("web", "main", "PAY-1", files={"a": b"1"})
    sample.push("web", "topic", "PAY-2", files={"a": b"2"})
    sample.push("web", "main", "PAY-3", files={"a": b"3"})
    subscribe("git.pullrequest.merged", mergeResult="Conflicts")
    subscribe("git.pullrequest.merged", mergeResult="Succeeded")

    sample.open_pull_request("web", "topic", "PAY-2")
    sample.wait_for_deliveries()

    [body] = receiver.bodies
    assert (body["resource"]["status"], body["resource"]["mergeStatus"]) == ("active", "conflicts")


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"notificationType": "PushNotification"}, 1),
        ({"notificationType": "ReviewerVoteNotification"}, 1),
        ({"notificationType": "StatusUpdateNotification"}, 1),
        ({"notificationType": "ReviewersUpdateNotification"}, 0),
        ({"branch": "main"}, 3),
        ({"branch": "topic"}, 0),
        ({"pullrequestCreatedBy": "{author}"}, 3),
        ({"pullrequestReviewersContains": "{lead}"}, 2),
    ],
)
def test_filters_of_pull_requests_let_pass_what_they_name(
    sample: SampleOrganization,
    receiver: Receiver,
    subscribe: Subscribe,
    filters: dict[str, str],
    count: int,
) -> None:
    sample.push("web", "main", "PAY-1")
    sample.push("web", "topic", "PAY-2")
    number = sample.open_pull_request("web", "topic", "PAY-2")
    known = {
        "author": sample.person("Backend developer").id,
        "lead": sample.person("Team lead").id,
    }
    subscribe("git.pullrequest.updated", **{k: v.format(**known) for k, v in filters.items()})

    sample.push("web", "topic", "PAY-2 more")
    sample.vote(number, 10, by="Team lead")
    sample.abandon(number)
    sample.wait_for_deliveries()

    assert len(receiver.bodies) == count
