"""All secrets that are kept: which key sealed them, and how they are sealed anew.

Each has its place in `PLACES`: what stands in none of them is lost with the key that sealed it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.connections.presenting import secret_purpose
from shared.connections.sealed_grants import access_token_purpose, refresh_token_purpose
from shared.errors import ChangedError, ConflictError, SecretUnreadableError, UnknownThingError
from shared.hooks.subscriptions import password_purpose
from shared.interfaces.storage import Record
from shared.model import IntegrationId
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.interfaces.storage import KeyedVault, Records
    from shared.services import Services

SETTLES_WITHIN: Final = timedelta(hours=1)
"""By then nobody is about to keep what he sealed with a key before it was replaced."""
_MOST_TRIES: Final = 10
_log = log_of(__name__)


class Place(Struct, frozen=True):
    """A field of records that holds a sealed text, or several."""

    records: str
    """Which of the services' records."""
    field: str
    purpose: Callable[[Record[Any]], str]
    """What the field of a record is sealed for."""

    @property
    def name(self) -> str:
        """Tells it from other places."""
        return f"{self.records}.{self.field}"


def _by_integration(purpose: Callable[[IntegrationId], str]) -> Callable[[Record[Any]], str]:
    return lambda record: purpose(IntegrationId(record.key))


def _of_webhook(record: Record[Any]) -> str:
    return password_purpose(record.value.integration)


PLACES: Final = (
    Place("connections", "sealed_secret", _by_integration(secret_purpose)),
    Place("grants", "sealed_refresh_token", _by_integration(refresh_token_purpose)),
    Place("grants", "sealed_access_token", _by_integration(access_token_purpose)),
    Place("webhooks", "sealed_passwords", _of_webhook),
)
SHORT_LIVED: Final = frozenset({"authorizations.sealed_flow"})
"""What is over before a key can be removed: ten minutes, against `SETTLES_WITHIN`."""


class Unreadable(Struct, frozen=True):
    """A secret that does not open, and was left as it is."""

    place: str
    key: str
    """Of the record."""
    text: str
    """Why."""


class Resealed(Struct, frozen=True):
    """What came of sealing everything anew."""

    resealed: int
    unreadable: tuple[Unreadable, ...]


def usage(services: Services) -> Counter[str]:
    """Return how many secrets each key sealed; those of no form that we know count as ``""``."""
    key_of = services.vault.key_of
    return Counter(
        key_of(sealed)
        for place in PLACES
        for record in _records(services, place).list(ONE_GROUP)
        for sealed in _sealed(record, place)
    )


def reseal(services: Services) -> Resealed:
    """Seal with the current key whatever is sealed with another one.

    What is changed meanwhile is read again, so nothing newer is overwritten. It can be stopped at
    any time, and goes on from there when it is begun again. KeysUnavailableError.
    """
    current = services.vault.statuses()[0].id
    resealed, unreadable = 0, []
    for place in PLACES:
        for record in _records(services, place).list(ONE_GROUP):
            anew = _Anew(services.vault, place, current)
            resealed += anew.put(_records(services, place), record)
            unreadable += anew.unreadable
    _log.info("secrets_resealed key=%s count=%d unreadable=%d", current, resealed, len(unreadable))
    return Resealed(resealed, tuple(unreadable))


def remove_key(services: Services, key_id: str) -> None:
    """Remove a key that sealed nothing that is kept; ConflictError when it may still be needed."""
    known = services.vault.statuses()
    at = next((at for at, status in enumerate(known) if status.id == key_id), None)
    if at is None:
        raise UnknownThingError("There is no such key.")
    if known[at].is_current:
        raise ConflictError(
            f"New secrets are sealed with {key_id}.", next_step="Make another one: keys rotate."
        )
    replaced_at = known[at - 1].made_at
    if replaced_at is not None and services.clock() - replaced_at < SETTLES_WITHIN:
        raise ConflictError(
            f"Key {key_id} was replaced less than an hour ago.", next_step="Try again in an hour."
        )
    used = usage(services)[key_id]
    if used:
        raise ConflictError(
            f"{used} secrets are sealed with {key_id}.",
            next_step="Seal them anew: keys reseal. Replace what that names as unreadable.",
        )
    services.vault.remove(key_id)
    _log.info("key_removed key=%s", key_id)


class _Anew:
    """The sealed texts of a record, sealed anew."""

    def __init__(self, vault: KeyedVault, place: Place, current: str) -> None:
        self._vault = vault
        self._place = place
        self._current = current
        self.unreadable: list[Unreadable] = []

    def put(self, records: Records[Any], record: Record[Any]) -> int:
        """Keep them; return how many they were. What somebody else changed is read again."""
        found: Record[Any] | None = record
        for _ in range(_MOST_TRIES):
            if found is None:
                return 0
            self.unreadable = []
            texts = list(_sealed(found, self._place))
            anew = [self._sealed_anew(found, text) for text in texts]
            changed = sum(a != b for a, b in zip(anew, texts, strict=True))
            if not changed:
                return 0
            held = getattr(found.value, self._place.field)
            value = anew[0] if isinstance(held, str) else tuple(anew)
            try:
                records.replace(found, replace(found.value, **{self._place.field: value}))
            except ChangedError:
                found = records.get(ONE_GROUP, record.key)
            else:
                return changed
        raise ChangedError(f"Record {record.key} changes all the time: try again.")

    def _sealed_anew(self, record: Record[Any], sealed: str) -> str:
        if self._vault.key_of(sealed) == self._current:
            return sealed
        purpose = self._place.purpose(record)
        try:
            secret = self._vault.open(sealed, purpose=purpose)
        except SecretUnreadableError as error:
            self.unreadable.append(Unreadable(self._place.name, record.key, str(error)))
            return sealed
        return self._vault.seal(secret, purpose=purpose)


def _records(services: Services, place: Place) -> Records[Any]:
    found: Records[Any] = getattr(services, place.records)
    return found


def _sealed(record: Record[Any], place: Place) -> Iterator[str]:
    held = getattr(record.value, place.field)
    yield from (text for text in ((held,) if isinstance(held, str) else held) if text)
