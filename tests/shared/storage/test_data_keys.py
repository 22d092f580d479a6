"""Data keys that a key vault wraps: what a process asks for, and what it never loses."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.errors import KeysUnavailableError, SecretUnreadableError
from shared.storage.data_keys import DataKey, Wrapped, WrappedKeys
from shared.storage.vaults import SealingVault
from tests.key_vault import FakeKeyVault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.interfaces.storage import Records, Storage

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
PURPOSE = "i1|connection|1"
ALL = "all"


class Installation:
    """Processes over one storage and one key vault; time passes when a test says so."""

    def __init__(self, fake: FakeKeyVault, records: Records[DataKey]) -> None:
        self.fake = fake
        self.records = records
        self.now = NOW

    def process(self) -> SealingVault:
        """Return the vault of a process that has just started."""
        return self.fake.vault(self.records, lambda: self.now)

    @property
    def unwrapped(self) -> int:
        """How often the key vault unwrapped a key."""
        return sum(call.endswith("/unwrapkey") for call in self.fake.calls)


@pytest.fixture
def installation(storage: Storage, unique: str) -> Iterator[Installation]:
    with FakeKeyVault() as fake:
        yield Installation(fake, storage.records(unique, DataKey))


def test_new_installation_is_given_a_key_that_every_process_has(installation: Installation) -> None:
    first, second = installation.process(), installation.process()

    sealed = first.seal("secret", purpose=PURPOSE)

    assert second.open(sealed, purpose=PURPOSE) == "secret"
    assert [(s.id, s.is_current) for s in second.statuses()] == [("k1", True)]


def test_processes_that_begin_at_once_end_with_one_set_of_keys(installation: Installation) -> None:
    together = threading.Barrier(4)
    sealed: list[str] = []

    def begin() -> None:
        vault = installation.process()
        together.wait(10)
        sealed.append(vault.seal("secret", purpose=PURPOSE))

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(sealed) == 4
    assert [installation.process().open(s, purpose=PURPOSE) for s in sealed] == ["secret"] * 4
    assert [s.id for s in installation.process().statuses()] == ["k1"]


def test_key_vault_is_asked_once_in_a_process_and_never_for_each_secret(
    installation: Installation,
) -> None:
    sealed = [installation.process().seal(f"secret {n}", purpose=PURPOSE) for n in range(3)]
    installation.fake.calls.clear()
    vault = installation.process()

    opened = [vault.open(one, purpose=PURPOSE) for one in sealed * 20]
    for _ in range(20):
        vault.seal("more", purpose=PURPOSE)

    assert len(opened) == 60
    assert installation.unwrapped == 1


def test_many_who_need_a_key_at_once_ask_for_it_once(installation: Installation) -> None:
    sealed = installation.process().seal("secret", purpose=PURPOSE)
    installation.fake.calls.clear()
    vault = installation.process()
    opened: list[str] = []
    threads = [
        threading.Thread(target=lambda: opened.append(vault.open(sealed, purpose=PURPOSE)))
        for _ in range(8)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert opened == ["secret"] * 8
    assert installation.unwrapped == 1


def test_what_is_kept_tells_no_key(installation: Installation) -> None:
    vault = installation.process()
    sealed = vault.seal("secret", purpose=PURPOSE)
    [record] = installation.records.list(ALL)
    opened = installation.fake.key().unwrap(record.value.wrapped)

    assert opened not in record.value.wrapped.content
    assert "secret" not in sealed


def test_process_that_has_its_keys_goes_on_while_the_vault_is_down(
    installation: Installation,
) -> None:
    vault = installation.process()
    sealed = vault.seal("secret", purpose=PURPOSE)

    installation.fake.is_down = True

    assert vault.open(sealed, purpose=PURPOSE) == "secret"
    assert vault.open(vault.seal("more", purpose=PURPOSE), purpose=PURPOSE) == "more"


def test_process_that_starts_while_the_vault_is_down_opens_once_it_is_back(
    installation: Installation,
) -> None:
    sealed = installation.process().seal("secret", purpose=PURPOSE)
    started = installation.process()
    installation.fake.is_down = True
    with pytest.raises(KeysUnavailableError):
        started.open(sealed, purpose=PURPOSE)

    installation.fake.is_down = False
    installation.now += timedelta(seconds=6)

    assert started.open(sealed, purpose=PURPOSE) == "secret"


def test_vault_that_failed_is_left_alone_for_seconds_however_many_ask(
    installation: Installation,
) -> None:
    sealed = installation.process().seal("secret", purpose=PURPOSE)
    installation.fake.refusal = (403, "Forbidden", "KeyDisabled")
    started = installation.process()
    told = set()
    for _ in range(10):
        with pytest.raises(KeysUnavailableError) as raised:
            started.open(sealed, purpose=PURPOSE)
        told.add((str(raised.value), raised.value.next_step))

    installation.fake.refusal = None

    with pytest.raises(KeysUnavailableError):
        started.open(sealed, purpose=PURPOSE)
    assert len(told) == 1


def test_first_key_is_not_made_without_the_key_vault(installation: Installation) -> None:
    installation.fake.is_down = True

    with pytest.raises(KeysUnavailableError):
        installation.process().seal("secret", purpose=PURPOSE)

    assert installation.records.list(ALL) == []


def test_other_processes_seal_with_the_new_key_at_once(installation: Installation) -> None:
    running = installation.process()
    older = running.seal("older", purpose=PURPOSE)

    made = installation.process().rotate(now=NOW)

    newer = running.seal("newer", purpose=PURPOSE)
    assert (running.key_of(older), running.key_of(newer)) == ("k1", made) == ("k1", "k2")
    assert running.open(older, purpose=PURPOSE) == "older"
    assert installation.process().open(newer, purpose=PURPOSE) == "newer"


def test_those_who_rotate_at_once_make_a_key_each(installation: Installation) -> None:
    together = threading.Barrier(3)
    made: list[str] = []

    def rotate() -> None:
        vault = installation.process()
        vault.statuses()
        together.wait(10)
        made.append(vault.rotate(now=NOW))

    threads = [threading.Thread(target=rotate) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert sorted(made) == ["k2", "k3", "k4"]


def test_tenth_key_comes_behind_the_ninth(installation: Installation) -> None:
    vault = installation.process()

    made = [vault.rotate(now=NOW) for _ in range(11)]

    assert made[-1] == "k12"
    assert [s.id for s in vault.statuses()][:4] == ["k12", "k11", "k10", "k9"]
    assert vault.key_of(vault.seal("secret", purpose=PURPOSE)) == "k12"


def test_rewrapping_moves_every_key_to_the_newest_version_and_can_be_repeated(
    installation: Installation,
) -> None:
    vault = installation.process()
    sealed = vault.seal("secret", purpose=PURPOSE)
    vault.rotate(now=NOW)
    older = next(iter(installation.fake.versions))
    newest = installation.fake.rotate()

    assert (vault.rewrap(), vault.rewrap()) == (2, 0)

    assert {s.wrapped_by for s in vault.statuses()} == {f"devlinks/{newest}"}
    installation.fake.disabled.add(older)
    assert installation.process().open(sealed, purpose=PURPOSE) == "secret"


def test_disabled_version_stops_only_the_keys_that_it_wrapped(installation: Installation) -> None:
    vault = installation.process()
    of_first = vault.seal("first", purpose=PURPOSE)
    older = next(iter(installation.fake.versions))
    installation.fake.rotate()
    vault.rotate(now=NOW)
    of_second = vault.seal("second", purpose=PURPOSE)
    installation.fake.disabled.add(older)
    started = installation.process()

    with pytest.raises(KeysUnavailableError, match="KeyDisabled"):
        started.open(of_first, purpose=PURPOSE)

    assert started.open(of_second, purpose=PURPOSE) == "second"
    assert started.open(started.seal("third", purpose=PURPOSE), purpose=PURPOSE) == "third"


@pytest.mark.parametrize("key_id", ["k2", "k0", "k1'", "x", "k", "..", "k1/", "é"])
def test_key_that_is_not_there_opens_nothing(installation: Installation, key_id: str) -> None:
    vault = installation.process()
    sealed = vault.seal("secret", purpose=PURPOSE).replace(".k1.", f".{key_id}.")

    with pytest.raises(SecretUnreadableError):
        vault.open(sealed, purpose=PURPOSE)


def test_key_that_was_removed_opens_nothing_any_more(installation: Installation) -> None:
    sealed = installation.process().seal("secret", purpose=PURPOSE)
    vault = installation.process()
    vault.rotate(now=NOW)

    vault.remove("k1")

    with pytest.raises(SecretUnreadableError, match="'k1', not at hand"):
        vault.open(sealed, purpose=PURPOSE)
    assert [s.id for s in vault.statuses()] == ["k2"]


def test_key_of_another_length_is_none(installation: Installation) -> None:
    class Plain:
        def wrap(self, key: bytes) -> Wrapped:
            return Wrapped(key, "plain")

        def unwrap(self, wrapped: Wrapped) -> bytes:
            return wrapped.content[:16]

    vault = SealingVault(WrappedKeys(installation.records, Plain(), lambda: NOW))

    with pytest.raises(SecretUnreadableError, match="Data key k1 is damaged"):
        vault.seal("secret", purpose=PURPOSE)
