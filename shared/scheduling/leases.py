"""One worker at a time on a repository, and no wish lost that comes meanwhile.

A lease saves work; what is right rests on writes that can be repeated and on the cursor's
version. Who finds a lease taken says that the repository is *wanted*; whoever holds the lease
looks at that after giving it back, and has the work done again.
"""

from __future__ import annotations

import threading
import uuid
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Self

from shared.errors import ChangedError, LeaseLostError, StorageUnavailableError
from shared.interfaces.storage import Record
from shared.progress import Lease, Wanted
from shared.scheduling.schedule import plan
from shared.telemetry.lines import log_of
from shared.telemetry.operations import carried

if TYPE_CHECKING:
    from types import TracebackType

    from shared.messages import Due
    from shared.model import CommitId, IntegrationId, ProjectId
    from shared.services import Services

    Shown = tuple[tuple[str, CommitId], ...]

DISCOVERY: Final = "discovery"
"""What the lease of an integration's discovery is called; a repository's is called by its id."""

SERVICE_HOOKS: Final = "service_hooks"
"""What the lease of an integration's service hooks is called."""

PROJECT: Final = "project."
"""What the leases of projects begin with."""

WORK_ITEMS: Final = "work_items."
"""What the leases of organizations' work items begin with."""

LEASED_FOR: Final = timedelta(seconds=90)
_RENEWED_EVERY: Final = timedelta(seconds=30)
_MOST_WAITING: Final = 100
_log = log_of(__name__)


def project_lease(project: ProjectId) -> str:
    """Return what the lease of a project's pull requests is called."""
    return f"{PROJECT}{project}"


def work_items_lease(organization: str) -> str:
    """Return what the lease of an organization's work items is called."""
    return f"{WORK_ITEMS}{organization.lower()}"


class HeldLease:
    """A lease that is renewed by a thread of its own until it is left."""

    def __init__(self, services: Services, record: Record[Lease]) -> None:
        self._services = services
        self._record = record
        self._lock = threading.Lock()
        self._is_lost = False
        self._stop = threading.Event()
        self._thread = threading.Thread(target=carried(self._keep), name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()
        if self._is_lost:
            return
        try:
            self._services.leases.remove(self._record)
        except ChangedError:
            _log.info(
                "lease_taken_over integration=%s key=%s", self._record.group, self._record.key
            )

    def check(self) -> None:
        """Return while the lease is ours; LeaseLostError says to stop writing."""
        if self._is_lost or self._services.clock() >= self._record.value.until:
            raise LeaseLostError(f"The lease of {self._record.key} was lost.")

    def _keep(self) -> None:
        while not self._stop.wait(_RENEWED_EVERY.total_seconds()):
            lease = self._record.value
            renewed = Lease(lease.owner, self._services.clock() + LEASED_FOR)
            try:
                self._record = self._services.leases.replace(self._record, renewed)
            except ChangedError:
                ours = _own(self._services, self._record, renewed)
                if ours is None:
                    self._is_lost = True
                    return
                self._record = ours
            except StorageUnavailableError:
                _log.warning(
                    "lease_not_renewed integration=%s key=%s", self._record.group, self._record.key
                )


def take(services: Services, integration: IntegrationId, key: str) -> HeldLease | None:
    """Return the lease of *key*, or None when somebody else holds it."""
    now = services.clock()
    lease = Lease(uuid.uuid4().hex, now + LEASED_FOR)
    current = services.leases.get(integration, key)
    try:
        if current is None:
            record = services.leases.insert(integration, key, lease)
        elif current.value.until <= now:
            record = services.leases.replace(current, lease)
        else:
            return None
    except ChangedError:
        ours = _own(services, current or Record(integration, key, lease, ""), lease)
        return None if ours is None else HeldLease(services, ours)
    return HeldLease(services, record)


def take_or_want(
    services: Services,
    due: Due,
    key: str,
    *,
    delivery: str | None = None,
    shown: Shown = (),
) -> HeldLease | None:
    """Return the lease of *key*, which is about *due*; or None, with the wish noted for its owner.

    Should the owner be gone, the timer finds the wish once the lease has run out.
    """
    lease = take(services, due.integration, key)
    if lease is None:
        want(services, due.integration, key, delivery=delivery, shown=shown)
        plan(services, due, at=services.clock() + LEASED_FOR + _RENEWED_EVERY)
        # The owner may have given it back between the two, too early to see the wish.
        lease = take(services, due.integration, key)
    return lease


def want(
    services: Services,
    integration: IntegrationId,
    key: str,
    *,
    delivery: str | None = None,
    shown: Shown = (),
) -> None:
    """Note that there is more to do at *key*, which delivery waits, and what was *shown* of it."""
    while True:
        record = services.wanted.get(integration, key)
        known = record.value if record else Wanted()
        deliveries = known.deliveries
        if delivery and delivery not in deliveries:
            deliveries = (*deliveries, delivery)[:_MOST_WAITING]
        heads = tuple(dict.fromkeys((*known.shown, *shown)))[-_MOST_WAITING:]
        wanted = Wanted(known.count + 1, deliveries, known.settled, heads)
        try:
            if record is None:
                services.wanted.insert(integration, key, wanted)
            else:
                services.wanted.replace(record, wanted)
        except ChangedError:
            continue
        return


def wanted(services: Services, integration: IntegrationId, key: str) -> Wanted:
    """Return what is wanted of *key* now."""
    record = services.wanted.get(integration, key)
    return record.value if record else Wanted()


def settle(services: Services, integration: IntegrationId, key: str, *, done: Wanted) -> bool:
    """Forget what was wanted when *done* was read; tell whether more was wanted since."""
    while True:
        record = services.wanted.get(integration, key)
        if record is None:
            return False
        known = record.value
        left = tuple(d for d in known.deliveries if d not in done.deliveries)
        shown = tuple(one for one in known.shown if one not in done.shown)
        settled = Wanted(known.count, left, max(known.settled, done.count), shown)
        try:
            if settled != known:
                services.wanted.replace(record, settled)
        except ChangedError:
            continue
        return known.count != done.count


def _own(services: Services, record: Record[Lease], wanted: Lease) -> Record[Lease] | None:
    """Return the lease if it is what we wrote after all.

    A write whose answer was lost is sent again by the client, and then refused.
    """
    found = services.leases.get(record.group, record.key)
    return found if found is not None and found.value == wanted else None
