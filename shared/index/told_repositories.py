"""Know repositories by what events tell of them, where there is no listing.

Events come in any order: the newer one is believed, and an older one only fills in what that left
out. A repository is indexed, or left out, by the same rules as one that was listed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.activity import count_links
from shared.cursors import Cursor, PullRequestCursor
from shared.discovery.comparing import hide
from shared.discovery.filtering import kept_by
from shared.discovery.judging import decide
from shared.discovery.owning import claim
from shared.errors import ChangedError
from shared.messages import Due
from shared.progress import DiscoveryRecord, RepositoryRecord
from shared.scheduling.keeping import keep_clean
from shared.scheduling.schedule import DISCOVERED_EVERY, plan
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of
from shared.whereabouts import keep_whereabouts

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from shared.configuration import Integration
    from shared.model import LeftOut, Repository
    from shared.services import Services

HIDDEN: Final[tuple[LeftOut | None, ...]] = (None, "disabled")
"""What is told of these is kept, also while it is not shown: an older event may come last."""
_log = log_of(__name__)


def keep_repository(
    services: Services,
    integration: Integration,
    told: Repository,
    *,
    at: datetime,
    is_deleted: bool = False,
    has_branches: bool = False,
) -> RepositoryRecord:
    """Bring the record of a repository to what an event of *at* tells of it; return it.

    *has_branches* says that it has some, whether or not the event tells its default branch.
    """
    while True:
        stored = services.repositories.get(integration.id, told.id)
        known = stored.value if stored else None
        record = _with_event(known, told, at, is_deleted=is_deleted)
        if has_branches and record.left_out == "empty":
            record = replace(record, left_out=None)
        record = _judged(services, integration, record, known)
        if record.is_live:
            # First of all: should this end here, the next event does it again.
            _begin(services, integration, record.repository)
        try:
            if stored is None:
                services.repositories.insert(integration.id, told.id, record)
                keep_whereabouts(services.cursors, services.repositories, integration.id, told.id)
            else:
                services.repositories.replace(stored, record)
        except ChangedError:
            continue
        _see_to(services, integration, record, known)
        return record


def look_around(services: Services, integration: Integration) -> None:
    """Do what a discovery does that needs no git host: judge, claim, clean, note that it looked."""
    began_at = services.clock()
    projects = {}
    live = set()
    known = services.repositories.list(integration.id)
    reasons = {r.key: _reason(services, integration, r.value) for r in known}
    wanted = [r.value.repository.id for r in known if not r.value.is_gone and not reasons[r.key]]
    ours = claim(services, integration, wanted)
    for stored in known:
        left_out = reasons[stored.key]
        if left_out is None and not stored.value.is_gone and stored.key not in ours:
            left_out = "owned_elsewhere"
        record = _settled(services, stored.value, left_out)
        if record != stored.value:
            try:
                services.repositories.replace(stored, record)
            except ChangedError:
                continue  # an event came; the next look finds what it left
            _see_to(services, integration, record, stored.value)
        if record.is_live:
            live.add(stored.key)
            projects[record.repository.project_id] = record.repository.organization
    now = services.clock()
    next_at = now + DISCOVERED_EVERY
    plan(services, Due(integration.id), at=next_at)

    def looked(known: DiscoveryRecord) -> DiscoveryRecord:
        return DiscoveryRecord(
            projects=projects,
            known_projects={**known.known_projects, **projects},
            began_at=began_at,
            discovered_at=now,
            next_at=next_at,
        )

    _change_discovery(services, integration, looked)
    keep_clean(services, integration)
    count_links(services, integration, live)
    _log.info("looked_around integration=%s projects=%d", integration.id, len(projects))


def _with_event(
    known: RepositoryRecord | None, told: Repository, at: datetime, *, is_deleted: bool
) -> RepositoryRecord:
    if known is None:
        left_out: LeftOut | None = "empty" if told.default_branch is None else None
        return RepositoryRecord(told, left_out, is_gone=is_deleted, told_at=at)
    if known.told_at is not None and at < known.told_at:
        return replace(known, repository=_filled(known.repository, told))
    newer = known.repository if is_deleted else _filled(told, known.repository)
    return replace(known, repository=newer, is_gone=is_deleted, told_at=at)


def _filled(newer: Repository, older: Repository) -> Repository:
    """Return *newer* with what only *older* tells: a push tells less than other events."""
    return replace(
        newer,
        ssh_url=newer.ssh_url or older.ssh_url,
        default_branch=newer.default_branch or older.default_branch,
        is_fork=newer.is_fork or older.is_fork,
    )


def _judged(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    known: RepositoryRecord | None,
) -> RepositoryRecord:
    """Return the record with whether it is indexed; claims it where that is so and was not."""
    left_out = _reason(services, integration, record)
    was_live = known is not None and known.is_live
    if left_out is None and not record.is_gone and not was_live:
        repository = record.repository.id
        ours = claim(services, integration, [repository])
        left_out = None if repository in ours else "owned_elsewhere"
    return _settled(services, record, left_out)


def _reason(
    services: Services, integration: Integration, record: RepositoryRecord
) -> LeftOut | None:
    """Return why a repository is not indexed, whoever owns it.

    A push may not tell the default branch, so that only one that was called empty stays so.
    """
    listed = services.git_hosts[integration.git_host].listed(record.repository)
    kept = kept_by(integration.repositories.jmespath, [listed.as_listed])
    reason = decide(listed, integration.repositories, kept=kept)
    return None if reason == "empty" and record.left_out != "empty" else reason


def _settled(
    services: Services, record: RepositoryRecord, left_out: LeftOut | None
) -> RepositoryRecord:
    """Return the record with why it is left out, and since when that is so or it is gone."""
    record = replace(record, left_out=left_out)
    since = None if record.is_live else record.gone_since or services.clock()
    return replace(record, gone_since=since)


def _begin(services: Services, integration: Integration, repository: Repository) -> None:
    """See to it that a repository has a cursor, and its project is known."""
    now = services.clock()
    project, organization = repository.project_id, repository.organization
    found = services.discoveries.get(ONE_GROUP, integration.id)
    if found is None or project not in found.value.projects:
        _change_discovery(
            services,
            integration,
            lambda known: replace(
                known,
                projects={**known.projects, project: organization},
                known_projects={**known.known_projects, project: organization},
            ),
        )
    if services.cursors.get(integration.id, repository.id) is None:
        try:
            services.cursors.insert(integration.id, repository.id, Cursor(last_indexed_at=now))
        except ChangedError:
            return  # another event of it was first
    if services.pull_request_cursors.get(integration.id, project) is None:
        services.pull_request_cursors.put(
            integration.id, project, PullRequestCursor(last_indexed_at=now)
        )


def _see_to(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    known: RepositoryRecord | None,
) -> None:
    """Hide the links of a repository that is indexed no more; show those of one that is again."""
    was_live = known is not None and known.is_live
    repository = record.repository.id
    if was_live and not record.is_live:
        hide(services, integration, record)
    elif record.is_live and known is not None and not was_live:
        stored = services.cursors.get(integration.id, repository)
        for tracker_id in integration.trackers:
            tracker = services.trackers.get(ONE_GROUP, tracker_id)
            if tracker is not None and stored is not None:
                services.storage.changes.note_projects(
                    tracker.value, stored.value.projects, at=services.clock()
                )


def _change_discovery(
    services: Services,
    integration: Integration,
    changed: Callable[[DiscoveryRecord], DiscoveryRecord],
) -> None:
    while True:
        record = services.discoveries.get(ONE_GROUP, integration.id)
        try:
            if record is None:
                services.discoveries.insert(ONE_GROUP, integration.id, changed(DiscoveryRecord()))
            else:
                services.discoveries.replace(record, changed(record.value))
        except ChangedError:
            continue
        return
