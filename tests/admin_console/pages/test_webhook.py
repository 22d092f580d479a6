"""An integration's webhook in the console: its hooks, a new password, and what to do by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from devhost.sample_organization import Clock, SampleOrganization
from shared.hooks.receiving import receive
from tests.shared.web.in_memory import NOW, Installation, basic
from tests.shared.web.visiting import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PUBLIC_URL = "https://links.example.com"


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path, clock=Clock(NOW, running=False)) as started:
        for project in ("Shop", "<b>Pay</b>"):
            started.add_project(project)
            name = "shop" if project == "Shop" else "pay"
            started.create_repository(project, name)
            started.push(name, "main", "PAY-1 Start")
        yield started


@pytest.fixture
def installation(sample: SampleOrganization) -> Installation:
    return Installation(clock=sample.clock, services_url=sample.base_url, public_url=PUBLIC_URL)


@pytest.fixture
def visitor(installation: Installation) -> Visitor:
    return Visitor(installation.services)


def path_of(integration_id: str) -> str:
    return f"/integrations/{integration_id}/webhook"


def test_service_hooks_are_told_by_project(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    made = installation.connect(sample)
    installation.work()

    seen = visitor.get(path_of(made))

    webhook = installation.integration(made).webhook_id
    assert f"{PUBLIC_URL}/api/webhooks/{webhook}" in seen.text
    assert "Shop: all 9 are enabled" in seen.text
    assert "<b>Pay</b>" not in seen.html
    assert "Set up by hand" not in seen.text


def test_what_is_wrong_comes_first_and_is_told_in_words(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    made = installation.connect(sample)
    installation.work()
    for one in sample.organization.subscriptions.all():
        if one.publisher_inputs["projectId"] == sample.organization.project("Shop").id:
            sample.set_subscription_status(one.id, "disabledByUser")

    asked = visitor.post(f"{path_of(made)}/reconcile")
    installation.work()
    seen = visitor.get(path_of(made))

    assert asked.location.endswith("/webhook?done=reconcile")
    assert "Shop: not all is well" in seen.text
    assert seen.text.index("Shop: not all is well") < seen.text.index(": all 9 are enabled")
    assert "switched off by hand" in seen.text


def test_hooks_that_are_refused_have_a_card_each_to_be_made_by_hand(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    sample.organization.behaviour.hooks_forbidden = True
    made = installation.connect(sample)
    installation.work()

    seen = visitor.get(path_of(made))

    assert "refused by the git host" in seen.text
    assert "project administrator" in seen.text
    assert seen.html.count("<h3") == 9
    assert "Trigger on this type of event Code pushed" in seen.text
    assert "the new password, the same for all of these" in seen.text
    assert seen.html.count("/_settings/serviceHooks") == 18


def test_a_new_password_is_shown_once_and_the_old_one_counts_for_a_day(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    made = installation.connect(sample)
    installation.work()
    old = installation.hook_credentials(made)

    first = visitor.get(f"{path_of(made)}/rotate")
    rotated = visitor.post(f"{path_of(made)}/rotate")
    again = visitor.get(path_of(made))

    new = installation.hook_credentials(made)
    password = _password(rotated.html)
    webhook = installation.integration(made).webhook_id
    assert "No delivery is lost." in first.text
    assert "shown only here" in rotated.text
    assert "The one before it is accepted as well until 2026-11-22 09:00 UTC" in again.text
    assert "and until every service hook of ours has the new one" in again.text
    assert new == basic("devlinks", password)
    assert password not in again.html
    for credentials in (old, new):
        assert receive(
            installation.services, webhook, authorization=credentials, body=b'{"id": "1"}'
        ) in {"accepted", "repeated"}
    entries = installation.call("GET", "audit").json["entries"]
    assert "webhook_rotated" in {entry["action"] for entry in entries}
    assert password not in str(entries)


def test_a_third_password_within_a_day_is_refused(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    made = installation.connect(sample)
    for _ in range(2):
        visitor.post(f"{path_of(made)}/rotate")

    seen = visitor.post(f"{path_of(made)}/rotate")

    assert seen.status == 409
    assert "Try again in a day." in seen.text


def test_switched_off_says_what_that_means(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    made = installation.connect(sample, webhooks=False)
    installation.work()

    assert "changes are found by the timer alone" in visitor.get(path_of(made)).text


def test_an_installation_without_an_address_says_what_to_do(sample: SampleOrganization) -> None:
    installation = Installation(clock=sample.clock, services_url=sample.base_url)
    made = installation.connect(sample)
    installation.work()

    seen = Visitor(installation.services).get(path_of(made))

    assert "The address of this installation is not known" in seen.text
    assert "/api/console/help/webhooks#address" in seen.html


def test_hooks_only_are_set_up_by_hand(
    installation: Installation, sample: SampleOrganization, visitor: Visitor
) -> None:
    made = installation.connect(sample, hooks_only=True, connection={"kind": "none"})
    installation.work()

    seen = visitor.get(path_of(made))

    assert "never calls its git host" in seen.text
    assert "each project" in seen.text
    assert "put them right" not in seen.text


def _password(html: str) -> str:
    after = html.split("<dt>Password</dt>")[1]
    return after.split("<code data-copied>")[1].split("</code>")[0]
