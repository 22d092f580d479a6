"""Learns the projects that a repository uses, and applies changed rules to what is stored.

Extraction is a pure function of the kept candidates and a snapshot of rules, so neither needs
the git host. The cursor says by which snapshot everything stored was judged: whatever interrupts
this, the next look at the repository finishes it.
"""

from __future__ import annotations

import logging
from itertools import islice
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.index.indexing import restated
from shared.index.reindexing import cursor_of
from shared.index.targets import TrackerTarget, targets_of
from shared.issue_keys import count_prefixes, learn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.configuration import Integration
    from shared.interfaces.links import StoredMention
    from shared.model import Repository
    from shared.services import Services

_AT_ONCE: Final = 1000
_LEARNED_AGAIN_AT: Final = 1.25
"""Learning reads every mention: it is done again when there are so many more commits."""
_log = logging.getLogger(__name__)


def apply_rules(services: Services, integration: Integration, repository: Repository) -> int:
    """Bring the repository's stored mentions under its trackers' rules of now.

    Works under the repository's lease. Returns how many mentions were judged anew.
    """
    record = cursor_of(services, integration, repository)
    judged_by = dict(record.value.judged_by)
    judged = 0
    for found in targets_of(services, integration, repository):
        version = found.target.reading.version
        if judged_by.get(found.tracker.id) != version:
            changed, left = _apply(services, found)
            judged += changed
            if not left:
                judged_by[found.tracker.id] = version
    if judged_by != record.value.judged_by:
        services.cursors.replace(record, replace(record.value, judged_by=judged_by))
    return judged


def learn_projects(services: Services, integration: Integration, repository: Repository) -> None:
    """Learn from all stored mentions, once the repository has grown; `apply_rules` comes next."""
    record = cursor_of(services, integration, repository)
    cursor = record.value
    if cursor.commits_seen < cursor.learned_at * _LEARNED_AGAIN_AT:
        return
    for found in targets_of(services, integration, repository):
        if found.needs_learning:
            _learn(services, found)
    services.cursors.replace(record, replace(cursor, learned_at=cursor.commits_seen))


def _learn(services: Services, found: TrackerTarget) -> None:
    repository = found.target.repository
    # What is told of an item from elsewhere repeats what some other item says itself.
    statistics = count_prefixes(
        s.mention.candidates for s in found.links.mentions(repository) if not s.mention.origin
    )
    learned = learn(statistics, projects=found.tracker.projects)
    known = services.learned.get(found.tracker.id, repository)
    if known is None or known.value != learned:
        services.learned.put(found.tracker.id, repository, learned)
        _log.info(
            "projects_learned tracker=%s repository=%s projects=%d",
            found.tracker.id, repository, len(learned.own),
        )  # fmt: skip


def _apply(services: Services, found: TrackerTarget) -> tuple[int, int]:
    """Return how many mentions were judged anew, and how many somebody else wrote meanwhile."""
    judged = left = 0
    reading = found.target.reading
    projects: set[str] = set()
    stale = _stale(found)
    while batch := list(islice(stale, _AT_ONCE)):
        changes = [(stored, restated(stored.mention, reading)) for stored in batch]
        left += found.links.restate(changes)
        judged += len(changes)
        if found.wishes is not None:
            found.wishes.note_keys({key for _, new in changes for key in new.keys})
        for stored, new in changes:
            projects.update(k.project for k in stored.mention.keys.keys() ^ new.keys.keys())
    services.storage.changes.note_projects(found.tracker, projects, at=services.clock())
    return judged, left


def _stale(found: TrackerTarget) -> Iterator[StoredMention]:
    """Yield what other rules judged; where there is no candidate there is nothing to judge."""
    version = found.target.reading.version
    for stored in found.links.mentions(found.target.repository):
        if stored.mention.candidates and stored.mention.rules != version:
            yield stored
