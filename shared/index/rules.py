"""Learns the projects that a repository uses, and applies changed rules to what is stored.

Extraction is a pure function of the kept candidates and a snapshot of rules, so neither needs
the git host. A snapshot is replaced as a whole before any mention is judged by it.
"""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING, Final

from shared.index.indexing import restated
from shared.index.targets import TrackerTarget, targets_of
from shared.issue_keys import count_prefixes, learn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.configuration import Integration
    from shared.interfaces import StoredMention
    from shared.model import Repository
    from shared.services import Services

_AT_ONCE: Final = 1000
_PASSES: Final = 3
_log = logging.getLogger(__name__)


def apply_rules(services: Services, integration: Integration, repository: Repository) -> int:
    """Bring the repository's stored mentions under its trackers' rules of now.

    Returns how many mentions were judged anew.
    """
    return sum(map(_apply, targets_of(services, integration, repository)))


def learn_projects(services: Services, integration: Integration, repository: Repository) -> bool:
    """Learn from all stored mentions; tell whether that changed any tracker's rules."""
    changed = False
    for found in targets_of(services, integration, repository):
        if not found.needs_learning:
            continue
        statistics = count_prefixes(
            stored.mention.candidates for stored in found.links.mentions(repository.id)
        )
        learned = learn(statistics, projects=found.tracker.projects)
        known = services.learned.get(found.tracker.id, repository.id)
        if known is None or known.value != learned:
            services.learned.put(found.tracker.id, repository.id, learned)
            _log.info(
                "projects_learned tracker=%s repository=%s projects=%d",
                found.tracker.id, repository.id, len(learned.own),
            )  # fmt: skip
            changed = True
    return changed


def _apply(found: TrackerTarget) -> int:
    judged = 0
    for _ in range(_PASSES):
        left = 0
        stale = _stale(found)
        while batch := list(islice(stale, _AT_ONCE)):
            reading = found.target.reading
            left += found.links.restate([(s, restated(s.mention, reading)) for s in batch])
            judged += len(batch)
        if not left:
            break
    return judged


def _stale(found: TrackerTarget) -> Iterator[StoredMention]:
    """Yield what other rules judged; where there is no candidate there is nothing to judge."""
    version = found.target.reading.version
    for stored in found.links.mentions(found.target.repository):
        if stored.mention.candidates and stored.mention.rules != version:
            yield stored
