"""What is kept, and how: records, links, the ledger, the queues, secrets."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from msgspec import Struct

from shared.audit_entries import AuditEntry

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import timedelta

    from shared.configuration import Tracker
    from shared.interfaces.archive import Archive
    from shared.interfaces.links import Links
    from shared.issue_keys import IssueKey
    from shared.messages import Delivery, DeliveryState, Job, QueueName

T = TypeVar("T")


class Record(Struct, Generic[T], frozen=True):
    """A value as it was read, with what is needed to replace exactly that."""

    group: str
    key: str
    value: T
    version: str
    beside: str = ""
    """What `Records.put_beside` kept; empty: nothing."""


class Records(Protocol[T]):
    """Values of one type by group and key; each write is atomic, and seen by the next read."""

    def get(self, group: str, key: str) -> Record[T] | None:
        """Return the record, or None where there is none."""

    def insert(self, group: str, key: str, value: T) -> Record[T]:
        """Keep a new value; ChangedError when there is one already."""

    def replace(self, record: Record[T], value: T) -> Record[T]:
        """Put *value* where *record* was read; ChangedError when it has changed since."""

    def put(self, group: str, key: str, value: T) -> None:
        """Keep *value*, whatever was there."""

    def put_all(self, group: str, values: Mapping[str, T]) -> None:
        """Keep values by key, whatever was there; a hundred of them in each request."""

    def insert_all(self, group: str, values: Mapping[str, T]) -> set[str]:
        """Keep values by key where there is none yet; return the keys of those that were kept."""

    def put_beside(self, group: str, texts: Mapping[str, str]) -> None:
        """Keep texts by key beside the values, where there are any; a hundred in each request.

        They stay when the value is replaced. Only records that were made for it can do so.
        """

    def delete(self, group: str, key: str) -> None:
        """Forget the value; that there is none is fine."""

    def remove(self, record: Record[T]) -> None:
        """Forget the value if it is still what was read; ChangedError when it is not, or is gone.

        Of several who remove the same record at once, one does.
        """

    def list(
        self, group: str, *, after: str = "", before: str = "", limit: int | None = None
    ) -> list[Record[T]]:
        """Return the records whose key lies between the two, both excluded, in order of key."""


class Changes(Protocol):
    """Which issues of a tracker changed, for a week."""

    def note(self, tracker: Tracker, keys: Collection[IssueKey], *, at: datetime) -> None:
        """Note that *keys* changed; many of them are noted as all of their projects."""

    def note_projects(self, tracker: Tracker, projects: Collection[str], *, at: datetime) -> None:
        """Note that any issue of *projects* may have changed."""

    def read(
        self, tracker: Tracker, *, since: datetime, until: datetime, limit: int
    ) -> tuple[list[tuple[str, int | None]], datetime]:
        """Return what changed from the minute of *since* on, and the minute to go on from.

        A change is a project and an issue's number, or None for all of the project. About
        *limit* of them are returned, and never those of the minute of *until* or later.
        """

    def expire(self, *, now: datetime) -> None:
        """Delete what is older than seven days."""


class Deliveries(Protocol):
    """The ledger of received webhooks."""

    def id_of(
        self, event_id: str, created_at: datetime | None, body: bytes, *, now: datetime
    ) -> str:
        """Return where the ledger keeps an event, the same each time that it is sent.

        Without an id of its own an event is known by its content. A date that is missing or
        outside the days that the ledger keeps is replaced by today's: such an event is recognised
        only when it is repeated on the same day.
        """

    def insert(self, delivery: Delivery) -> bool:
        """Keep a delivery; False when it is there already."""

    def get(self, webhook: str, delivery_id: str) -> Delivery | None:
        """Return the delivery, or None."""

    def mark(
        self, webhook: str, delivery_id: str, state: DeliveryState, *, detail: str = ""
    ) -> None:
        """Say what became of a delivery; one that was deleted meanwhile stays deleted."""

    def count_repeat(self, webhook: str, delivery_id: str) -> None:
        """Count that the same event came again."""

    def page(
        self,
        webhook: str,
        *,
        now: datetime,
        after: str = "",
        limit: int,
        state: DeliveryState | None = None,
        event_type: str = "",
    ) -> list[Delivery]:
        """Return deliveries without bodies, newest first, behind the id *after*.

        *state* and *event_type* keep those that have both; an empty type is any. Fewer than
        *limit* means that there are no more.
        """

    def created_at(self, delivery_id: str) -> datetime:
        """Return the date of the event, which the ledger keeps a delivery by, to the millisecond.

        BadRequestError when it is no id that this ledger gave out.
        """

    def between(
        self, webhook: str, *, since: datetime, until: datetime, limit: int
    ) -> list[Delivery]:
        """Return the deliveries of events dated from *since* on and before *until*.

        They come without bodies, the newest first and *limit* of them at most.
        """

    def unfinished(self, webhook: str, *, since: datetime, until: datetime) -> list[Delivery]:
        """Return those accepted between the two and still not done, without bodies."""

    def expire(self, *, now: datetime) -> None:
        """Delete what is older than seven days."""


class StoredAuditEntry(Struct, frozen=True):
    """Something that was done, and where it stands in the audit."""

    entry: AuditEntry
    position: str
    """Opaque: a page carries on after the position of its last entry."""


class Audit(Protocol):
    """Who did what; nothing that stands here is ever changed."""

    def add(self, entry: AuditEntry, *, once: str = "") -> None:
        """Keep an entry; of those with the same *once*, the first of each hour."""

    def page(self, *, now: datetime, after: str = "", limit: int) -> list[StoredAuditEntry]:
        """Return entries, newest first, behind the position *after*.

        Fewer than *limit* means that there are no more. An entry that is told once an hour stands
        where that hour begins.
        """

    def expire(self, *, now: datetime) -> None:
        """Delete what is older than a year."""


class Jobs(Protocol):
    """The queues."""

    def put(self, queue: QueueName, job: Job, *, delay: timedelta | None = None) -> None:
        """Enqueue *job*, invisible for *delay*."""


class Vault(Protocol):
    """Seals secrets at rest."""

    def seal(self, secret: str, *, purpose: str) -> str:
        """Return *secret* encrypted; it opens only for the same *purpose*."""

    def open(self, sealed: str, *, purpose: str) -> str:
        """Return the secret; SecretUnreadableError for another purpose or a missing key.

        KeysUnavailableError when the key cannot be had now.
        """


class KeyStatus(Struct, frozen=True):
    """A key that secrets are sealed with, without the key."""

    id: str
    is_current: bool
    """Whether new secrets are sealed with it."""
    made_at: datetime | None
    """None: that was never recorded."""
    wrapped_by: str = ""
    """Name and version of the Key Vault key that it is kept wrapped by; empty when by none."""


class KeyedVault(Vault, Protocol):
    """A vault whose keys an operator replaces. What an older key sealed opens until it is removed.

    Other processes notice each change by themselves, before they seal the next secret.
    """

    def statuses(self) -> list[KeyStatus]:
        """Return every key, the current one first; there is always one."""

    def key_of(self, sealed: str) -> str:
        """Return the id of the key that sealed a text; empty when the text is of another form."""

    def rotate(self, *, now: datetime) -> str:
        """Make a key, which becomes the current one, and return its id."""

    def rewrap(self) -> int:
        """Wrap every key by the newest version of the Key Vault key; return how many were not."""

    def remove(self, key_id: str) -> None:
        """Forget a key: what it sealed never opens again. That there is none is fine."""


class Storage(Protocol):
    """Everything that is kept."""

    def records(self, name: str, kind: type[T]) -> Records[T]:
        """Return the records of type *kind*; *name* sets their groups apart from others'."""

    def links(self, tracker: Tracker) -> Links:
        """Return the links of a tracker."""

    def drop_links(self, tracker: Tracker) -> None:
        """Delete all links and mentions of a tracker at once."""

    @property
    def changes(self) -> Changes:
        """Which issues changed."""

    @property
    def deliveries(self) -> Deliveries:
        """The ledger."""

    @property
    def audit(self) -> Audit:
        """Who did what."""

    @property
    def jobs(self) -> Jobs:
        """The queues."""

    @property
    def archive(self) -> Archive:
        """All of it but the queues, row by row."""

    def check(self) -> None:
        """Return when tables answer; StorageUnavailableError when they do not."""

    def check_queues(self) -> None:
        """Return when queues answer; StorageUnavailableError when they do not."""
