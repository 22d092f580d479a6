from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization.model import ZERO

if TYPE_CHECKING:
    from collections.abc import Callable

    from devhost.sample_organization import SampleOrganization
    from tests.devhost.sample_organization.conftest import Receiver

    Subscribe = Callable[..., dict[str, Any]]


def comments(body: dict[str, Any]) -> list[str]:
    return [commit["comment"] for commit in body["resource"].get("commits", [])]


def test_push_carries_whole_messages_newest_first(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    old = sample.push("web", "main", "PAY-1")
    subscribe()

    new = sample.push("web", "main", "PAY-2\n\nPAY-3 in the body\n", "PAY-4")
    sample.wait_for_deliveries()

    [body] = receiver.bodies
    assert comments(body) == ["PAY-4", "PAY-2\n\nPAY-3 in the body"]
    updates = body["resource"]["refUpdates"]
    assert updates == [{"name": "refs/heads/main", "oldObjectId": old, "newObjectId": new}]
    assert "forced" not in body["resource"]


def test_push_without_new_commits_has_no_key_for_them(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    head = sample.push("web", "main", "PAY-1")
    subscribe()

    sample.create_branch("web", "topic")
    sample.tag("web", "v1", at=head, message="PAY-2")
    sample.delete_branch("web", "topic")
    sample.wait_for_deliveries()

    assert len(receiver.bodies) == 3
    assert all("commits" not in body["resource"] for body in receiver.bodies)


def test_new_branch_carries_the_commits_that_no_branch_had(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    sample.push("web", "main", "PAY-1")
    subscribe()

    sample.push("web", "topic", "PAY-2", "PAY-3")
    sample.wait_for_deliveries()

    [body] = receiver.bodies
    assert comments(body) == ["PAY-3", "PAY-2"]
    assert body["resource"]["refUpdates"][0]["oldObjectId"] == ZERO


def test_force_push_says_so(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    sample.push("web", "main", "PAY-1", "PAY-2")
    subscribe()

    sample.force_push("web", "main", "PAY-3")
    sample.wait_for_deliveries()

    [body] = receiver.bodies
    assert body["resource"]["forced"] is True
    assert comments(body) == ["PAY-3"]


def test_several_refs_in_one_push_are_one_event(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    head = sample.push("web", "main", "PAY-1")
    sample.create_branch("web", "old")
    subscribe()
    new = sample.commit("web", [head], "PAY-2")

    sample.move_branches("web", {"a": head, "b": new, "old": ZERO})
    sample.wait_for_deliveries()

    [body] = receiver.bodies
    names = [update["name"] for update in body["resource"]["refUpdates"]]
    assert names == ["refs/heads/a", "refs/heads/b", "refs/heads/old"]
    assert comments(body) == ["PAY-2"]


def test_event_may_carry_fewer_commits_than_were_pushed(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    sample.behaviour.push_event_commits = 2
    subscribe()

    sample.push("web", "main", *(f"PAY-{n}" for n in range(5)))
    sample.wait_for_deliveries()

    assert comments(receiver.bodies[0]) == ["PAY-4", "PAY-3"]


@pytest.mark.parametrize(
    ("inputs", "present", "absent"),
    [
        ({}, {"text", "html", "markdown"}, set()),
        ({"messagesToSend": "all"}, {"text", "html", "markdown"}, set()),
        ({"messagesToSend": "markdown"}, {"markdown"}, {"text", "html"}),
    ],
)
def test_messages_come_in_the_form_that_is_asked_for(
    sample: SampleOrganization,
    receiver: Receiver,
    subscribe: Subscribe,
    inputs: dict[str, str],
    present: set[str],
    absent: set[str],
) -> None:
    subscribe(**inputs)

    sample.push("web", "main", "PAY-1 <b>")
    sample.wait_for_deliveries()

    message = receiver.bodies[0]["message"]
    assert present <= set(message)
    assert not absent & set(message)


def test_messages_and_details_may_be_left_out(
    sample: SampleOrganization, receiver: Receiver, subscribe: Subscribe
) -> None:
    subscribe(messagesToSend="none", detailedMessagesToSend="none", resourceDetailsToSend="minimal")
    subscribe(resourceDetailsToSend="none")

    sample.push("web", "main", "PAY-1")
    sample.wait_for_deliveries()

    minimal = next(body for body in receiver.bodies if "resource" in body)
    none = next(body for body in receiver.bodies if "resource" not in body)
    assert (minimal["message"], minimal["detailedMessage"]) == (None, None)
    assert set(minimal["resource"]) == {"url", "pushId"}
    assert none["message"]["text"]


@pytest.mark.parametrize(
    ("filters", "pushes"),
    [
        ({}, ["PAY-1", "PAY-2", "PAY-3"]),
        ({"branch": "main"}, ["PAY-1", "PAY-3"]),
        ({"branch": "refs/heads/main"}, ["PAY-1", "PAY-3"]),
        ({"repository": "{web}"}, ["PAY-1", "PAY-2"]),
        ({"repository": "{web}", "branch": "topic"}, ["PAY-2"]),
        ({"pushedBy": "{frontend}"}, ["PAY-2"]),
        ({"projectId": "{other}"}, []),
        ({"projectId": ""}, ["PAY-1", "PAY-2", "PAY-3"]),
    ],
)
def test_filters_let_pass_what_they_name(
    sample: SampleOrganization,
    receiver: Receiver,
    subscribe: Subscribe,
    filters: dict[str, str],
    pushes: list[str],
) -> None:
    sample.create_repository("Shop", "second")
    known = {
        "web": sample.repository("web").id,
        "frontend": sample.person("Frontend developer").id,
        "other": sample.add_project("Other").id,
    }
    subscribe(**{name: value.format(**known) for name, value in filters.items()})

    sample.push("web", "main", "PAY-1")
    sample.push("web", "topic", "PAY-2", by="Frontend developer")
    sample.push("second", "main", "PAY-3")
    sample.wait_for_deliveries()

    assert sorted(c for body in receiver.bodies for c in comments(body)) == pushes
