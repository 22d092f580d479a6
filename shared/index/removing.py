"""Remove what an integration stored, in the background and a little at a time."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.errors import DevlinksError
from shared.index import leases
from shared.index.opening import try_organization
from shared.index.runs import enqueue_first
from shared.progress import Cursor, Job, RepositoryRecord
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.index.reindexing import Budget
    from shared.model import RepositoryId
    from shared.services import Services

KEPT_HIDDEN: Final = timedelta(days=30)
"""How long the links of a repository that is gone are kept, so that its return costs nothing."""
_BUSY: Final = timedelta(seconds=30)
_log = logging.getLogger(__name__)


def remove_integration(services: Services, integration: Integration, *, budget: Budget) -> None:
    """Delete everything that an integration stored; what is left when time is up goes on later."""
    job = Job(integration.id, "remove")
    for record in services.repositories.list(integration.id):
        if services.clock() >= budget.until:
            services.storage.jobs.put("reindex", job)
            return
        if not _remove_repository(services, integration, record.value):
            services.storage.jobs.put("reindex", job, delay=_BUSY)
            return
        services.repositories.delete(integration.id, record.key)
    _unsubscribe(services, integration)
    for project in services.pull_request_cursors.list(integration.id):
        services.pull_request_cursors.delete(integration.id, project.key)
    for records in (
        services.discoveries,
        services.runs,
        services.pauses,
        services.hook_states,
        services.connections,
        services.integrations,
    ):
        records.delete(ONE_GROUP, integration.id)
    services.webhooks.delete(ONE_GROUP, integration.webhook_id)
    _log.info("integration_removed integration=%s", integration.id)


def remove_gone_repository(
    services: Services, integration: Integration, record: RepositoryRecord
) -> None:
    """Delete the links of a repository that has been gone or left out for a month."""
    since = record.gone_since
    if record.is_live or since is None or services.clock() - since < KEPT_HIDDEN:
        return
    if _remove_repository(services, integration, record) and record.is_gone:
        services.repositories.delete(integration.id, record.repository.id)


def _remove_repository(
    services: Services, integration: Integration, record: RepositoryRecord
) -> bool:
    """Delete a repository's links and its cursor; False when somebody is working on it."""
    repository = record.repository.id
    lease = leases.take(services, integration.id, repository)
    if lease is None:
        return False
    with lease:
        for tracker_id in integration.trackers:
            owner = services.owners.get(tracker_id, repository)
            if owner is None or owner.value != integration.id:
                continue
            if _hand_over(services, integration, tracker_id, repository):
                continue
            tracker = services.trackers.get(ONE_GROUP, tracker_id)
            if tracker is not None:
                services.storage.links(tracker.value).remove_repository(repository)
            services.learned.delete(tracker_id, repository)
            services.owners.delete(tracker_id, repository)
        services.cursors.delete(integration.id, repository)
        services.wanted.delete(integration.id, repository)
    return True


def _hand_over(
    services: Services, integration: Integration, tracker_id: str, repository: RepositoryId
) -> bool:
    """Give a repository, with its links, to another integration that has it; tell whether so."""
    for other in services.integrations.list(ONE_GROUP):
        candidate = other.value
        if candidate.id == integration.id or candidate.is_removed:
            continue
        record = services.repositories.get(candidate.id, repository)
        if tracker_id not in candidate.trackers or record is None:
            continue
        if record.value.left_out != "owned_elsewhere" or record.value.is_gone:
            continue
        services.owners.put(tracker_id, repository, candidate.id)
        live = replace(record.value, left_out=None, gone_since=None)
        services.repositories.put(candidate.id, repository, live)
        services.cursors.put(candidate.id, repository, Cursor())
        enqueue_first(services, candidate, [live])
        return True
    return False


def _unsubscribe(services: Services, integration: Integration) -> None:
    """Remove our service hooks; that it fails only leaves hooks that nobody answers to."""
    state = services.hook_states.get(ONE_GROUP, integration.id)
    discovery = services.discoveries.get(ONE_GROUP, integration.id)
    if state is None or discovery is None:
        return
    for hook in state.value.subscriptions:
        organization = discovery.value.projects.get(hook.project_id)
        if organization is None:
            continue
        try:
            try_organization(services, integration, organization).unsubscribe(hook.id)
        except DevlinksError as error:
            _log.warning("hook_left integration=%s code=%s", integration.id, error.code)
