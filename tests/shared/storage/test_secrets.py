"""Secrets at rest."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import ConflictError, SecretUnreadableError, SettingsError
from shared.storage.secrets import KeyRing, make_key_ring, new_key, read_key_ring

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = new_key("k1"), new_key("k2")
PURPOSE = "i1|token|1"
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_a_secret_opens_for_what_it_was_sealed_for(secret: str) -> None:
    ring = KeyRing([FIRST])

    sealed = ring.seal(secret, purpose=PURPOSE)

    assert ring.open(sealed, purpose=PURPOSE) == secret
    assert len(secret) < 4 or secret not in sealed


def test_a_sealed_secret_copied_to_another_row_does_not_open() -> None:
    ring = KeyRing([FIRST])
    sealed = ring.seal("secret", purpose=PURPOSE)

    with pytest.raises(SecretUnreadableError):
        ring.open(sealed, purpose="i2|token|1")


def test_a_secret_whose_key_is_not_at_hand_does_not_open() -> None:
    sealed = KeyRing([SECOND]).seal("secret", purpose=PURPOSE)

    with pytest.raises(SecretUnreadableError, match="k2"):
        KeyRing([FIRST]).open(sealed, purpose=PURPOSE)


def test_older_keys_of_the_ring_still_open() -> None:
    sealed = KeyRing([FIRST]).seal("secret", purpose=PURPOSE)
    both = KeyRing([SECOND, FIRST])

    assert both.open(sealed, purpose=PURPOSE) == "secret"
    assert both.seal("secret", purpose=PURPOSE).startswith("v1.k2.")


def test_the_same_secret_is_sealed_differently_each_time() -> None:
    ring = KeyRing([FIRST])

    assert ring.seal("secret", purpose=PURPOSE) != ring.seal("secret", purpose=PURPOSE)


@pytest.mark.parametrize("sealed", ["", "secret", "v1.k1.", "v1.k1.AAAA", "v2.k1.AAAA", "v1.k1.ä"])
def test_what_was_not_sealed_does_not_open(sealed: str) -> None:
    with pytest.raises(SecretUnreadableError):
        KeyRing([FIRST]).open(sealed, purpose=PURPOSE)


def test_a_damaged_secret_does_not_open() -> None:
    ring = KeyRing([FIRST])
    sealed = ring.seal("secret", purpose=PURPOSE)
    middle = len(sealed) - 12
    damaged = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]

    with pytest.raises(SecretUnreadableError):
        ring.open(damaged, purpose=PURPOSE)


def test_a_key_ring_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "ring.json"

    make_key_ring(path)
    sealed = read_key_ring(path).seal("secret", purpose=PURPOSE)
    make_key_ring(path)

    assert read_key_ring(path).open(sealed, purpose=PURPOSE) == "secret"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [None, b"", b"{}", b"[]", b'[{"id":"k1","key":"AAAA"}]'])
def test_a_key_ring_that_cannot_be_used_is_a_setting_that_is_wrong(
    tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "ring.json"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError, match="LOCAL_KEY_RING"):
        read_key_ring(path)


@pytest.fixture
def ring(tmp_path: Path) -> Path:
    """Return the path of a ring with one key."""
    path = tmp_path / "ring.json"
    make_key_ring(path)
    return path


def test_running_process_notices_a_key_that_another_one_made(ring: Path) -> None:
    running = read_key_ring(ring)
    older = running.seal("older", purpose=PURPOSE)

    made = read_key_ring(ring).rotate(now=NOW)

    newer = running.seal("newer", purpose=PURPOSE)
    assert (running.key_of(older), running.key_of(newer)) == ("k1", made) == ("k1", "k2")
    assert running.open(older, purpose=PURPOSE) == "older"


def test_process_opens_what_another_one_sealed_with_a_key_made_since(ring: Path) -> None:
    running = read_key_ring(ring)
    other = read_key_ring(ring)
    other.rotate(now=NOW)

    assert running.open(other.seal("secret", purpose=PURPOSE), purpose=PURPOSE) == "secret"


def test_ring_is_rewritten_for_its_owner_alone_and_leaves_nothing_behind(ring: Path) -> None:
    read_key_ring(ring).rotate(now=NOW)

    assert stat.S_IMODE(ring.stat().st_mode) == 0o600
    assert list(ring.parent.iterdir()) == [ring]
    assert [(s.id, s.made_at) for s in read_key_ring(ring).statuses()] == [
        ("k2", NOW),
        ("k1", None),
    ]


def test_two_who_change_a_ring_at_once_lose_no_key(ring: Path) -> None:
    ring.with_name("ring.json.new").touch()

    with pytest.raises(ConflictError) as raised:
        read_key_ring(ring).rotate(now=NOW)

    assert "ring.json.new" in raised.value.next_step
    assert [s.id for s in read_key_ring(ring).statuses()] == ["k1"]


def test_ring_that_was_damaged_meanwhile_is_not_overwritten(ring: Path) -> None:
    vault = read_key_ring(ring)
    ring.write_bytes(b"damaged")

    with pytest.raises(SettingsError):
        vault.rotate(now=NOW)

    assert ring.read_bytes() == b"damaged"
    assert list(ring.parent.iterdir()) == [ring]


def test_removed_key_opens_nothing_any_more(ring: Path) -> None:
    sealed = read_key_ring(ring).seal("secret", purpose=PURPOSE)
    vault = read_key_ring(ring)
    vault.rotate(now=NOW)

    vault.remove("k1")

    with pytest.raises(SecretUnreadableError, match="k1"):
        vault.open(sealed, purpose=PURPOSE)
    assert [s.id for s in read_key_ring(ring).statuses()] == ["k2"]


def test_ring_of_ones_own_ids_goes_on_with_numbers() -> None:
    vault = KeyRing([new_key("mine"), new_key("k7"), new_key("k01")])

    assert vault.rotate(now=NOW) == "k8"
    assert [s.id for s in vault.statuses()] == ["k8", "mine", "k7", "k01"]


def test_keys_at_hand_are_wrapped_by_nothing(ring: Path) -> None:
    assert read_key_ring(ring).rewrap() == KeyRing([FIRST]).rewrap() == 0
    assert {s.wrapped_by for s in read_key_ring(ring).statuses()} == {""}


def test_memory_forgets_a_key_that_is_removed() -> None:
    vault = KeyRing([SECOND, FIRST])
    sealed = KeyRing([FIRST]).seal("secret", purpose=PURPOSE)
    assert vault.open(sealed, purpose=PURPOSE) == "secret"

    vault.remove("k1")

    with pytest.raises(SecretUnreadableError):
        vault.open(sealed, purpose=PURPOSE)


def test_key_is_not_shown_where_a_value_is_printed() -> None:
    assert FIRST.key.hex() not in repr(FIRST)
    assert repr(FIRST) == "RingKey('k1', …)"
