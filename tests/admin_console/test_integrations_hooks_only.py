"""Integrations that live on service hooks alone, over HTTP: nothing is ever called for them."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from shared.services import ONE_GROUP
from tests.shared.web.in_memory import Answered, Installation, integration_body

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization

SERVER = "https://tfs.example.com/tfs"
PUBLIC = "https://links.example.com"
ALONE: dict[str, Any] = {
    "git_host": "azure_devops_server",
    "url": f"{SERVER}/DefaultCollection",
    "hooks_only": True,
    "connection": {"kind": "none"},
}


@pytest.fixture
def installation() -> Installation:
    return Installation(public_url=PUBLIC)


def add(installation: Installation, **more: object) -> Answered:
    return installation.call("POST", "integrations", {**ALONE, **more})


@pytest.mark.parametrize(
    "more", [{}, {"url": SERVER, "collection": "DefaultCollection"}, {"name": "DefaultCollection"}]
)
def test_a_server_is_connected_without_being_called(
    installation: Installation, more: dict[str, object]
) -> None:
    made = add(installation, **more)
    installation.work()

    assert made.status == 201, made.body
    path = f"integrations/{made.json['id']}"
    shown = installation.call("GET", path).json
    status = installation.call("GET", f"{path}/status").json
    assert (shown["url"], shown["name"]) == (f"{SERVER}/DefaultCollection", "DefaultCollection")
    assert shown["organizations"] == ["DefaultCollection"]
    assert shown["connection"] == {"kind": "none", "email": "", "expires_at": None}
    assert (status["state"], status["alarms"]) == ("hooks_only", [])
    assert shown["state"] == "hooks_only"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"hooks_only": False}, "connection.kind"),
        ({"hooks_only": False, "connection": {"kind": "pat"}}, "connection.token"),
        ({"connection": {"kind": "none", "token": "x"}}, "connection.token"),
        ({"webhooks": False}, "webhooks"),
        ({"url": SERVER}, "url"),
        ({"url": "http://tfs.example.com/tfs/DefaultCollection"}, "url"),
    ],
)
def test_what_cannot_be_connected_is_refused_by_field(
    installation: Installation, more: dict[str, object], field: str
) -> None:
    refused = add(installation, **more)

    assert list(refused.fields) == [field]
    assert installation.call("GET", "integrations").json["integrations"] == []


def test_services_need_a_token_unless_they_are_never_called(sample: SampleOrganization) -> None:
    installation = Installation(services_url=sample.base_url, public_url=PUBLIC)
    none = {"kind": "none"}

    refused = installation.call("POST", "integrations", integration_body(sample, connection=none))
    made = installation.call(
        "POST", "integrations", integration_body(sample, connection=none, hooks_only=True)
    )
    beside = installation.call("POST", "integrations", integration_body(sample, hooks_only=True))
    installation.work()

    assert list(refused.fields) == ["connection.kind"]
    assert (made.status, beside.status) == (201, 201)
    assert len(sample.calls) == 0


def test_the_service_hooks_to_set_up_by_hand_are_told_with_their_values(
    installation: Installation,
) -> None:
    made = add(installation).json
    installation.work()

    shown = installation.call("GET", f"integrations/{made['id']}/webhook").json

    hooks = shown["manual_setup"]["hooks"]
    page = f"{SERVER}/DefaultCollection/{{project}}/_settings/serviceHooks"
    assert shown["url"] == f"{PUBLIC}/api/webhooks/{made['webhook_id']}"
    assert {hook["page"] for hook in hooks} == {page}
    assert {hook["event_type"] for hook in hooks} >= {"git.push", "git.repo.deleted"}
    for hook in hooks:
        values = {field["label"]: field["value"] for field in hook["fields"]}
        assert values["URL"] == shown["url"]
        assert values["Resource details to send"] == "All"


def test_its_password_can_be_replaced_again_and_again(installation: Installation) -> None:
    made = add(installation).json

    for _ in range(3):
        rotated = installation.call("POST", f"integrations/{made['id']}/webhook/rotate")
        assert rotated.status == 200, rotated.body
        installation.work()
        installation.clock.advance(timedelta(days=1, seconds=1))


@pytest.mark.parametrize("what", ["reindex", "deliveries/refill", "webhook/reconcile"])
def test_what_would_have_to_be_read_is_refused_with_what_to_do_instead(
    installation: Installation, what: str
) -> None:
    made = add(installation).json
    installation.work()

    refused = installation.call("POST", f"integrations/{made['id']}/{what}")

    assert refused.problem == (409, "hooks_only")
    assert refused.json["next_step"]
    assert installation.waiting() == []


def test_without_an_address_of_our_own_an_alarm_says_what_is_missing() -> None:
    installation = Installation()
    made = add(installation).json
    installation.work()

    status = installation.call("GET", f"integrations/{made['id']}/status").json

    assert [alarm["code"] for alarm in status["alarms"]] == ["no_public_url"]
    assert "timer" not in status["alarms"][0]["text"]


@pytest.mark.parametrize(
    ("patch", "field"),
    [
        ({"hooks_only": False}, "connection.kind"),
        ({"webhooks": False}, "webhooks"),
        ({"connection": {"token": "x"}}, "connection.token"),
    ],
)
def test_a_change_that_would_leave_nothing_to_live_on_is_refused(
    installation: Installation, patch: dict[str, object], field: str
) -> None:
    made = add(installation).json

    refused = installation.call("PATCH", f"integrations/{made['id']}", patch)

    assert list(refused.fields) == [field]


def test_other_changes_call_nothing_and_count(installation: Installation) -> None:
    made = add(installation).json
    path = f"integrations/{made['id']}"

    changed = installation.call("PATCH", path, {"name": "At home", "index": {"branches": False}})
    installation.work()

    assert changed.status == 200, changed.body
    assert installation.call("GET", path).json["name"] == "At home"
    assert installation.call("GET", f"{path}/status").json["alarms"] == []


def test_services_can_come_to_live_on_hooks_alone_and_be_called_again(
    sample: SampleOrganization,
) -> None:
    sample.create_repository("Shop", "shop")
    sample.push("shop", "main", "PAY-50 First")
    installation = Installation(services_url=sample.base_url)
    path = f"integrations/{installation.connect(sample)}"
    installation.work()
    sample.calls.reset()

    alone = installation.call(
        "PATCH", path, {"hooks_only": True, "connection": {"kind": "none", "token": ""}}
    )
    installation.work()
    sample.push("shop", "main", "PAY-50 Unheard")
    called = len(sample.calls)
    refused = installation.call("PATCH", path, {"hooks_only": False, "connection": {"kind": "pat"}})
    back = installation.call(
        "PATCH",
        path,
        {"hooks_only": False, "connection": {"kind": "pat", "token": sample.token}},
    )
    installation.work()

    assert (alone.status, called) == (200, 0), alone.body
    assert alone.json["connection"]["kind"] == "none"
    assert list(refused.fields) == ["connection.token"]
    assert back.status == 200, back.body
    assert len(installation.call("GET", "links/PAY-50").json["links"]) == 2


def test_it_is_taken_away_without_a_call(installation: Installation) -> None:
    made = add(installation).json
    installation.work()

    removed = installation.call("DELETE", f"integrations/{made['id']}")
    installation.work()

    assert removed.status == 202
    assert installation.services.integrations.get(ONE_GROUP, made["id"]) is None
