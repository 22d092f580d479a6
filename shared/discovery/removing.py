"""Remove what an integration stored, in the background and a little at a time."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.activity import forget_activity
from shared.boards.working import forget_work_items
from shared.discovery.owning import heir
from shared.hooks.dropping import drop_all
from shared.index.orphans import forget_orphans
from shared.messages import Job
from shared.scheduling import leases
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import Integration
    from shared.index.reindexing import Budget
    from shared.model import RepositoryId, TrackerId
    from shared.progress import RepositoryRecord
    from shared.services import Services

KEPT_HIDDEN: Final = timedelta(days=30)
"""How long the links of a repository that is gone are kept, so that its return costs nothing."""
_BUSY: Final = timedelta(seconds=30)
_LEASE: Final = "removal"
_log = log_of(__name__)


def remove_what_was_taken_away(
    services: Services, integration: Integration, *, budget: Budget
) -> None:
    """Delete what a removed integration stored, or what one stored for its former trackers.

    What is left when time is up goes on later; the timer begins again what was interrupted.
    """
    lease = leases.take(services, integration.id, _LEASE)
    if lease is None:
        return
    with lease:
        trackers = integration.former_trackers
        if integration.is_removed:
            trackers = (*trackers, *integration.trackers)
        for record in services.repositories.list(integration.id):
            is_late = services.clock() >= budget.until
            if is_late or not _remove_from(services, integration, record.value, trackers):
                delay = timedelta() if is_late else _BUSY
                services.storage.jobs.put("reindex", Job(integration.id, "remove"), delay=delay)
                return
            if integration.is_removed:
                services.cursors.delete(integration.id, record.key)
                forget_orphans(services, integration.id, record.value.repository.id)
                services.wanted.delete(integration.id, record.key)
                services.repositories.delete(integration.id, record.key)
        if integration.is_removed:
            _forget(services, integration)
        else:
            _forget_trackers(services, integration)


def remove_gone_repository(
    services: Services, integration: Integration, record: RepositoryRecord
) -> None:
    """Delete the links of a repository that has been gone or left out for a month."""
    since = record.gone_since
    repository = record.repository.id
    if record.is_live or since is None or services.clock() - since < KEPT_HIDDEN:
        return
    if not _remove_from(services, integration, record, integration.trackers):
        return
    services.cursors.delete(integration.id, repository)
    forget_orphans(services, integration.id, repository)
    services.wanted.delete(integration.id, repository)
    if record.is_gone:
        services.repositories.delete(integration.id, repository)


def _remove_from(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    trackers: Sequence[TrackerId],
) -> bool:
    """Delete a repository's links from trackers; False when somebody is working on it."""
    repository = record.repository.id
    lease = leases.take(services, integration.id, repository)
    if lease is None:
        return False
    with lease:
        for tracker_id in trackers:
            _remove_from_one(services, integration, tracker_id, repository)
    return True


def _remove_from_one(
    services: Services, integration: Integration, tracker_id: TrackerId, repository: RepositoryId
) -> None:
    owner = services.owners.get(tracker_id, repository)
    if owner is None or owner.value != integration.id:
        return
    other = heir(services, integration.id, tracker_id, repository)
    if other is not None:
        # Its links stay: the other one is their owner from now on, and reads everything anew.
        services.owners.replace(owner, other.id)
        for job in (
            Job(other.id, "discover", asked_at=services.clock()),
            Job(other.id, "asked", repository=repository),
        ):
            services.storage.jobs.put("reindex", job)
        return
    tracker = services.trackers.get(ONE_GROUP, tracker_id)
    if tracker is not None:
        services.storage.links(tracker.value).remove_repository(repository)
        cursor = services.cursors.get(integration.id, repository)
        projects = cursor.value.projects if cursor else ()
        services.storage.changes.note_projects(tracker.value, projects, at=services.clock())
    services.learned.delete(tracker_id, repository)
    services.owners.delete(tracker_id, repository)


def _forget(services: Services, integration: Integration) -> None:
    """Forget an integration; the record that says it was removed goes last."""
    drop_all(services, integration)
    forget_activity(services, integration.id)
    services.webhooks.delete(ONE_GROUP, integration.webhook_id)
    for project in services.pull_request_cursors.list(integration.id):
        services.pull_request_cursors.delete(integration.id, project.key)
    for items in services.work_item_cursors.list(integration.id):
        forget_work_items(services, integration, items.key)
    for wish in services.wanted.list(integration.id):
        services.wanted.delete(integration.id, wish.key)
    for records in (
        services.discoveries,
        services.runs,
        services.cancellations,
        services.summaries,
        services.refills,
        services.hook_states,
        services.grants,
        services.connections,
        services.integrations,
    ):
        records.delete(ONE_GROUP, integration.id)
    _log.info("integration_removed integration=%s", integration.id)


def _forget_trackers(services: Services, integration: Integration) -> None:
    record = services.integrations.get(ONE_GROUP, integration.id)
    if record is not None and record.value.former_trackers == integration.former_trackers:
        services.integrations.replace(record, replace(record.value, former_trackers=()))
