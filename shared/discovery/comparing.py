"""Bring what is stored of an integration's repositories to what its organizations have.

What is written is what changed, many at a time. A repository that goes is hidden at once and kept
for a month, so that its return costs nothing.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from shared.cursors import Cursor
from shared.discovery.judging import reasons_of
from shared.discovery.owning import claim
from shared.discovery.probing import project_rows, still_refused
from shared.discovery.removing import KEPT_HIDDEN
from shared.messages import Due
from shared.model import ProjectId, RepositoryId
from shared.progress import RepositoryRecord
from shared.scheduling.runs import first_jobs, read_again
from shared.scheduling.schedule import TRIED_AGAIN_AFTER, plan, plan_all
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from shared.configuration import Integration
    from shared.discovery.listing import Found
    from shared.services import Services

    Records = Mapping[RepositoryId, RepositoryRecord]

_log = log_of(__name__)


class Difference(Struct):
    """What has to be stored, begun and ended."""

    changed: dict[str, RepositoryRecord] = field(default_factory=dict)
    dropped: list[RepositoryId] = field(default_factory=list)
    """Rows of projects that show a repository now, or are gone."""
    begun: list[RepositoryId] = field(default_factory=list)
    ended: list[RepositoryId] = field(default_factory=list)
    grown: set[ProjectId] = field(default_factory=set)
    """Projects with a repository whose pull requests may never have been read."""


def bring_up_to_date(
    services: Services, integration: Integration, found: Found, stored: Records
) -> tuple[dict[RepositoryId, RepositoryRecord], set[ProjectId]]:
    """Store the repositories as they are now, and see to what that begins or ends.

    Returned are all records, and the projects whose closed pull requests are to be read again.
    """
    records = _as_found(services, integration, found, stored)
    difference = _differences(services, records, stored)
    # Before and after: should this end in between, or a pass be at it now, nothing is missed.
    read_pull_requests_again(services, integration, difference.grown)
    _store(services, integration, difference)
    read_pull_requests_again(services, integration, difference.grown)
    return records, difference.grown


def read_pull_requests_again(
    services: Services, integration: Integration, projects: Iterable[ProjectId]
) -> None:
    """Have the next pass of projects read everything that the window holds.

    Their cursors say nothing of a repository that was not indexed when they were moved.
    """
    since = services.clock() - timedelta(days=integration.pull_request_window_days)
    for project in sorted(projects):
        if services.pull_request_cursors.get(integration.id, project) is not None:
            read_again(services, integration, project, since)


def hide(services: Services, integration: Integration, record: RepositoryRecord) -> None:
    """Have what a repository was linked to looked at anew, and its links deleted in a month."""
    repository = record.repository.id
    _log.info("repository_hidden integration=%s repository=%s", integration.id, repository)
    stored = services.cursors.get(integration.id, repository)
    cursor = stored.value if stored else Cursor()
    # What hooks tell from now on is not listened to.
    hidden = replace(cursor, next_at=services.clock() + KEPT_HIDDEN, hears=False)
    services.cursors.put(integration.id, repository, hidden)
    plan(services, Due(integration.id, repository=repository), at=services.clock() + KEPT_HIDDEN)
    for tracker_id in integration.trackers:
        tracker = services.trackers.get(ONE_GROUP, tracker_id)
        if tracker is not None:
            services.storage.changes.note_projects(
                tracker.value, cursor.projects, at=services.clock()
            )


def _as_found(
    services: Services, integration: Integration, found: Found, stored: Records
) -> dict[RepositoryId, RepositoryRecord]:
    unsettled = {i for i, project in found.projects.items() if not project.listed.is_settled}
    reasons = reasons_of(found.listed, integration.repositories, unsettled=unsettled)
    wanted = [identity for identity, reason in reasons.items() if reason is None]
    ours = claim(services, integration, wanted)
    refused = still_refused(services, found, [stored[i] for i in wanted if i in stored])
    records: dict[RepositoryId, RepositoryRecord] = {}
    for identity, listed in found.listed.items():
        left_out = reasons[identity]
        if left_out is None and identity not in ours:
            left_out = "owned_elsewhere"
        elif left_out is None and identity in refused:
            left_out = "forbidden"
        records[identity] = RepositoryRecord(
            listed.repository, left_out, refused_at=refused.get(identity)
        )
    records |= project_rows(found, stored)
    for identity in stored.keys() - records.keys():
        known = stored[identity]
        if not found.is_complete_for(known.repository.organization):
            records[identity] = known
        elif not known.is_project:
            records[identity] = replace(known, is_gone=True)
    return records


def _differences(
    services: Services, records: Mapping[RepositoryId, RepositoryRecord], stored: Records
) -> Difference:
    difference = Difference(dropped=[i for i in stored if i not in records])
    for identity, record in records.items():
        known = stored.get(identity)
        since = (known.gone_since if known else None) or services.clock()
        record = replace(record, gone_since=None if record.is_live else since)  # noqa: PLW2901 — as it is kept
        if record != known:
            difference.changed[identity] = record
        was_live = known is not None and known.is_live
        project = record.repository.project_id
        if record.is_live and not was_live:
            difference.begun.append(identity)
        if was_live and not record.is_live:
            difference.ended.append(identity)
        has_moved = known is not None and known.repository.project_id != project
        if record.is_live and (has_moved or not was_live):
            difference.grown.add(project)
    return difference


def _store(services: Services, integration: Integration, difference: Difference) -> None:
    # The hints first: should this end here, the timer finds repositories to be begun.
    at = services.clock() + TRIED_AGAIN_AFTER
    plan_all(services, _due(integration, difference.begun), at=at)
    ended = set(difference.ended)
    others = {i: record for i, record in difference.changed.items() if i not in ended}
    services.repositories.put_all(integration.id, others)
    for identity in difference.dropped:
        services.repositories.delete(integration.id, identity)
    first_jobs(services, integration, difference.begun)
    for identity in difference.ended:
        # One by one: hiding thousands takes minutes, and what is stored as gone is not hidden by
        # the next discovery.
        services.repositories.put(integration.id, identity, difference.changed[identity])
        hide(services, integration, difference.changed[identity])


def _due(integration: Integration, repositories: Iterable[RepositoryId]) -> list[Due]:
    return [Due(integration.id, repository=repository) for repository in repositories]
