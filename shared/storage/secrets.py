"""Seals secrets at rest: AES-256-GCM with a ring of keys, bound to what they are for.

A sealed text copied to another row does not open there, because its purpose is part of what is
authenticated. New secrets are sealed with the first key of the ring; the others still open.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from shared.errors import SecretUnreadableError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
_KEY_BYTES = 32
_FORMAT = "v1"


class RingKey(Struct, frozen=True):
    """One data key; its id stands in what it sealed."""

    id: str
    key: bytes
    """32 bytes."""


class KeyRing:
    """A Vault over data keys held in memory."""

    def __init__(self, keys: Sequence[RingKey]) -> None:
        self._keys = {key.id: key.key for key in keys}
        self._current = keys[0].id

    def seal(self, secret: str, *, purpose: str) -> str:
        """See Vault.seal."""
        nonce = os.urandom(_NONCE_BYTES)
        cipher = _cipher(self._keys[self._current])
        sealed = cipher.encrypt(nonce, secret.encode(), _bound(purpose, self._current))
        return f"{_FORMAT}.{self._current}.{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, *, purpose: str) -> str:
        """See Vault.open."""
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 — slow to import

        form, _, rest = sealed.partition(".")
        key_id, _, text = rest.partition(".")
        key = self._keys.get(key_id)
        if form != _FORMAT or key is None:
            raise SecretUnreadableError(f"The secret was sealed with key {key_id!r}, not at hand.")
        try:
            data = base64.b64decode(text, validate=True)
            nonce, content = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
            opened = _cipher(key).decrypt(nonce, content, _bound(purpose, key_id))
        except (InvalidTag, binascii.Error, ValueError) as error:
            raise SecretUnreadableError(
                "A stored secret does not open: it was moved or damaged."
            ) from error
        return opened.decode()


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 — slow to import

    return AESGCM(key)


def _bound(purpose: str, key_id: str) -> bytes:
    return f"{_FORMAT}|{key_id}|{purpose}".encode()


def new_key(key_id: str) -> RingKey:
    """Return a fresh random data key."""
    return RingKey(id=key_id, key=os.urandom(_KEY_BYTES))


def read_key_ring(path: Path) -> KeyRing:
    """Return the ring kept in a file; SettingsError when there is none that can be used."""
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=list[RingKey])
    except FileNotFoundError as error:
        raise SettingsError([f"LOCAL_KEY_RING names {path}, which does not exist"]) from error
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsError([f"LOCAL_KEY_RING names {path}, which is no key ring"]) from error
    if not keys or any(len(key.key) != _KEY_BYTES or not key.id for key in keys):
        raise SettingsError([f"LOCAL_KEY_RING names {path}, which holds no 32-byte key"])
    return KeyRing(keys)


def make_key_ring(path: Path) -> None:
    """Write a new key ring that only the owner can read; one that is there stays as it is."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode([new_key("k1")]))
