"""Secrets at rest."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import SecretUnreadableError, SettingsError
from shared.storage.secrets import KeyRing, make_key_ring, new_key, read_key_ring

if TYPE_CHECKING:
    from pathlib import Path

FIRST, SECOND = new_key("k1"), new_key("k2")
PURPOSE = "i1|token|1"


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
