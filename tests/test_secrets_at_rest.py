"""What becomes of an installation whose secrets cannot be opened: one row, one key, or the vault.

Inputs 63 to 65 of the list of hostile and broken inputs.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

import webhook_handler
from devhost.sample_organization import SampleOrganization
from shared import jobs
from shared.errors import KeysUnavailableError, SecretUnreadableError
from shared.hooks.rotating import rotate
from shared.integrations import connections
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from shared.storage.data_keys import DataKey
from shared.storage.memory import MemoryRecords
from shared.storage.secrets import KeyRing, new_key
from tests.key_vault import FakeKeyVault, restarted
from tests.shared.git_hosts.azure_devops.payloads import payload
from tests.shared.web.in_memory import basic
from tests.webhook_handler.conftest import INTEGRATION, PASSWORD, WEBHOOK, Receiver
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.configuration import Integration

PUSH = payload("git.push__branch_updated")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """Return a world whose organization has one repository."""
    with SampleOrganization(tmp_path / "sample") as sample:
        sample.add_project("Shop")
        sample.create_repository("Shop", "web")
        sample.push("web", "main", "PAY-1 Start")
        yield World(sample)


@pytest.fixture
def receiver() -> Receiver:
    return Receiver()


def connected(world: World, name: str) -> Integration:
    """Connect the organization with a token of its own."""
    return world.connect(token=world.sample.issue_token().value, name=name)


def sealed_secret(world: World, integration: Integration) -> str:
    record = world.services.connections.get(ONE_GROUP, integration.id)
    assert record is not None
    return record.value.sealed_secret


def alarms(world: World, integration: Integration) -> dict[str, str]:
    """Return them, but for the one that no service hook can reach a test."""
    found = world.status(integration).alarms
    return {alarm.code: alarm.text for alarm in found if alarm.code != "no_public_url"}


class Vaulted:
    """Processes of one installation whose keys a key vault wraps."""

    def __init__(self, fake: FakeKeyVault) -> None:
        self.fake = fake
        self._records = MemoryRecords(DataKey)

    def start(self, receiver: Receiver) -> None:
        """Have the receiver run in a process that has just started."""
        installation = receiver.installation
        vault = self.fake.vault(self._records, installation.clock.now)
        installation.services = restarted(installation.services, vault)

    def start_world(self, world: World) -> None:
        """Have the world go on in a process that has just started."""
        world.services = restarted(
            world.services, self.fake.vault(self._records, world.services.clock)
        )


@pytest.fixture
def vaulted() -> Iterator[Vaulted]:
    with FakeKeyVault() as fake:
        yield Vaulted(fake)


def test_secret_copied_to_another_integration_is_refused_there_and_never_sent(
    world: World,
) -> None:
    mine, other = connected(world, "Mine"), connected(world, "Other")
    record = world.services.connections.get(ONE_GROUP, other.id)
    assert record is not None
    copied = replace(record.value, sealed_secret=sealed_secret(world, mine))
    world.services.connections.replace(record, copied)
    world.clock.pass_by(minutes=2)

    world.persist()

    assert alarms(world, other)["secret_unreadable"].startswith("A stored secret does not open")
    assert world.status(other).state == "failed"
    assert world.status(mine).state == "idle"
    assert world.links("PAY-1")


def test_password_copied_to_another_webhook_opens_nothing(receiver: Receiver) -> None:
    services = receiver.installation.services
    record = services.webhooks.get(ONE_GROUP, WEBHOOK)
    assert record is not None
    services.webhooks.put(ONE_GROUP, WEBHOOK, replace(record.value, integration="i2"))

    with pytest.raises(SecretUnreadableError):
        receiver.receive(PUSH)

    assert receiver.kept == []


def test_missing_key_degrades_what_it_sealed_and_nothing_else(world: World) -> None:
    lost = connected(world, "Lost")
    kept_key = new_key("k2")
    world.services = restarted(world.services, KeyRing([kept_key]))
    sound = connected(world, "Sound")

    world.persist()

    assert "sealed with key 'k1', not at hand" in alarms(world, lost)["secret_unreadable"]
    assert "replace the connection" in alarms(world, lost)["secret_unreadable"]
    assert world.status(lost).state == "failed"
    assert (world.status(sound).state, alarms(world, sound)) == ("idle", {})
    assert world.links("PAY-1")


def test_replaced_connection_is_sealed_with_the_key_that_is_there(world: World) -> None:
    integration = connected(world, "Lost")
    world.services = restarted(world.services, KeyRing([new_key("k2")]))
    world.persist()

    given = connections.NewConnection(world.sample.token)
    connections.reconnect(world.services, integration.id, given)
    world.clock.pass_by(minutes=2)
    world.persist()

    assert world.services.vault.key_of(sealed_secret(world, integration)) == "k2"
    assert (world.status(integration).state, alarms(world, integration)) == ("idle", {})


def test_row_without_a_seal_is_not_taken_for_a_secret(world: World) -> None:
    integration = connected(world, "Plain")
    record = world.services.connections.get(ONE_GROUP, integration.id)
    assert record is not None
    plain = replace(record.value, sealed_secret=world.sample.token)
    world.services.connections.replace(record, plain)
    world.clock.pass_by(minutes=2)

    world.persist()

    assert "secret_unreadable" in alarms(world, integration)
    assert world.sample.token not in alarms(world, integration)["secret_unreadable"]
    assert not world.links("PAY-1")


def test_lost_password_is_no_wrong_one_and_a_new_one_is_accepted(receiver: Receiver) -> None:
    installation = receiver.installation
    ring = KeyRing([new_key("k2")])
    installation.services = restarted(installation.services, ring)
    with pytest.raises(SecretUnreadableError):
        receiver.receive(PUSH)

    integration = installation.integration(INTEGRATION)
    made = rotate(installation.services, replace(integration, webhook_id=WEBHOOK))

    assert receiver.receive(PUSH, headers={"Authorization": basic("devlinks", made.text)}) == 202


def test_webhook_that_comes_while_the_key_vault_is_down_is_taken_when_it_is_back(
    receiver: Receiver, vaulted: Vaulted, monkeypatch: pytest.MonkeyPatch
) -> None:
    vaulted.start(receiver)
    receiver.keep(PASSWORD)
    vaulted.start(receiver)
    monkeypatch.setattr(webhook_handler, "services", lambda: receiver.installation.services)
    vaulted.fake.is_down = True
    sent = receiver.request(PUSH)

    assert webhook_handler.receive_webhook(sent).status_code == 503
    assert receiver.kept == []

    vaulted.fake.is_down = False
    receiver.installation.clock.advance(timedelta(seconds=20))

    assert webhook_handler.receive_webhook(sent).status_code == 202
    assert len(receiver.kept) == len(receiver.jobs) == 1


def test_job_that_meets_a_key_vault_that_is_down_is_done_when_it_is_back(
    world: World, vaulted: Vaulted
) -> None:
    vaulted.start_world(world)
    integration = connected(world, "Sample")
    vaulted.start_world(world)
    vaulted.fake.is_down = True
    found = world.storage.queues.take()
    assert found is not None
    queue, job = found

    with pytest.raises(KeysUnavailableError):
        jobs.run(world.services, queue, job, attempt=1)
    assert "keys_unavailable" in alarms(world, integration)

    vaulted.fake.is_down = False
    world.storage.queues.put(queue, job)
    world.clock.pass_by(minutes=2)
    world.persist()
    assert (world.status(integration).state, alarms(world, integration)) == ("idle", {})
    assert world.links("PAY-1")


def test_outage_longer_than_the_queue_tries_is_made_up_for_by_the_timer(
    world: World, vaulted: Vaulted
) -> None:
    vaulted.start_world(world)
    integration = connected(world, "Sample")
    vaulted.start_world(world)
    vaulted.fake.is_down = True
    world.persist()
    assert world.status(integration).state == "failed"
    assert not world.links("PAY-1")

    vaulted.fake.is_down = False
    world.clock.pass_by(hours=2)
    tick(world.services, now=world.clock())
    world.persist()

    assert (world.status(integration).state, alarms(world, integration)) == ("idle", {})
    assert world.links("PAY-1")


def test_links_are_shown_while_the_key_vault_is_down(world: World, vaulted: Vaulted) -> None:
    vaulted.start_world(world)
    connected(world, "Sample")
    world.persist()

    vaulted.start_world(world)
    vaulted.fake.is_down = True

    assert world.links("PAY-1")
    tick(world.services, now=world.clock())
