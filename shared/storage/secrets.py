"""Data keys as they are, in a file or in memory: for one machine.

New secrets are sealed with the first key of the ring; the others still open.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from shared.errors import ChangedError, ConflictError, SettingsError
from shared.interfaces.storage import KeyStatus
from shared.storage.sealing import KEY_BYTES
from shared.storage.vaults import SealingVault, new_data_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


class RingKey(Struct, frozen=True, omit_defaults=True):
    """One data key; its id stands in what it sealed."""

    id: str
    key: bytes
    """32 bytes."""
    made_at: datetime | None = None

    def __repr__(self) -> str:
        return f"RingKey({self.id!r}, …)"


class KeyRing(SealingVault):
    """A vault over keys that this process alone has."""

    def __init__(self, keys: Sequence[RingKey]) -> None:
        super().__init__(_MemoryKeys(keys))


def new_key(key_id: str) -> RingKey:
    """Return a fresh random data key."""
    return RingKey(id=key_id, key=new_data_key())


def read_key_ring(path: Path) -> SealingVault:
    """Return a vault over a file of keys; SettingsError when it is none that can be used."""
    keys = _FileKeys(path)
    keys.statuses()
    return SealingVault(keys)


def make_key_ring(path: Path) -> None:
    """Write a new key ring that only the owner can read; one that is there stays as it is."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode([new_key("k1")]))


class _MemoryKeys:
    """A KeyStore in memory."""

    def __init__(self, keys: Sequence[RingKey]) -> None:
        self._keys = list(keys)

    def statuses(self) -> list[KeyStatus]:
        """See KeyStore.statuses."""
        return _told(self._keys)

    def read(self, key_id: str) -> bytes | None:
        """See KeyStore.read."""
        return _found(self._keys, key_id)

    def add(self, key_id: str, key: bytes, *, now: datetime) -> None:
        """See KeyStore.add."""
        self._keys = _with(self._keys, RingKey(key_id, key, now))

    def rewrap(self) -> int:
        """See KeyStore.rewrap."""
        return 0

    def remove(self, key_id: str) -> None:
        """See KeyStore.remove."""
        self._keys = [key for key in self._keys if key.id != key_id]


class _FileKeys:
    """A KeyStore in a file, which is read anew each time: it is small, and sealing is rare."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def statuses(self) -> list[KeyStatus]:
        """See KeyStore.statuses."""
        return _told(_read(self._path))

    def read(self, key_id: str) -> bytes | None:
        """See KeyStore.read."""
        return _found(_read(self._path), key_id)

    def add(self, key_id: str, key: bytes, *, now: datetime) -> None:
        """See KeyStore.add."""
        with _rewritten(self._path) as keys:
            keys[:] = _with(keys, RingKey(key_id, key, now))

    def rewrap(self) -> int:
        """See KeyStore.rewrap."""
        return 0

    def remove(self, key_id: str) -> None:
        """See KeyStore.remove."""
        with _rewritten(self._path) as keys:
            keys[:] = [key for key in keys if key.id != key_id]


@contextmanager
def _rewritten(path: Path) -> Iterator[list[RingKey]]:
    """Give the keys of a ring to change; others see the old file or the new one, each whole.

    One process at a time: two who changed it at once would lose a key that seals already.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConflictError(
            "The key ring is being changed by somebody else.",
            next_step=f"Try again; if nobody is, delete {new}.",
        ) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            keys = _read(path)
            yield keys
            file.write(msgspec.json.encode(keys))
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    finally:
        new.unlink(missing_ok=True)


def _read(path: Path) -> list[RingKey]:
    try:
        keys = msgspec.json.decode(path.read_bytes(), type=list[RingKey])
    except FileNotFoundError as error:
        raise SettingsError([f"LOCAL_KEY_RING names {path}, which does not exist"]) from error
    except (OSError, msgspec.MsgspecError) as error:
        raise SettingsError([f"LOCAL_KEY_RING names {path}, which is no key ring"]) from error
    if not keys or any(len(key.key) != KEY_BYTES or not key.id for key in keys):
        raise SettingsError([f"LOCAL_KEY_RING names {path}, which holds no 32-byte key"])
    return keys


def _told(keys: Sequence[RingKey]) -> list[KeyStatus]:
    return [KeyStatus(key.id, key is keys[0], key.made_at) for key in keys]


def _found(keys: Sequence[RingKey], key_id: str) -> bytes | None:
    return next((key.key for key in keys if key.id == key_id), None)


def _with(keys: Sequence[RingKey], new: RingKey) -> list[RingKey]:
    if _found(keys, new.id) is not None:
        raise ChangedError("A key of that id was made by somebody else.")
    return [new, *keys]
