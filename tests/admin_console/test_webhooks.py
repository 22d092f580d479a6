"""An integration's webhook as admins see it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization import Clock, SampleOrganization
from shared.hooks.reconciling import SETTLED_AFTER
from shared.hooks.subscriptions import WANTED
from shared.interfaces.git_host_family import Credential
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLIC_URL = "https://links.example.com"


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path, clock=Clock(NOW, running=False)) as started:
        started.add_project("Shop")
        started.create_repository("Shop", "shop")
        started.push("shop", "main", "PAY-1 Start")
        yield started


@pytest.fixture
def installation(sample: SampleOrganization) -> Installation:
    return Installation(clock=sample.clock, services_url=sample.base_url, public_url=PUBLIC_URL)


def shown(installation: Installation, integration: str) -> Any:
    answered = installation.call("GET", f"integrations/{integration}/webhook")
    assert answered.status == 200, answered.body
    return answered.json


def test_webhook_tells_its_address_and_the_hooks_that_deliver_to_it(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample)
    installation.work()

    webhook = shown(installation, integration)

    webhook_id = installation.integration(integration).webhook_id
    assert webhook["url"] == f"{PUBLIC_URL}/api/webhooks/{webhook_id}"
    assert webhook["user_name"] == "devlinks"
    assert webhook["manual_setup"] is None
    project = sample.organization.project("Shop").id
    made = {one.id: one for one in sample.organization.subscriptions.all()}
    assert [row["event_type"] for row in webhook["subscriptions"]] == sorted(WANTED)
    for row in webhook["subscriptions"]:
        assert row == {
            "id": row["id"],
            "event_type": made[row["id"]].event_type,
            "project_id": project,
            "status": "enabled",
        }


def test_state_of_a_hook_is_that_of_the_last_look(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample)
    installation.work()
    for one in sample.organization.subscriptions.all():
        sample.set_subscription_status(one.id, "disabledByUser")

    asked = installation.call("POST", f"integrations/{integration}/webhook/reconcile")
    installation.work()

    assert (asked.status, asked.body) == (202, b"")
    rows = shown(installation, integration)["subscriptions"]
    assert {row["status"] for row in rows} == {"disabledByUser"}


def test_reconciling_puts_hooks_right(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample)
    installation.work()
    for one in sample.organization.subscriptions.all():
        sample.delete_subscription(one.id)

    installation.call("POST", f"integrations/{integration}/webhook/reconcile")
    installation.work()

    assert len(sample.organization.subscriptions.all()) == len(WANTED)


def test_without_permission_the_exact_values_to_type_are_told(
    installation: Installation, sample: SampleOrganization
) -> None:
    sample.behaviour.hooks_forbidden = True
    integration = installation.connect(sample)
    installation.work()

    webhook = shown(installation, integration)

    assert webhook["subscriptions"] == []
    manual = webhook["manual_setup"]
    assert [hook["event_type"] for hook in manual["hooks"]] == list(WANTED)
    project = sample.organization.project("Shop").id
    first = manual["hooks"][0]
    assert first["project_id"] == project
    assert first["page"] == f"{sample.url}/{project}/_settings/serviceHooks"
    values = {field["label"]: field["value"] for field in first["fields"]}
    assert values["Service"] == "Web Hooks"
    assert values["Trigger on this type of event"] == "Code pushed"
    assert values["URL"] == webhook["url"]
    assert values["Basic authentication username"] == "devlinks"
    assert values["Resource details to send"] == "All"
    assert "webhook/rotate" in values["Basic authentication password"]
    triggers = [hook["fields"][1]["value"] for hook in manual["hooks"]]
    assert len(set(triggers)) == len(WANTED)
    assert not any("." in trigger for trigger in triggers)


def test_what_is_told_to_be_typed_makes_the_hooks_that_are_wanted(
    installation: Installation, sample: SampleOrganization
) -> None:
    sample.behaviour.hooks_forbidden = True
    integration = installation.connect(sample)
    installation.work()
    made = installation.call("POST", f"integrations/{integration}/webhook/rotate").json
    sample.behaviour.hooks_forbidden = False
    for hook in shown(installation, integration)["manual_setup"]["hooks"]:
        family = installation.services.git_hosts["azure_devops"]
        credential = Credential("pat", sample.token)
        host = family.open("contoso", url="", credential=credential)
        host.subscribe(
            hook["event_type"],
            hook["project_id"],
            url=made["url"],
            user_name=made["user_name"],
            password=made["password"],
        )
    sample.behaviour.hooks_forbidden = True
    sample.clock.advance(SETTLED_AFTER)

    installation.call("POST", f"integrations/{integration}/webhook/reconcile")
    installation.work()

    webhook = shown(installation, integration)
    assert webhook["manual_setup"] is None
    assert len(webhook["subscriptions"]) == len(WANTED)
    status = installation.call("GET", f"integrations/{integration}/status").json
    assert status["alarms"] == []


def test_password_is_shown_once_by_the_call_that_makes_it(
    installation: Installation, sample: SampleOrganization
) -> None:
    integration = installation.connect(sample)
    installation.work()
    before = installation.hook_credentials(integration)

    rotated = installation.call("POST", f"integrations/{integration}/webhook/rotate")

    assert rotated.status == 200
    made = rotated.json
    assert set(made) == {"url", "user_name", "password", "overlaps_until"}
    assert made["url"] == shown(installation, integration)["url"]
    assert datetime.fromisoformat(made["overlaps_until"]) == NOW + timedelta(days=1, seconds=1)
    [noted] = installation.call("GET", "audit").json["entries"][:1]
    assert (noted["action"], noted["integration_id"]) == ("webhook_rotated", integration)
    assert before != installation.hook_credentials(integration)
    for path in ("webhook", "status", ""):
        answered = installation.call("GET", f"integrations/{integration}/{path}".rstrip("/"))
        assert made["password"].encode() not in answered.body


def test_without_an_address_nothing_can_be_set_up(sample: SampleOrganization) -> None:
    installation = Installation(clock=sample.clock, services_url=sample.base_url)
    integration = installation.connect(sample)
    installation.work()

    webhook = shown(installation, integration)

    assert (webhook["url"], webhook["subscriptions"], webhook["manual_setup"]) == (None, [], None)


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "webhook"), ("POST", "webhook/rotate"), ("POST", "webhook/reconcile")],
)
def test_webhook_of_no_integration_is_not_found_and_needs_an_admin(
    installation: Installation, method: str, path: str
) -> None:
    target = f"integrations/none/{path}"
    reader = installation.token("links:read")

    assert installation.call(method, target).problem == (404, "not_found")
    assert installation.call(method, target, token=reader).problem == (403, "scope_missing")
