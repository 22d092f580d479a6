"""Store what is told of items from elsewhere: by tags, pull requests, work items and people.

A supplement is kept beside the item's own mention and never in it, so that either can be written
again, in any order, without losing the other. What one origin tells is replaced as a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from shared.index.indexing import restated
from shared.index.looking_up import Asked, ItemFinder
from shared.index.targets import targets_of
from shared.issue_keys import Candidate
from shared.model import Commit, Kind, Mention

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from shared.configuration import Integration
    from shared.interfaces.git_host import GitHost
    from shared.issue_keys import Reading
    from shared.model import Item, Origin, Repository
    from shared.services import Services


class Supplement(Struct, frozen=True):
    """One item, and what an origin tells of it."""

    kind: Kind
    id: str
    """The full SHA, the branch's name, or the pull request's number as a text."""
    candidates: tuple[Candidate, ...]
    """Kept, and judged again when the rules change."""
    commit: Commit | None = None
    """The commit, where whoever tells of it has read it: its message may be cut."""


def put_supplements(
    services: Services,
    integration: Integration,
    repository: Repository,
    told: Mapping[Origin, Sequence[Supplement]],
    *,
    host: GitHost | None = None,
    observed_at: datetime | None = None,
) -> list[Supplement]:
    """Store what each origin tells of a repository's items, in place of all that it told before.

    An origin that tells nothing is forgotten; origins that are not named stay as they are. Origins
    are made by `shared.origins` (`TAGS`, `of_pull_request`, `of_work_item`). Items of a kind that
    the integration does not index are passed over. *host* is asked for commits and pull requests
    that are not known here. An older observation than the stored one changes nothing.

    Returned is what could not be stored, because nobody knows the item.
    """
    targets = targets_of(services, integration, repository)
    if not targets or not told:
        return []
    finder = ItemFinder(services, integration, repository, targets=targets, host=host)
    pairs = [(o, s) for o, supplements in told.items() for s in supplements if s.candidates]
    items = finder.find([Asked(s.kind, s.id, origin, s.commit) for origin, s in pairs])
    for found in targets:
        mentions: dict[Origin, list[Mention]] = {origin: [] for origin in told}
        for origin, supplement in pairs:
            item = items.get((supplement.kind, supplement.id))
            if item is not None:
                reading = found.target.reading
                mentions[origin].append(
                    told_of(item, supplement.candidates, reading, origin=origin, at=observed_at)
                )
        changed = found.links.supplement(repository.id, mentions, observed_at=observed_at)
        services.storage.changes.note(found.tracker, changed, at=services.clock())
    wanted = finder.kinds
    return [s for _, s in pairs if s.kind in wanted and (s.kind, s.id) not in items]


def told_of(
    item: Item,
    candidates: tuple[Candidate, ...],
    reading: Reading,
    *,
    origin: Origin,
    at: datetime | None,
) -> Mention:
    """Return what an origin tells of an item, as it was observed *at* a time of the git host."""
    told = Mention(item=item, candidates=candidates, observed_at=at, origin=origin)
    return restated(told, reading)
