"""A vault over data keys, wherever these are kept.

A key stays in the memory of a process once it was used there, for as long as that lives: secrets
open without asking anybody. Who has the memory of the process has its secrets anyway.
"""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, Final, Protocol

from shared.errors import ChangedError, SecretUnreadableError
from shared.storage.sealing import KEY_BYTES, key_of, open_sealed, seal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from shared.interfaces.storage import KeyStatus

_NUMBERED: Final = re.compile(r"k([1-9][0-9]{0,8})")


class KeyStore(Protocol):
    """Keeps data keys."""

    def statuses(self) -> list[KeyStatus]:
        """Return every key, the current one first; there is always one."""

    def read(self, key_id: str) -> bytes | None:
        """Return the 32 bytes of a key, or None where there is none of that id."""

    def add(self, key_id: str, key: bytes, *, now: datetime) -> None:
        """Keep a key as the current one; ChangedError when that id was given away before."""

    def rewrap(self) -> int:
        """Wrap every key by the newest version of what wraps them; return how many were not."""

    def remove(self, key_id: str) -> None:
        """Forget a key; that there is none is fine."""


class SealingVault:
    """A KeyedVault over a store of keys."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self._opened: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def seal(self, secret: str, *, purpose: str) -> str:
        """See Vault.seal."""
        # The store is asked each time, so that a key that was replaced seals nothing any more:
        # it may be removed an hour later.
        key_id = self._store.statuses()[0].id
        return seal(secret, key_id=key_id, key=self._key(key_id), purpose=purpose)

    def open(self, sealed: str, *, purpose: str) -> str:
        """See Vault.open."""
        return open_sealed(sealed, key=self._key(key_of(sealed)), purpose=purpose)

    def statuses(self) -> list[KeyStatus]:
        """See KeyedVault.statuses."""
        return self._store.statuses()

    def key_of(self, sealed: str) -> str:
        """See KeyedVault.key_of."""
        return key_of(sealed)

    def rotate(self, *, now: datetime) -> str:
        """See KeyedVault.rotate."""
        while True:
            key_id = id_behind(status.id for status in self._store.statuses())
            try:
                self._store.add(key_id, new_data_key(), now=now)
            except ChangedError:
                continue  # somebody else rotated at the same time: this makes one more
            return key_id

    def rewrap(self) -> int:
        """See KeyedVault.rewrap."""
        return self._store.rewrap()

    def remove(self, key_id: str) -> None:
        """See KeyedVault.remove."""
        self._store.remove(key_id)
        self._opened.pop(key_id, None)

    def _key(self, key_id: str) -> bytes:
        known = self._opened.get(key_id)
        if known is not None:
            return known
        with self._lock:  # many who need it at once ask for it once
            if key_id not in self._opened:
                found = self._store.read(key_id) if key_id else None
                if found is None:
                    raise SecretUnreadableError(
                        f"The secret was sealed with key {key_id!r}, not at hand."
                    )
                self._opened[key_id] = found
            return self._opened[key_id]


def new_data_key() -> bytes:
    """Return a fresh random data key."""
    return os.urandom(KEY_BYTES)


def id_behind(ids: Iterable[str]) -> str:
    """Return the id of the key that follows those: `k4` behind `k3`, whatever else there is."""
    return f"k{1 + max((number_of(key_id) for key_id in ids), default=0)}"


def number_of(key_id: str) -> int:
    """Return which key of its installation it is; 0 for an id that is not ours."""
    match = _NUMBERED.fullmatch(key_id)
    return int(match[1]) if match else 0
