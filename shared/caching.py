"""Remembers records and opened secrets for a short while, for those who ask again and again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from shared.interfaces import Clock
    from shared.interfaces.storage import Records, Vault

T = TypeVar("T")

_MOST_REMEMBERED = 10_000
"""Then everything is forgotten: simpler than an order of eviction, and as good at this size."""


class CachedRecords(Generic[T]):
    """Reads a record at most once in *lifetime*; one that is not there is looked for each time."""

    def __init__(self, records: Records[T], clock: Clock, lifetime: timedelta) -> None:
        self._records = records
        self._clock = clock
        self._lifetime = lifetime
        self._known: dict[tuple[str, str], tuple[datetime, T]] = {}
        self._lock = threading.Lock()

    def get(self, group: str, key: str, *, at_most: timedelta | None = None) -> T | None:
        """Return the value as it was at most *lifetime* ago, or None where there was none.

        *at_most* is a shorter time, for who is not content with that.
        """
        now = self._clock()
        known = self._known.get((group, key))
        if known is not None and known[0] > now + self._lifetime - (at_most or self._lifetime):
            return known[1]
        record = self._records.get(group, key)
        if record is None:
            return None
        with self._lock:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            self._known[group, key] = (now + self._lifetime, record.value)
        return record.value

    def forget(self, group: str, key: str) -> None:
        """Read the record anew next time."""
        with self._lock:
            self._known.pop((group, key), None)


class CachedSecrets:
    """Opens a sealed secret at most once in *lifetime*."""

    def __init__(self, vault: Vault, clock: Clock, lifetime: timedelta) -> None:
        self._vault = vault
        self._clock = clock
        self._lifetime = lifetime
        self._known: dict[tuple[str, str], tuple[datetime, str]] = {}

    def open(self, sealed: str, *, purpose: str) -> str:
        """Return the secret, as Vault.open does."""
        now = self._clock()
        known = self._known.get((sealed, purpose))
        if known is not None and known[0] > now:
            return known[1]
        opened = self._vault.open(sealed, purpose=purpose)
        if len(self._known) >= _MOST_REMEMBERED:
            self._known.clear()
        self._known[sealed, purpose] = (now + self._lifetime, opened)
        return opened
