from __future__ import annotations

import weakref
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from shared.caching import CachedRecords, CachedSecrets
from shared.errors import SecretUnreadableError
from shared.storage.memory import MemoryRecords

if TYPE_CHECKING:
    from shared.interfaces.storage import Record

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
HALF_A_MINUTE = timedelta(seconds=30)


class CountedRecords(MemoryRecords[str]):
    """Counts how often it is read."""

    def __init__(self) -> None:
        super().__init__(str)
        self.reads = 0

    def get(self, group: str, key: str) -> Record[str] | None:
        self.reads += 1
        return super().get(group, key)


class Cached:
    """Cached records over counted ones, and a clock that is moved."""

    def __init__(self) -> None:
        self.now = NOW
        self.records = CountedRecords()
        self.cached = CachedRecords(self.records, lambda: self.now, HALF_A_MINUTE)

    def get(self, key: str = "a", group: str = "g") -> str | None:
        return self.cached.get(group, key)


@pytest.fixture
def cached() -> Cached:
    made = Cached()
    made.records.put("g", "a", "one")
    return made


def test_record_is_read_once_in_its_lifetime(cached: Cached) -> None:
    assert [cached.get() for _ in range(3)] == ["one"] * 3
    assert cached.records.reads == 1


def test_change_is_seen_when_the_lifetime_is_over_and_not_before(cached: Cached) -> None:
    cached.get()
    cached.records.put("g", "a", "two")

    cached.now += HALF_A_MINUTE - timedelta(microseconds=1)
    assert cached.get() == "one"

    cached.now += timedelta(microseconds=1)
    assert cached.get() == "two"


def test_who_wants_it_newer_has_it_read_again(cached: Cached) -> None:
    cached.get()
    cached.records.put("g", "a", "two")
    cached.now += timedelta(seconds=1)

    assert cached.get() == "one"
    assert cached.cached.get("g", "a", at_most=timedelta(seconds=2)) == "one"
    assert cached.cached.get("g", "a", at_most=timedelta(seconds=1)) == "two"
    assert cached.get() == "two"


def test_record_that_is_not_there_is_looked_for_each_time(cached: Cached) -> None:
    assert cached.get("b") is None

    cached.records.put("g", "b", "new")

    assert cached.get("b") == "new"


def test_record_that_was_deleted_is_known_no_longer_than_its_lifetime(cached: Cached) -> None:
    cached.get()
    cached.records.delete("g", "a")

    assert cached.get() == "one"
    cached.now += HALF_A_MINUTE
    assert cached.get() is None


def test_forgotten_record_is_read_anew(cached: Cached) -> None:
    cached.get()
    cached.records.put("g", "a", "two")

    cached.cached.forget("g", "a")
    cached.cached.forget("g", "never known")

    assert cached.get() == "two"


def test_records_of_two_groups_are_kept_apart(cached: Cached) -> None:
    cached.records.put("other", "a", "elsewhere")

    assert (cached.get(group="g"), cached.get(group="other")) == ("one", "elsewhere")


def test_ten_thousand_records_are_remembered_and_no_more(cached: Cached) -> None:
    for number in range(10_000):
        cached.records.put("g", f"k{number}", "x")
        cached.get(f"k{number}")
    cached.get("k0")
    assert cached.records.reads == 10_000

    cached.get("a")
    cached.get("k0")

    assert cached.records.reads == 10_002


class Value(msgspec.Struct, weakref=True):
    """Something of which it can be told whether anybody holds it."""


@pytest.mark.parametrize(("passed", "is_held"), [(HALF_A_MINUTE, False), (timedelta(), True)])
def test_value_is_let_go_of_when_its_time_is_over_and_others_come(
    passed: timedelta, *, is_held: bool
) -> None:
    moments = iter([NOW] + [NOW + passed] * 200)
    records = MemoryRecords(Value)
    cached = CachedRecords(records, lambda: next(moments), HALF_A_MINUTE)
    for number in range(201):
        records.put("g", str(number), Value())
    held = weakref.ref(cached.get("g", "0") or Value())

    for number in range(1, 201):
        cached.get("g", str(number))

    assert (held() is not None) == is_held


class CountedVault:
    """Opens what it sealed, and counts how often."""

    def __init__(self) -> None:
        self.opened: list[str] = []

    def seal(self, secret: str, *, purpose: str) -> str:
        return f"{purpose}:{secret}"

    def open(self, sealed: str, *, purpose: str) -> str:
        self.opened.append(sealed)
        if not sealed.startswith(f"{purpose}:"):
            raise SecretUnreadableError("It was sealed for something else.")
        return sealed.removeprefix(f"{purpose}:")


class OpenedSecrets:
    """Cached secrets over a vault that counts, and a clock that is moved."""

    def __init__(self) -> None:
        self.now = NOW
        self.vault = CountedVault()
        self.cached = CachedSecrets(self.vault, lambda: self.now, HALF_A_MINUTE)


def test_secret_is_opened_once_in_its_lifetime() -> None:
    secrets = OpenedSecrets()

    first = [secrets.cached.open("p:x", purpose="p") for _ in range(3)]
    secrets.now += HALF_A_MINUTE
    later = secrets.cached.open("p:x", purpose="p")

    assert (first, later) == (["x", "x", "x"], "x")
    assert len(secrets.vault.opened) == 2


def test_secret_that_is_known_opens_for_no_other_purpose() -> None:
    secrets = OpenedSecrets()
    secrets.cached.open("p:x", purpose="p")

    with pytest.raises(SecretUnreadableError):
        secrets.cached.open("p:x", purpose="q")
