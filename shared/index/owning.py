"""Which integration indexes a repository for a tracker: one at a time, the first that found it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.errors import ChangedError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import Integration
    from shared.model import RepositoryId
    from shared.services import Services


def claim(
    services: Services, integration: Integration, repositories: Sequence[RepositoryId]
) -> set[RepositoryId]:
    """Return those that the integration indexes, for one of its trackers at least."""
    ours: set[RepositoryId] = set()
    for tracker_id in integration.trackers:
        owners = {record.key: record.value for record in services.owners.list(tracker_id)}
        for repository in repositories:
            owner = owners.get(repository)
            if owner is None:
                owner = _claim(services, integration, tracker_id, repository)
            if owner == integration.id:
                ours.add(repository)
    return ours


def _claim(
    services: Services, integration: Integration, tracker_id: str, repository: RepositoryId
) -> str:
    """Return who owns the repository now."""
    try:
        return services.owners.insert(tracker_id, repository, integration.id).value
    except ChangedError:
        record = services.owners.get(tracker_id, repository)
        return record.value if record else ""
