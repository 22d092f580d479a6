"""Data keys that are kept beside what they seal, each wrapped by a key that never leaves its vault.

Who has the storage alone has no secret. A data key is unwrapped where it is first used, and once
in the life of a process.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from msgspec import Struct
from msgspec.structs import replace

from shared.errors import ChangedError, KeysUnavailableError, SecretUnreadableError
from shared.interfaces.storage import KeyStatus
from shared.storage.sealing import KEY_BYTES
from shared.storage.vaults import id_behind, new_data_key, number_of

if TYPE_CHECKING:
    from shared.interfaces import Clock
    from shared.interfaces.storage import Record, Records

_GROUP: Final = "all"
_RESTS_FOR: Final = timedelta(seconds=5)
"""A key that could not be unwrapped is not asked for at once again: many may want it."""


class Wrapped(Struct, frozen=True):
    """A data key as it is kept."""

    content: bytes
    by: str
    """Name and version of what wrapped it. No address: what is kept never says whom to call."""


class Wrapping(Protocol):
    """A key in a vault, which wraps others. KeysUnavailableError when the vault does not serve."""

    def wrap(self, key: bytes) -> Wrapped:
        """Return *key* wrapped by the newest version."""

    def unwrap(self, wrapped: Wrapped) -> bytes:
        """Return what was wrapped, by whichever version; SecretUnreadableError if it is damaged."""


class DataKey(Struct, frozen=True):
    """A data key of the installation; it is kept by its id."""

    wrapped: Wrapped
    made_at: datetime


class WrappedKeys:
    """A KeyStore over records. The newest key is the one with the highest number."""

    def __init__(self, records: Records[DataKey], wrapping: Wrapping, clock: Clock) -> None:
        self._records = records
        self._wrapping = wrapping
        self._clock = clock
        self._failures: dict[str, tuple[datetime, KeysUnavailableError]] = {}

    def statuses(self) -> list[KeyStatus]:
        """See KeyStore.statuses; a new installation is given its first key."""
        found = self._list()
        if not found:
            self._begin()
            found = self._list()
        return [KeyStatus(r.key, r is found[0], r.value.made_at, r.value.wrapped.by) for r in found]

    def read(self, key_id: str) -> bytes | None:
        """See KeyStore.read."""
        record = self._records.get(_GROUP, key_id) if number_of(key_id) else None
        if record is None:
            return None
        failed_at, failure = self._failures.get(key_id, (None, None))
        if failure is not None and failed_at is not None and self._clock() < failed_at + _RESTS_FOR:
            raise KeysUnavailableError(str(failure), next_step=failure.next_step)
        try:
            return self._unwrapped(record)
        except KeysUnavailableError as error:
            self._failures[key_id] = (self._clock(), error)
            raise

    def add(self, key_id: str, key: bytes, *, now: datetime) -> None:
        """See KeyStore.add."""
        self._records.insert(_GROUP, key_id, DataKey(self._wrapping.wrap(key), now))

    def rewrap(self) -> int:
        """See KeyStore.rewrap; KeysUnavailableError leaves those that were not reached."""
        rewrapped = 0
        for record in self._list():
            wrapped = self._wrapping.wrap(self._unwrapped(record))
            if wrapped.by != record.value.wrapped.by:
                # Nobody else changes a data key but to wrap it anew, or to remove it.
                self._records.replace(record, replace(record.value, wrapped=wrapped))
                rewrapped += 1
        return rewrapped

    def remove(self, key_id: str) -> None:
        """See KeyStore.remove."""
        if number_of(key_id):
            self._records.delete(_GROUP, key_id)

    def _list(self) -> list[Record[DataKey]]:
        found = self._records.list(_GROUP)
        return sorted(found, key=lambda record: number_of(record.key), reverse=True)

    def _begin(self) -> None:
        try:
            self.add(id_behind([]), new_data_key(), now=self._clock())
        except ChangedError:
            return  # another process began at the same time: its key is everybody's

    def _unwrapped(self, record: Record[DataKey]) -> bytes:
        key = self._wrapping.unwrap(record.value.wrapped)
        if len(key) != KEY_BYTES:
            raise SecretUnreadableError(f"Data key {record.key} is damaged.")
        return key
