"""Which trackers a repository is indexed for, and by which rules of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.configuration import Tracker
from shared.index.indexing import Target
from shared.interfaces.storage import Links
from shared.issue_keys import Learned, Rules, Source
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.model import Repository
    from shared.services import Services

_SWITCHED: Final = {
    "description": Source.DESCRIPTION,
    "tags": Source.TAG,
    "inherit": Source.INHERITED,
}


class TrackerTarget(Struct, frozen=True):
    """One tracker that a repository is indexed for."""

    tracker: Tracker
    target: Target
    links: Links
    needs_learning: bool
    """Whether its rules depend on what the repository's own mentions teach."""


def targets_of(
    services: Services, integration: Integration, repository: Repository
) -> list[TrackerTarget]:
    """Return the trackers for which the integration indexes the repository.

    A tracker where another integration owns the repository is not among them.
    """
    found = []
    for tracker_id in integration.trackers:
        record = services.trackers.get(ONE_GROUP, tracker_id)
        owner = services.owners.get(tracker_id, repository.id)
        if record is None or (owner is not None and owner.value != integration.id):
            continue
        tracker = record.value
        rules = rules_of(services, tracker, repository)
        reading = rules.for_repository(repository.id, organization=repository.organization)
        found.append(
            TrackerTarget(
                tracker=tracker,
                target=Target(integration.id, repository.id, reading),
                links=services.storage.links(tracker),
                needs_learning=rules.needs_learning,
            )
        )
    return found


def rules_of(services: Services, tracker: Tracker, repository: Repository) -> Rules:
    """Return a tracker's rules, with what is learned of the repository."""
    rules = Rules(
        grammars=tracker.grammars,
        kind=tracker.kind,
        url=tracker.url,
        projects=tracker.projects,
        aliases=tracker.aliases,
        number_range=tracker.number_range,
        number_since=tracker.number_since,
        left_out=tuple(
            source for name, source in _SWITCHED.items() if not getattr(tracker.sources, name)
        ),
    )
    if not rules.needs_learning:
        return rules
    learned = services.learned.get(tracker.id, repository.id)
    return rules.with_learned({repository.id: learned.value if learned else Learned()})
