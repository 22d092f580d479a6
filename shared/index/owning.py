"""Which integration indexes a repository for a tracker: one at a time.

The first that finds it owns it, for as long as it indexes it. Another one shows it as
`owned_elsewhere`, and takes it over with its links once the owner is gone or has deselected it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import ChangedError
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import Integration
    from shared.interfaces.storage import Record
    from shared.model import IntegrationId, RepositoryId, TrackerId
    from shared.services import Services


def claim(
    services: Services, integration: Integration, repositories: Sequence[RepositoryId]
) -> set[RepositoryId]:
    """Return those that the integration owns now, for one of its trackers at least."""
    ours: set[RepositoryId] = set()
    for tracker_id in integration.trackers:
        owners = {record.key: record for record in services.owners.list(tracker_id)}
        for repository in repositories:
            owner = owners.get(repository)
            if owner is None:
                is_ours = _insert(services, integration, tracker_id, repository)
            else:
                is_ours = owner.value == integration.id or (
                    not indexes(services, owner.value, tracker_id, repository)
                    and _take_over(services, integration, owner)
                )
            if is_ours:
                ours.add(repository)
    return ours


def indexes(
    services: Services, integration_id: str, tracker_id: TrackerId, repository: RepositoryId
) -> bool:
    """Tell whether an integration indexes a repository for a tracker."""
    integration = services.integrations.get(ONE_GROUP, integration_id)
    if integration is None or integration.value.is_removed:
        return False
    record = services.repositories.get(integration_id, repository)
    return tracker_id in integration.value.trackers and record is not None and record.value.is_live


def heir(
    services: Services,
    owner: IntegrationId,
    tracker_id: TrackerId,
    repository: RepositoryId,
) -> Integration | None:
    """Return another integration that would index the repository for the tracker, or None."""
    for record in services.integrations.list(ONE_GROUP):
        candidate = record.value
        if candidate.id == owner or candidate.is_removed or tracker_id not in candidate.trackers:
            continue
        found = services.repositories.get(candidate.id, repository)
        if found is None or found.value.is_gone:
            continue
        if found.value.left_out in {None, "owned_elsewhere"}:
            return candidate
    return None


def _insert(
    services: Services, integration: Integration, tracker_id: TrackerId, repository: RepositoryId
) -> bool:
    try:
        services.owners.insert(tracker_id, repository, integration.id)
    except ChangedError:
        record = services.owners.get(tracker_id, repository)
        return record is not None and record.value == integration.id
    return True


def _take_over(services: Services, integration: Integration, owner: Record[str]) -> bool:
    try:
        services.owners.replace(owner, integration.id)
    except ChangedError:
        return False
    return True
