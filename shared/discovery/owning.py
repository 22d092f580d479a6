"""Which integration indexes a repository for a tracker: one at a time.

The first that finds it owns it, for as long as it indexes it. Another one shows it as
`owned_elsewhere`, and takes it over with its links once the owner is gone or has deselected it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.errors import ChangedError
from shared.model import RepositoryId
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from shared.configuration import Integration
    from shared.interfaces.storage import Record
    from shared.model import IntegrationId, TrackerId
    from shared.services import Services

_FEW: Final = 5
"""So many are asked for one by one; for more, all are listed."""


def claim(
    services: Services, integration: Integration, repositories: Sequence[RepositoryId]
) -> set[RepositoryId]:
    """Return those that the integration owns now, for one of its trackers at least."""
    ours: set[RepositoryId] = set()
    for tracker_id in integration.trackers:
        owners = _owners(services, tracker_id, repositories)
        free = [repository for repository in repositories if repository not in owners]
        owned = {r for r, owner in owners.items() if owner.value == integration.id}
        owned |= _take(services, integration, tracker_id, free)
        for repository in _idle(services, tracker_id, owners.keys() - owned, owners):
            if _take_over(services, integration, owners[repository]):
                owned.add(repository)
        ours |= owned
    return ours


def elsewhere(
    services: Services, integration: Integration, repositories: Sequence[RepositoryId]
) -> set[RepositoryId]:
    """Return those that `claim` would leave to other integrations; nothing is claimed."""
    left = set(repositories)
    for tracker_id in integration.trackers:
        owners = _owners(services, tracker_id, repositories)
        others = {r for r, owner in owners.items() if owner.value != integration.id}
        left &= others.difference(_idle(services, tracker_id, others, owners))
    return left


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


def _owners(
    services: Services, tracker_id: TrackerId, repositories: Sequence[RepositoryId]
) -> dict[RepositoryId, Record[str]]:
    """Return the owners of repositories that have one."""
    if len(repositories) <= _FEW:
        found = [services.owners.get(tracker_id, repository) for repository in repositories]
        return {RepositoryId(owner.key): owner for owner in found if owner is not None}
    asked = set(repositories)
    listed = services.owners.list(tracker_id)
    return {RepositoryId(owner.key): owner for owner in listed if owner.key in asked}


def _take(
    services: Services,
    integration: Integration,
    tracker_id: TrackerId,
    repositories: Sequence[RepositoryId],
) -> set[RepositoryId]:
    """Own what nobody owned; return what is ours then."""
    taken = services.owners.insert_all(tracker_id, dict.fromkeys(repositories, integration.id))
    ours = set()
    for repository in repositories:
        if repository in taken:
            ours.add(repository)
            continue
        # Somebody was first; or we were, and the answer to that was lost.
        owner = services.owners.get(tracker_id, repository)
        if owner is not None and owner.value == integration.id:
            ours.add(repository)
    return ours


def _idle(
    services: Services,
    tracker_id: TrackerId,
    repositories: Collection[RepositoryId],
    owners: Mapping[RepositoryId, Record[str]],
) -> list[RepositoryId]:
    """Return repositories whose owner does not index them any more, in order of id."""
    if len(repositories) <= _FEW:
        return [
            r for r in sorted(repositories) if not indexes(services, owners[r].value, tracker_id, r)
        ]
    indexed: set[tuple[str, str]] = set()
    for owner in {owners[repository].value for repository in repositories}:
        known = services.integrations.get(ONE_GROUP, owner)
        if known is not None and not known.value.is_removed and tracker_id in known.value.trackers:
            live = (r.key for r in services.repositories.list(owner) if r.value.is_live)
            indexed.update((owner, key) for key in live)
    return [r for r in sorted(repositories) if (owners[r].value, r) not in indexed]


def _take_over(services: Services, integration: Integration, owner: Record[str]) -> bool:
    try:
        services.owners.replace(owner, integration.id)
    except ChangedError:
        return False
    return True
