"""All secrets of an installation: where they are, and what sealing them anew leaves."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import fields, replace

from shared.configuration import Connection, Webhook
from shared.connections.presenting import secret_purpose
from shared.connections.sealed_grants import sealed_grant
from shared.errors import ChangedError, ConflictError, SecretUnreadableError, UnknownThingError
from shared.hooks.subscriptions import password_purpose
from shared.interfaces.identity import Granted
from shared.model import IntegrationId, WebhookId
from shared.resealing import (
    PLACES,
    SETTLES_WITHIN,
    SHORT_LIVED,
    Unreadable,
    remove_key,
    reseal,
    usage,
)
from shared.services import _KINDS, ONE_GROUP, Services
from shared.storage.secrets import KeyRing, new_key
from tests.key_vault import restarted
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from collections.abc import Callable

ONE, OTHER = IntegrationId("i1"), IntegrationId("i2")


@pytest.fixture
def installation() -> Installation:
    """Return an installation with six secrets, of two integrations."""
    made = Installation()
    services = made.services
    keep_connection(services, ONE, "token one")
    keep_connection(services, OTHER, "token two")
    services.connections.put(ONE_GROUP, "i3", Connection("none"))
    granted = Granted("refresh", "access", services.clock(), "tenant", "account")
    services.grants.put(ONE_GROUP, OTHER, sealed_grant(services, OTHER, granted))
    keep_webhook(services, "new", "old")
    return made


def keep_connection(services: Services, integration: IntegrationId, secret: str) -> None:
    sealed = services.vault.seal(secret, purpose=secret_purpose(integration))
    services.connections.put(ONE_GROUP, integration, Connection("pat", sealed))


def keep_webhook(services: Services, *passwords: str) -> None:
    seal, purpose = services.vault.seal, password_purpose(ONE)
    sealed = tuple(seal(password, purpose=purpose) for password in passwords)
    services.webhooks.put(ONE_GROUP, WebhookId("w1"), Webhook(ONE, "devlinks", sealed))


def secrets(services: Services) -> dict[str, list[str]]:
    """Return every secret, opened, by place and record."""
    found: dict[str, list[str]] = {}
    for place in PLACES:
        for record in getattr(services, place.records).list(ONE_GROUP):
            held = getattr(record.value, place.field)
            texts = [held] if isinstance(held, str) else list(held)
            opened = [
                services.vault.open(text, purpose=place.purpose(record)) for text in texts if text
            ]
            found[f"{place.name} {record.key}"] = opened
    return found


def test_every_sealed_field_of_what_is_kept_has_its_place() -> None:
    kept = {
        f"{name}.{field.name}"
        for name, kind in _KINDS.items()
        if hasattr(kind, "__struct_fields__")
        for field in fields(kind)
        if field.name.startswith("sealed")
    }

    assert kept == {place.name for place in PLACES} | SHORT_LIVED


def test_every_place_seals_for_a_purpose_of_its_own(installation: Installation) -> None:
    purposes = [
        place.purpose(record)
        for place in PLACES
        for record in getattr(installation.services, place.records).list(ONE_GROUP)
    ]

    assert len(set(purposes)) == len(purposes)
    assert all(purpose.count("|") == 2 for purpose in purposes)


def test_secrets_are_counted_by_the_key_that_sealed_them(installation: Installation) -> None:
    services = installation.services
    assert usage(services) == {"k1": 6}

    services.vault.rotate(now=services.clock())
    keep_connection(services, ONE, "token of today")

    assert usage(services) == {"k1": 5, "k2": 1}


def test_everything_is_sealed_anew_and_says_the_same(installation: Installation) -> None:
    services = installation.services
    before = secrets(services)
    services.vault.rotate(now=services.clock())

    done = reseal(services)

    assert (done.resealed, done.unreadable) == (6, ())
    assert usage(services) == {"k2": 6}
    assert secrets(services) == before
    assert before["webhooks.sealed_passwords w1"] == ["new", "old"]


def test_what_the_current_key_sealed_is_left_alone(installation: Installation) -> None:
    services = installation.services
    before = [r.version for r in services.connections.list(ONE_GROUP)]

    assert reseal(services).resealed == 0

    assert [r.version for r in services.connections.list(ONE_GROUP)] == before


def test_what_does_not_open_is_named_and_left(installation: Installation) -> None:
    services = installation.services
    lost = KeyRing([new_key("lost")]).seal("x", purpose=secret_purpose(ONE))
    services.connections.put(ONE_GROUP, ONE, Connection("pat", lost))
    services.connections.put(ONE_GROUP, "i4", Connection("pat", "never sealed"))
    services.vault.rotate(now=services.clock())

    done = reseal(services)

    assert done.resealed == 5
    assert [(one.place, one.key) for one in done.unreadable] == [
        ("connections.sealed_secret", "i1"),
        ("connections.sealed_secret", "i4"),
    ]
    assert "'lost'" in done.unreadable[0].text
    assert "never sealed" not in done.unreadable[1].text
    record = services.connections.get(ONE_GROUP, ONE)
    assert record is not None
    assert record.value.sealed_secret == lost


def test_one_password_that_is_lost_does_not_keep_the_others(installation: Installation) -> None:
    services = installation.services
    record = services.webhooks.get(ONE_GROUP, "w1")
    assert record is not None
    newest, old = record.value.sealed_passwords
    lost = old.replace(".k1.", ".k9.")
    services.webhooks.replace(record, replace(record.value, sealed_passwords=(newest, lost)))
    services.vault.rotate(now=services.clock())

    done = reseal(services)

    after = services.webhooks.get(ONE_GROUP, "w1")
    assert after is not None
    assert [services.vault.key_of(s) for s in after.value.sealed_passwords] == ["k2", "k9"]
    text = "The secret was sealed with key 'k9', not at hand."
    assert done.unreadable == (Unreadable("webhooks.sealed_passwords", "w1", text),)


class Interfering(KeyRing):
    """Does something while a secret is being sealed anew."""

    def __init__(self) -> None:
        super().__init__([new_key("k2"), K1])
        self.meanwhile: list[Callable[[], None]] = []

    def open(self, sealed: str, *, purpose: str) -> str:
        while self.meanwhile:
            self.meanwhile.pop()()
        return super().open(sealed, purpose=purpose)


K1 = new_key("k1")


@pytest.fixture
def interfering() -> Interfering:
    return Interfering()


def test_secret_that_is_replaced_meanwhile_stays_the_new_one(interfering: Interfering) -> None:
    services = restarted(Installation().services, KeyRing([K1]))
    keep_connection(services, ONE, "old")
    rotated = restarted(services, interfering)
    interfering.meanwhile.append(lambda: keep_connection(services, ONE, "new"))

    done = reseal(rotated)

    assert done.resealed == 1
    assert secrets(rotated) == {"connections.sealed_secret i1": ["new"]}
    assert usage(rotated) == {"k2": 1}


def test_secret_that_goes_meanwhile_stays_away(interfering: Interfering) -> None:
    services = restarted(Installation().services, KeyRing([K1]))
    keep_connection(services, ONE, "old")
    rotated = restarted(services, interfering)
    interfering.meanwhile.append(lambda: services.connections.delete(ONE_GROUP, ONE))

    assert reseal(rotated).resealed == 0

    assert services.connections.list(ONE_GROUP) == []


def test_sealing_anew_goes_on_where_it_was_interrupted(installation: Installation) -> None:
    services = installation.services
    services.vault.rotate(now=services.clock())
    keep_connection(services, ONE, "done before")

    assert reseal(services).resealed == 5
    assert reseal(services).resealed == 0


def test_key_is_removed_once_nothing_uses_it(installation: Installation) -> None:
    services = installation.services
    services.vault.rotate(now=services.clock())
    reseal(services)
    installation.clock.advance(SETTLES_WITHIN)

    remove_key(services, "k1")

    assert [s.id for s in services.vault.statuses()] == ["k2"]
    assert len(secrets(services)) == 6


def test_key_that_is_in_use_is_not_removed(installation: Installation) -> None:
    services = installation.services
    services.vault.rotate(now=services.clock())
    installation.clock.advance(SETTLES_WITHIN)

    with pytest.raises(ConflictError, match="6 secrets are sealed with k1") as raised:
        remove_key(services, "k1")

    assert "keys reseal" in raised.value.next_step
    assert len(services.vault.statuses()) == 2


def test_current_key_is_not_removed_even_when_nothing_uses_it() -> None:
    services = Installation().services

    with pytest.raises(ConflictError, match="New secrets are sealed with k1"):
        remove_key(services, "k1")


def test_key_that_somebody_may_be_sealing_with_is_not_removed(installation: Installation) -> None:
    services = installation.services
    services.vault.rotate(now=services.clock())
    reseal(services)
    installation.clock.advance(SETTLES_WITHIN - timedelta(minutes=1))

    with pytest.raises(ConflictError, match="less than an hour ago"):
        remove_key(services, "k1")


@pytest.mark.parametrize("key_id", ["k9", "", "x' or '1"])
def test_key_that_there_is_none_of_is_not_removed(installation: Installation, key_id: str) -> None:
    with pytest.raises(UnknownThingError):
        remove_key(installation.services, key_id)


def test_oldest_of_three_keys_goes_though_the_newest_was_made_now(
    installation: Installation,
) -> None:
    services = installation.services
    services.vault.rotate(now=services.clock())
    reseal(services)
    installation.clock.advance(SETTLES_WITHIN)
    services.vault.rotate(now=services.clock())

    remove_key(services, "k1")

    assert [s.id for s in services.vault.statuses()] == ["k3", "k2"]


def test_secret_that_changes_all_the_time_is_not_overwritten() -> None:
    services = restarted(Installation().services, KeyRing([K1]))
    keep_connection(services, ONE, "old")

    class Restless(Interfering):
        def open(self, sealed: str, *, purpose: str) -> str:
            self.meanwhile.append(lambda: keep_connection(services, ONE, "newer"))
            return super().open(sealed, purpose=purpose)

    rotated = restarted(services, Restless())

    with pytest.raises(ChangedError, match="changes all the time"):
        reseal(rotated)


def test_removed_key_is_told_by_what_it_sealed(installation: Installation) -> None:
    services = restarted(installation.services, KeyRing([new_key("k2")]))

    with pytest.raises(SecretUnreadableError, match="'k1', not at hand"):
        secrets(services)
