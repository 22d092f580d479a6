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
_FEW = 100
"""So many may lie about though their time is over."""


class _Remembered(Generic[T]):
    """Values by two names, each until a moment; they are let go of soon after it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], tuple[datetime, T]] = {}
        self._lock = threading.Lock()
        self._enough = _FEW

    def get(self, name: tuple[str, str], *, after: datetime) -> T | None:
        """Return a value whose moment comes *after* a time, or None."""
        known = self._known.get(name)
        return known[1] if known is not None and known[0] > after else None

    def put(self, name: tuple[str, str], value: T, *, until: datetime, now: datetime) -> None:
        with self._lock:
            if len(self._known) >= self._enough:
                self._let_go(now)
            self._known[name] = (until, value)

    def forget(self, name: tuple[str, str]) -> None:
        with self._lock:
            self._known.pop(name, None)

    def _let_go(self, now: datetime) -> None:
        # Looked through when there are twice as many as the last time, so that it costs next to
        # nothing for each of them.
        left = {name: known for name, known in self._known.items() if known[0] > now}
        self._known = left if len(left) < _MOST_REMEMBERED else {}
        self._enough = min(max(2 * len(self._known), _FEW), _MOST_REMEMBERED)


class CachedRecords(Generic[T]):
    """Reads a record at most once in *lifetime*; one that is not there is looked for each time."""

    def __init__(self, records: Records[T], clock: Clock, lifetime: timedelta) -> None:
        self._records = records
        self._clock = clock
        self._lifetime = lifetime
        self._known = _Remembered[T]()

    def get(self, group: str, key: str, *, at_most: timedelta | None = None) -> T | None:
        """Return the value as it was at most *lifetime* ago, or None where there was none.

        *at_most* is a shorter time, for who is not content with that.
        """
        now = self._clock()
        after = now + self._lifetime - (at_most or self._lifetime)
        known = self._known.get((group, key), after=after)
        if known is not None:
            return known
        record = self._records.get(group, key)
        if record is None:
            return None
        self._known.put((group, key), record.value, until=now + self._lifetime, now=now)
        return record.value

    def forget(self, group: str, key: str) -> None:
        """Read the record anew next time."""
        self._known.forget((group, key))


class CachedSecrets:
    """Opens a sealed secret at most once in *lifetime*, and keeps it for not much longer."""

    def __init__(self, vault: Vault, clock: Clock, lifetime: timedelta) -> None:
        self._vault = vault
        self._clock = clock
        self._lifetime = lifetime
        self._known = _Remembered[str]()

    def open(self, sealed: str, *, purpose: str) -> str:
        """Return the secret, as Vault.open does."""
        now = self._clock()
        known = self._known.get((sealed, purpose), after=now)
        if known is not None:
            return known
        opened = self._vault.open(sealed, purpose=purpose)
        self._known.put((sealed, purpose), opened, until=now + self._lifetime, now=now)
        return opened
