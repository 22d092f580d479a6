"""What an operator sees of an integration's webhook in a shell."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

import pytest

from admin_console.commands.webhook_commands import reconcile_webhook, rotate_webhook, show_webhook
from devhost.sample_organization import Clock, SampleOrganization
from shared.hooks.subscriptions import WANTED
from tests.shared.web.in_memory import NOW, Installation, basic

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    with SampleOrganization(tmp_path, clock=Clock(NOW, running=False)) as started:
        started.add_project("Shop")
        started.create_repository("Shop", "shop")
        started.push("shop", "main", "PAY-1 Start")
        yield started


@pytest.fixture
def installation(sample: SampleOrganization) -> Installation:
    return Installation(
        clock=sample.clock,
        services_url=sample.base_url,
        public_url="https://links.example.com",
    )


def test_hooks_are_shown_with_their_states(
    installation: Installation, sample: SampleOrganization, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = Namespace(integration=installation.connect(sample))
    installation.work()

    show_webhook(installation.services, arguments)

    first, *hooks = capsys.readouterr().out.splitlines()
    assert first.startswith("https://links.example.com/api/webhooks/")
    assert first.endswith("  devlinks")
    assert [line.split()[1:3] for line in hooks] == [["enabled", t] for t in sorted(WANTED)]


def test_what_is_to_be_done_by_hand_is_shown_with_the_values(
    installation: Installation, sample: SampleOrganization, capsys: pytest.CaptureFixture[str]
) -> None:
    sample.behaviour.hooks_forbidden = True
    arguments = Namespace(integration=installation.connect(sample))
    installation.work()

    show_webhook(installation.services, arguments)

    said = capsys.readouterr().out
    assert said.count("/_settings/serviceHooks") == len(WANTED)
    assert "  Trigger on this type of event: Code pushed\n" in said
    assert "  Basic authentication username: devlinks\n" in said


def test_new_password_is_printed_alone_and_noted(
    installation: Installation, sample: SampleOrganization, capsys: pytest.CaptureFixture[str]
) -> None:
    integration = installation.connect(sample)

    rotate_webhook(installation.services, Namespace(integration=integration))

    password = capsys.readouterr().out.removesuffix("\n")
    assert basic("devlinks", password) == installation.hook_credentials(integration)
    noted = {
        e["action"]: e["by"]["kind"] for e in installation.call("GET", "audit").json["entries"]
    }
    assert noted["webhook_rotated"] == "operator"


def test_hooks_are_put_right_when_asked(
    installation: Installation, sample: SampleOrganization
) -> None:
    arguments = Namespace(integration=installation.connect(sample))
    installation.work()
    for one in sample.organization.subscriptions.all():
        sample.delete_subscription(one.id)

    reconcile_webhook(installation.services, arguments)
    installation.work()

    assert len(sample.organization.subscriptions.all()) == len(WANTED)
