"""Work on the work items of one organization: begin, bring up to date, read one, forget them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.boards.attaching import read_again
from shared.boards.passing import WorkItemPass
from shared.boards.storing import StoredWorkItems
from shared.boards.wishes import WorkItemWishes
from shared.connections.opening import open_organization
from shared.messages import Due, Job
from shared.progress import StoredWorkItem
from shared.scheduling import leases
from shared.scheduling.budgets import note_budget
from shared.scheduling.schedule import TRIED_AGAIN_AFTER, plan
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.configuration import Integration
    from shared.services import Services

_log = log_of(__name__)


def begin_work_items(
    services: Services, integration: Integration, organizations: Iterable[str]
) -> None:
    """Have work items read where they are indexed and were never read."""
    if not integration.index.work_items:
        return
    known = {record.key for record in services.work_item_cursors.list(integration.id)}
    for organization in sorted(set(organizations)):
        if organization.lower() not in known:
            due = Due(integration.id, organization=organization)
            plan(services, due, at=services.clock() + TRIED_AGAIN_AFTER)
            ask_for_work_items(services, integration, organization)


def ask_for_work_items(services: Services, integration: Integration, organization: str) -> None:
    """Have an organization's work items read, or forgotten when they are not indexed any more."""
    job = Job(integration.id, "asked", organization=organization)
    services.storage.jobs.put("reindex", job)


def work_on_work_items(services: Services, integration: Integration, organization: str) -> None:
    """Bring an organization's work items up to date, unless somebody else is at it.

    Those that are not indexed any more are forgotten.
    """
    key = leases.work_items_lease(organization)
    due = Due(integration.id, organization=organization)
    lease = leases.take_or_want(services, due, key)
    if lease is None:
        return
    begun_with = leases.wanted(services, integration.id, key)
    with lease:
        if integration.index.work_items:
            _read(services, integration, organization, lease=lease)
        else:
            forget_work_items(services, integration, organization)
    if leases.settle(services, integration.id, key, done=begun_with):
        again = Job(integration.id, "wanted", organization=organization)
        services.storage.jobs.put("reindex", again)


def read_work_item(
    services: Services, integration: Integration, organization: str, number: int
) -> None:
    """Read one work item that an event told of; nobody is waited for.

    A pass that read it before it changed may undo this: the next one reads again what changed
    since the pass before began.
    """
    host = open_organization(services, integration, organization)
    if host.boards is None:
        return
    stored = StoredWorkItems(services, integration, organization)
    for asked, there in host.boards.read([number]):
        read = dict.fromkeys(asked, StoredWorkItem(None))
        read |= {item.number: StoredWorkItem(item) for item in there}
        done = stored.put(read, named=())
        read_again(services, integration, host, done.detached)
        WorkItemWishes(services, integration.id, organization).note_waiting(done.unknown)
    note_budget(services, integration, host)


def forget_work_items(services: Services, integration: Integration, organization: str) -> None:
    """Forget an organization's work items with what they are attached to; the cursor goes last."""
    StoredWorkItems(services, integration, organization).forget_all()
    wishes = WorkItemWishes(services, integration.id, organization)
    wishes.forget(wishes.all())
    services.work_item_cursors.delete(integration.id, organization.lower())
    _log.info("work_items_forgotten integration=%s", integration.id)


def _read(
    services: Services, integration: Integration, organization: str, *, lease: leases.HeldLease
) -> None:
    host = open_organization(services, integration, organization)
    if host.boards is None:
        return
    found = WorkItemPass(
        services, integration, organization, host=host, boards=host.boards, lease=lease
    )
    next_at = found.work()
    note_budget(services, integration, host)
    plan(services, Due(integration.id, organization=organization), at=next_at)
