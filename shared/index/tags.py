"""Link commits by the tags that point at them, for trackers that want it."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

from msgspec.json import encode
from msgspec.structs import replace

from shared.index.reindexing import cursor_of
from shared.index.supplements import Supplement, put_supplements
from shared.issue_keys import Source, find
from shared.origins import TAGS
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import Integration
    from shared.index.targets import TrackerTarget
    from shared.interfaces.git_host import GitHost
    from shared.issue_keys import Candidate, Reading
    from shared.model import CommitId, Repository, Tag
    from shared.services import Services


def wants_tags(services: Services, integration: Integration) -> bool:
    """Tell whether any tracker of an integration takes tags for a source of keys.

    An event does not tell which commit an annotated tag leads to, so they have to be asked for.
    """
    if integration.hooks_only or not integration.index.commits:
        return False
    known = (services.known_trackers.get(ONE_GROUP, i) for i in integration.trackers)
    return any(t is not None and t.sources.tags for t in known)


def index_tags(
    services: Services,
    integration: Integration,
    repository: Repository,
    *,
    host: GitHost,
    targets: Sequence[TrackerTarget],
) -> None:
    """Link the commits that tags point at to the issues which the tags name.

    One call for all tags, and one for each commit that is on no branch. A tag that moved or is gone
    takes its link along; while all are as they were the last time, nothing is written. Without a
    tracker that wants tags nothing is read. Works under the repository's lease.
    """
    wanted = sorted(t.tracker.id for t in targets if t.tracker.sources.tags)
    if not wanted:
        return
    # While commits are switched off, tags are as good as gone.
    tags = host.tags(repository) if integration.index.commits else ()
    readings = [t.target.reading for t in targets]
    telling = {tag: candidates for tag in tags if (candidates := _candidates(tag, readings))}
    patterns = sorted({r.pattern_id for r in readings if r.pattern_id})
    now = _digest([*wanted, *patterns], telling)
    record = cursor_of(services, integration, repository)
    if now == record.value.tags:
        return
    by_commit: dict[CommitId, dict[Candidate, None]] = {}
    for tag in sorted(telling, key=lambda tag: tag.name):
        by_commit.setdefault(tag.commit, {}).update(dict.fromkeys(telling[tag]))
    told = [Supplement("commit", i, tuple(found)) for i, found in by_commit.items()]
    put_supplements(services, integration, repository, {TAGS: told}, host=host)
    services.cursors.replace(record, replace(record.value, tags=now))


def _candidates(tag: Tag, readings: Sequence[Reading]) -> tuple[Candidate, ...]:
    """Return what a tag names, with what any tracker's pattern found."""
    texts = (tag.name, tag.message) if tag.message else (tag.name,)
    found = (
        candidate
        for reading in readings
        for text in texts
        for candidate in find(text, source=Source.TAG, pattern=reading.pattern).candidates
    )
    return tuple(dict.fromkeys(found))


def _digest(looked_for: Sequence[str], tags: dict[Tag, tuple[Candidate, ...]]) -> str:
    told = sorted((tag.name, tag.commit, tag.message) for tag in tags)
    return blake2b(encode((looked_for, told)), digest_size=10).hexdigest()
