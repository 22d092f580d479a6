"""Learns the projects that a repository uses, and applies changed rules to what is stored.

Extraction is a pure function of the kept candidates and a snapshot of rules, so neither needs
the git host. The cursor says by which snapshot everything stored was judged: whatever interrupts
this, the next look at the repository finishes it.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.index.indexing import restated
from shared.index.reindexing import cursor_of
from shared.index.targets import TrackerTarget, pattern_scope, targets_of
from shared.issue_keys import count_prefixes, learn
from shared.messages import Job
from shared.scheduling.runs import read_again
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from shared.configuration import Integration
    from shared.interfaces.links import StoredMention
    from shared.model import Mention, Repository
    from shared.services import Services

_AT_ONCE: Final = 1000
_OPEN: Final = frozenset({"open", "draft"})
_LEARNED_AGAIN_AT: Final = 1.25
"""Learning reads every mention: it is done again when there are so many more commits."""
_log = log_of(__name__)


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
            changed, left = _apply(services, integration, repository, found)
            judged += changed
            if not left:
                judged_by[found.tracker.id] = version
    if judged_by != record.value.judged_by:
        services.cursors.replace(record, replace(record.value, judged_by=judged_by))
    return judged


def judge_by_new_patterns(
    services: Services,
    integration: Integration,
    repository: Repository,
    targets: Sequence[TrackerTarget],
) -> None:
    """Bring what is stored under the rules of now, if a pattern is to be looked for from now on.

    A pass stores commits without a look at what is there: links that another pattern made would
    stay. Works under the repository's lease.
    """
    wanted = pattern_scope(t.tracker for t in targets)
    if not wanted:
        return
    cursor = cursor_of(services, integration, repository).value
    if not wanted - set(cursor.scope):
        return
    apply_rules(services, integration, repository)
    if cursor.walk is None or wanted - set(cursor.walk.scope):
        # Everything is counted once more.
        record = cursor_of(services, integration, repository)
        services.cursors.replace(record, replace(record.value, commits_seen=0, links=0))


def learn_projects(services: Services, integration: Integration, repository: Repository) -> None:
    """Learn from all stored mentions, and have `apply_rules` come next.

    It is done once the repository has grown, and for a tracker whose list of projects, say, is
    another than when it was done last.
    """
    record = cursor_of(services, integration, repository)
    cursor = record.value
    has_grown = cursor.commits_seen >= cursor.learned_at * _LEARNED_AGAIN_AT
    learned_by = {}
    for found in targets_of(services, integration, repository):
        if not found.needs_learning:
            continue
        learned_by[found.tracker.id] = found.decided
        if has_grown or cursor.learned_by.get(found.tracker.id) != found.decided:
            _learn(services, found)
    learned_at = cursor.commits_seen if has_grown else cursor.learned_at
    now = replace(cursor, learned_at=learned_at, learned_by=learned_by)
    if now != cursor:
        services.cursors.replace(record, now)


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


def _apply(
    services: Services, integration: Integration, repository: Repository, found: TrackerTarget
) -> tuple[int, int]:
    """Return how many mentions were judged anew, and how many somebody else wrote meanwhile."""
    judged = left = 0
    stale = _stale(found)
    while batch := list(islice(stale, _AT_ONCE)):
        changes = [(stored, _judged_anew(stored.mention, found)) for stored in batch]
        # First of all: what was judged already is not judged again.
        naming = [new for old, new in changes if new.mark != old.mention.mark]
        _have_commits_read(services, integration, repository, naming)
        left += found.links.restate(changes)
        judged += len(changes)
        if found.wishes is not None:
            found.wishes.note_keys({key for _, new in changes for key in new.keys})
        # Told now: should this be stopped, what was judged already is not judged again.
        projects = {
            key.project
            for stored, new in changes
            for key in stored.mention.keys.keys() ^ new.keys.keys()
        }
        services.storage.changes.note_projects(found.tracker, projects, at=services.clock())
    return judged, left


def _judged_anew(mention: Mention, found: TrackerTarget) -> Mention:
    """Return a mention under the rules of now, to be read again where that takes its commits.

    Commits of a pull request that named no issue were never read, and are to inherit now.
    """
    new = restated(mention, found.target.reading)
    is_first = mention.item.kind == "pull_request" and not mention.keys and bool(new.keys)
    if is_first and found.tracker.sources.inherit and not mention.origin:
        return replace(new, mark="")
    return new


def _have_commits_read(
    services: Services,
    integration: Integration,
    repository: Repository,
    pull_requests: Sequence[Mention],
) -> None:
    """Have the next pass of the project come to pull requests; those that are open it meets."""
    if not pull_requests or not integration.index.commits:
        return
    closed = [p.item.at for p in pull_requests if p.item.at and p.item.status not in _OPEN]
    project = repository.project_id
    # What was closed since it was created was not closed before.
    read_again(services, integration, project, min(closed, default=None))
    services.storage.jobs.put("reindex", Job(integration.id, "asked", project=project))


def _stale(found: TrackerTarget) -> Iterator[StoredMention]:
    """Yield what other rules judged; where there is no candidate there is nothing to judge."""
    version = found.target.reading.version
    for stored in found.links.mentions(found.target.repository):
        if stored.mention.candidates and stored.mention.rules != version:
            yield stored
