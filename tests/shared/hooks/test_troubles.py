"""What admins are told of service hooks that are not as they should be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from shared.configuration import HookState, Integration, Subscription
from shared.hooks.subscriptions import BROKEN
from shared.hooks.troubles import troubles_of
from shared.model import IntegrationId, ProjectId, TrackerId, WebhookId
from shared.services import ONE_GROUP
from tests.shared.web.in_memory import NOW, Installation

INTEGRATION = Integration(
    IntegrationId("i1"),
    "Contoso",
    "azure_devops",
    "https://dev.azure.com/contoso",
    ("contoso",),
    (TrackerId("default"),),
    WebhookId("w1"),
    NOW,
)
HOOK = Subscription("h1", "git.push", ProjectId("p1"))
EARLIER = NOW - timedelta(hours=2)


def troubles(state: HookState, integration: Integration = INTEGRATION) -> dict[str, str]:
    installation = Installation(public_url="https://links.example.com")
    installation.services.hook_states.put(ONE_GROUP, integration.id, state)
    return {t.code: t.text for t in troubles_of(installation.services, integration)}


def test_hooks_that_deliver_are_no_trouble() -> None:
    assert troubles(HookState((HOOK,))) == {}
    assert troubles(HookState()) == {}


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("disabledByUser", "hooks_disabled"),
        *((s, "hooks_broken") for s in (*sorted(BROKEN), "missing")),
    ],
)
def test_hook_that_does_not_deliver_is_named(status: str, code: str) -> None:
    found = troubles(HookState((replace(HOOK, status=status),)))

    assert list(found) == [code]
    assert "1 service hook is (git.push of project p1)" in found[code]


def test_trouble_began_when_the_first_of_the_hooks_was_last_seen_well() -> None:
    installation = Installation(public_url="https://links.example.com")
    hooks = tuple(
        replace(HOOK, id=f"h{n}", status="disabledByUser", well_at=EARLIER + timedelta(hours=n))
        for n in range(5)
    )
    installation.services.hook_states.put(ONE_GROUP, INTEGRATION.id, HookState(hooks))

    [found] = troubles_of(installation.services, INTEGRATION)

    assert found.since == EARLIER
    assert found.text.startswith("5 service hooks are (git.push of project p1, ")
    assert found.text.count("git.push") == 3


def test_refusal_is_told_with_what_to_do_and_says_it_all() -> None:
    state = HookState(
        (replace(HOOK, status="missing"),), refused_since=NOW, refusal="You may not edit them."
    )

    found = troubles(state)

    assert list(found) == ["hooks_refused"]
    assert "You may not edit them." in found["hooks_refused"]
    assert "by hand" in found["hooks_refused"]


def test_hooks_that_could_not_be_looked_at_are_told_of_with_the_reason() -> None:
    found = troubles(HookState((HOOK,), failure="It is down.", failed_since=NOW))

    assert "It is down." in found["hooks_not_looked_at"]


def test_hooks_that_are_left_when_they_are_switched_off_are_told_of() -> None:
    off = replace(INTEGRATION, webhooks=False)

    assert troubles(HookState((replace(HOOK, status="missing"),)), off) == {}
    assert list(troubles(HookState((HOOK,)), off)) == ["hooks_left"]
