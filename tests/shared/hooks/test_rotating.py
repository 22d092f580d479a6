"""A new password takes the place of an old one, and no delivery is refused meanwhile."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from shared.errors import ConflictError, NotSignedInError
from shared.hooks import reconciling
from shared.hooks.receiving import receive
from shared.hooks.rotating import OVERLAP, rotate
from shared.hooks.subscriptions import STANDS_BY_FOR, WANTED, password_purpose
from shared.integrations import connections
from shared.services import ONE_GROUP
from tests.dying import kill_after
from tests.listening import Listener
from tests.shared.web.in_memory import basic
from tests.world import Killed, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration, Webhook

PUSHES = 40


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as listening:
        yield listening


@pytest.fixture
def world(sample: SampleOrganization, listener: Listener) -> World:
    """Return a world whose hooks are delivered to it."""
    world = World(sample, public_url=listener.url)
    listener.listen_for(world.services)
    return world


def webhook(world: World, integration: Integration) -> Webhook:
    record = world.services.webhooks.get(ONE_GROUP, integration.webhook_id)
    assert record is not None
    return record.value


def passwords_sent(sample: SampleOrganization) -> set[str]:
    return {
        one.consumer_inputs["basicAuthPassword"] for one in sample.organization.subscriptions.all()
    }


def password(world: World, integration: Integration) -> str:
    purpose = password_purpose(integration.id)
    return world.services.vault.open(
        webhook(world, integration).sealed_passwords[0], purpose=purpose
    )


def is_accepted(world: World, integration: Integration, password: str) -> bool:
    try:
        receive(
            world.services,
            integration.webhook_id,
            authorization=basic("devlinks", password),
            body=b"{}",
        )
    except NotSignedInError:
        return False
    return True


def go_on(world: World, integration: Integration, passed: timedelta) -> None:
    """Let time pass, and have done what waits for it."""
    world.clock.pass_by(seconds=passed.total_seconds())
    reconciling.ask(world.services, integration)
    world.work()


def move(world: World, integration: Integration) -> None:
    """Let a rotation come to its end, but for the time of its overlap."""
    go_on(world, integration, reconciling.SETTLED_AFTER)
    go_on(world, integration, STANDS_BY_FOR)


def test_no_delivery_is_lost_or_refused_while_the_password_is_replaced(
    world: World, sample: SampleOrganization, integration: Integration, listener: Listener
) -> None:
    old = password(world, integration)
    pushed: list[str] = []
    quarter = [threading.Event() for _ in range(4)]

    def push() -> None:
        for number in range(PUSHES):
            pushed.append(sample.push("shop", "main", f"PAY-{100 + number} Busy"))
            if (number + 1) % (PUSHES // 4) == 0:
                quarter[number // (PUSHES // 4)].set()

    pushing = threading.Thread(target=push)
    pushing.start()
    quarter[0].wait(60)
    new = rotate(world.services, integration)
    world.work()
    assert passwords_sent(sample) == {old}
    quarter[1].wait(60)
    go_on(world, integration, reconciling.SETTLED_AFTER)
    assert passwords_sent(sample) == {old, new.text}
    quarter[2].wait(60)
    go_on(world, integration, STANDS_BY_FOR)
    assert passwords_sent(sample) == {new.text}
    pushing.join(60)
    sample.wait_for_deliveries(seconds=60)
    world.work()

    assert set(listener.statuses) <= {200, 202}
    assert {one.status for one in sample.organization.subscriptions.all()} == {"enabled"}
    assert len(sample.organization.subscriptions.all()) == len(WANTED)
    ledger = world.storage.deliveries.page(integration.webhook_id, now=world.clock(), limit=500)
    assert [d.state for d in ledger if d.event_type == "git.push"] == ["done"] * PUSHES
    linked = [world.links(f"PAY-{100 + number}") for number in range(PUSHES)]
    assert linked == [[("commit", commit)] for commit in pushed]


def test_the_new_password_is_accepted_where_the_old_one_was_used_a_second_ago(
    world: World, integration: Integration, listener: Listener
) -> None:
    def answered(text: str) -> int:
        path = f"/api/webhooks/{integration.webhook_id}"
        return listener.answer(path, {"authorization": basic("devlinks", text)}, b"{}")

    old = password(world, integration)
    assert answered(old) == 202
    new = rotate(world.services, integration).text
    world.clock.pass_by(seconds=1)

    assert [answered(text) for text in (new, old, "neither")] == [200, 200, 401]


def test_the_old_password_is_refused_once_its_day_is_over(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    old = password(world, integration)
    new = rotate(world.services, integration)
    move(world, integration)

    assert new.overlaps_until - world.clock() < OVERLAP
    assert is_accepted(world, integration, old)
    go_on(world, integration, OVERLAP)
    assert not is_accepted(world, integration, old)
    assert is_accepted(world, integration, new.text)
    assert len(webhook(world, integration).sealed_passwords) == 1
    assert passwords_sent(sample) == {new.text}


def test_the_old_password_is_accepted_as_long_as_a_hook_of_ours_sends_it(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    old = password(world, integration)
    sample.behaviour.hooks_forbidden = True
    rotate(world.services, integration)
    move(world, integration)

    go_on(world, integration, OVERLAP * 2)
    assert passwords_sent(sample) == {old}
    assert is_accepted(world, integration, old)
    sample.behaviour.hooks_forbidden = False
    move(world, integration)
    go_on(world, integration, timedelta(minutes=1))
    assert not is_accepted(world, integration, old)


def test_no_hook_sends_the_new_password_before_every_receiver_knows_it(
    world: World, sample: SampleOrganization, integration: Integration, listener: Listener
) -> None:
    old = password(world, integration)
    sample.push("shop", "main", "PAY-7 Heard")
    sample.wait_for_deliveries()
    rotate(world.services, integration)

    for one in sample.organization.subscriptions.all():
        sample.set_subscription_status(one.id, "disabledBySystem")
    go_on(world, integration, reconciling.SETTLED_AFTER - timedelta(seconds=5))

    assert passwords_sent(sample) == {old}
    go_on(world, integration, timedelta(seconds=5))
    sample.push("shop", "main", "PAY-8 Heard")
    sample.wait_for_deliveries()
    assert set(listener.statuses) <= {200, 202}


def test_rotation_that_was_forgotten_by_the_queue_is_finished_by_the_next_discovery(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    new = rotate(world.services, integration)
    world.storage.queues.waiting["reindex"].clear()

    for minutes in (61, 61):
        world.clock.pass_by(minutes=minutes)
        connections.change(
            world.services, integration.id, connections.Changes("Sample", sample.url, ())
        )
        world.work()

    assert passwords_sent(sample) == {new.text}
    assert webhook(world, integration).is_moved


@pytest.mark.parametrize("step", range(0, 40, 3))
def test_rotation_that_is_cut_short_anywhere_is_finished_by_the_next_look(
    world: World,
    sample: SampleOrganization,
    integration: Integration,
    step: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    new = rotate(world.services, integration)
    with monkeypatch.context() as patched:
        kill_after(world, patched, steps=step)
        with suppress(Killed):
            move(world, integration)

    world.clock.pass_by(minutes=2)
    move(world, integration)
    move(world, integration)

    assert passwords_sent(sample) == {new.text}
    assert len(sample.organization.subscriptions.all()) == len(WANTED)
    assert webhook(world, integration).is_moved
    sample.push("shop", "main", "PAY-60 Heard")
    sample.wait_for_deliveries()
    world.work()
    assert [kind for kind, _ in world.links("PAY-60")] == ["commit"]


def test_password_can_be_replaced_a_second_time_and_no_third_time_at_once(
    world: World, sample: SampleOrganization, integration: Integration
) -> None:
    first = password(world, integration)
    second = rotate(world.services, integration).text
    third = rotate(world.services, integration).text

    assert all(is_accepted(world, integration, p) for p in (first, second, third))
    with pytest.raises(ConflictError):
        rotate(world.services, integration)
    move(world, integration)
    assert passwords_sent(sample) == {third}


def test_password_is_of_one_integration(world: World, integration: Integration) -> None:
    other = world.connect(name="Second")
    world.work()
    before = webhook(world, other)

    new = rotate(world.services, integration)
    move(world, integration)

    assert webhook(world, other) == before
    assert not is_accepted(world, other, new.text)


def test_hooks_that_were_out_of_service_for_an_hour_are_healed_and_links_equal_the_truth(
    world: World, sample: SampleOrganization, integration: Integration, listener: Listener
) -> None:
    heard = listener.services
    listener.services = None
    sample.push("shop", "main", "PAY-30 Unheard")
    sample.wait_for_deliveries()
    statuses = {one.event_type: one.status for one in sample.organization.subscriptions.all()}
    assert statuses["git.push"] == "onProbation"
    for minutes in (10, 20, 30):
        sample.let_time_pass(timedelta(minutes=minutes))
        world.clock.pass_by(minutes=minutes)
        sample.push("shop", f"feature-{minutes}", f"PAY-3{minutes} Unheard")
    sample.open_pull_request("shop", "feature-10", "PAY-31 Unheard")
    sample.wait_for_deliveries()
    listener.services = heard

    world.clock.pass_by(minutes=10)
    connections.change(
        world.services, integration.id, connections.Changes("Sample", sample.url, ())
    )
    world.work()

    assert {one.status for one in sample.organization.subscriptions.all()} == {"enabled"}
    truth = World(sample)
    truth.connect()
    truth.work()
    for key in ("PAY-1", "PAY-30", "PAY-31", "PAY-310", "PAY-320", "PAY-330"):
        assert world.links(key) == truth.links(key) != []
    sample.push("shop", "main", "PAY-40 Heard again")
    sample.wait_for_deliveries()
    world.work()
    assert [kind for kind, _ in world.links("PAY-40")] == ["commit"]
