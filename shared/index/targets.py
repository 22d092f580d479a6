"""Which trackers a repository is indexed for, and by which rules of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.boards.wishes import WorkItemWishes, wishes_of
from shared.configuration import Tracker
from shared.index.indexing import Target
from shared.index.patterns import finder_of
from shared.interfaces.links import Links
from shared.issue_keys import Learned, Reading, Rules, Source, id_of_pattern
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from shared.configuration import Integration
    from shared.issue_keys import Finder
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
    decided: str
    """Version of what an admin decided, with nothing learned."""
    wishes: WorkItemWishes | None = None
    """Where to note the work items that links name; None while these are not indexed."""


def targets_of(
    services: Services, integration: Integration, repository: Repository
) -> list[TrackerTarget]:
    """Return the trackers for which the integration indexes the repository.

    A tracker where another integration owns the repository is not among them.
    """
    found = []
    wishes = wishes_of(services, integration, repository.organization)
    for tracker_id in integration.trackers:
        record = services.trackers.get(ONE_GROUP, tracker_id)
        owner = services.owners.get(tracker_id, repository.id)
        if record is None or (owner is not None and owner.value != integration.id):
            continue
        tracker = record.value
        rules = rules_of(services, tracker, repository)
        reading = reading_of(rules, repository)
        found.append(
            TrackerTarget(
                tracker=tracker,
                target=Target(integration.id, repository.id, reading),
                links=services.storage.links(tracker),
                needs_learning=rules.needs_learning,
                decided=decided_by(tracker).version,
                wishes=wishes,
            )
        )
    return found


def reading_of_all(services: Services, tracker: Tracker) -> Reading:
    """Return a tracker's rules as if all its repositories were one."""
    every = [record.value for record in services.learned.list(tracker.id)]
    own = {project for learned in every for project in learned.own}
    together = Learned(
        own=tuple(sorted(own)),
        most_used=tuple(sorted({p for learned in every for p in learned.most_used})),
        misspelt=tuple(sorted({p for learned in every for p in learned.misspelt} - own)),
        hosts=tuple(sorted({host for learned in every for host in learned.hosts})),
    )
    rules = decided_by(tracker).with_learned({"": together})
    return rules.for_repository("", pattern=_engine(rules))


def reading_of(rules: Rules, repository: Repository) -> Reading:
    """Return what rules are for a repository, with the engine of the pattern if they have one."""
    return rules.for_repository(
        repository.id, organization=repository.organization, pattern=_engine(rules)
    )


def pattern_scope(trackers: Iterable[Tracker]) -> set[str]:
    """Return what a pass says that it looked for of patterns; one that is new reads everything."""
    return {f"pattern:{t.id}:{id_of_pattern(t.pattern)}" for t in trackers if t.pattern}


def _engine(rules: Rules) -> Finder | None:
    return finder_of(rules.pattern) if rules.pattern else None


def rules_of(services: Services, tracker: Tracker, repository: Repository) -> Rules:
    """Return a tracker's rules, with what is learned of the repository."""
    rules = decided_by(tracker)
    if not rules.needs_learning:
        return rules
    learned = services.learned.get(tracker.id, repository.id)
    return rules.with_learned({repository.id: learned.value if learned else Learned()})


def decided_by(tracker: Tracker) -> Rules:
    """Return what an admin decided, with nothing learned."""
    return Rules(
        grammars=tracker.grammars,
        kind=tracker.kind,
        url=tracker.url,
        projects=tracker.projects,
        aliases=tracker.aliases,
        number_range=tracker.number_range,
        number_since=tracker.number_since,
        pattern=tracker.pattern,
        left_out=tuple(
            source for name, source in _SWITCHED.items() if not getattr(tracker.sources, name)
        ),
    )
