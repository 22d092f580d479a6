"""Find out which repositories an integration has, and why another is left out.

Repositories are followed by the git host's ids, so that a rename or a move keeps everything.
Nothing is taken for gone unless the listing that lacks it was complete: a failure is never an
empty list.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from shared.errors import (
    DevlinksError,
    NoRepositoriesError,
    SignedOutError,
    StorageUnavailableError,
    ThrottledError,
)
from shared.hooks import reconciling
from shared.hooks.reconciling import has_hooks
from shared.index import leases
from shared.index.failing import failed_again
from shared.index.filtering import kept_by
from shared.index.keeping import keep_clean
from shared.index.opening import try_organization
from shared.index.owning import claim
from shared.index.removing import KEPT_HIDDEN
from shared.index.runs import first_jobs
from shared.index.schedule import DISCOVERED_EVERY, TRIED_AGAIN_AFTER, plan
from shared.interfaces.git_host import GitHost, ListedRepository
from shared.model import ProjectId, RepositoryId
from shared.progress import Cursor, DiscoveryRecord, Due, Failure, Job, RepositoryRecord
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from datetime import datetime

    from shared.configuration import Connection, Integration
    from shared.interfaces.storage import Record
    from shared.model import LeftOut
    from shared.services import Services

_log = logging.getLogger(__name__)


class Found(Struct):
    """What the organizations of an integration answered."""

    listed: dict[RepositoryId, ListedRepository] = field(default_factory=dict)
    projects: dict[ProjectId, str] = field(default_factory=dict)
    hosts: dict[str, GitHost] = field(default_factory=dict)
    """The organizations whose listing is complete."""
    failures: dict[str, DevlinksError] = field(default_factory=dict)


def discover(services: Services, integration: Integration, *, asked_at: datetime | None) -> None:
    """List the integration's repositories, unless that began after it was asked for.

    Finds the lease taken, and the wish is kept for who holds it.
    """
    lease = leases.take_or_want(services, Due(integration.id), leases.DISCOVERY)
    if lease is None:
        return
    begun_with = leases.wanted(services, integration.id, leases.DISCOVERY)
    with lease:
        record = services.discoveries.get(ONE_GROUP, integration.id)
        began_at = record.value.began_at if record else None
        if asked_at is None or began_at is None or began_at < asked_at:
            _discover(services, integration, lease)
    if leases.settle(services, integration.id, leases.DISCOVERY, done=begun_with):
        services.storage.jobs.put(
            "reindex", Job(integration.id, "discover", asked_at=services.clock())
        )


def decide(listed: ListedRepository, integration: Integration, *, kept: set[str]) -> LeftOut | None:
    """Return why a repository is not indexed, whoever owns it; None when it is."""
    repository = listed.repository
    if repository.is_disabled:
        return "disabled"
    if repository.is_in_maintenance:
        return "maintenance"
    selection = integration.repositories
    if str(listed.as_listed["id"]) not in kept:
        return "filter"
    if selection.mode == "selected" and repository.id not in selection.selected:
        return "not_selected"
    return "empty" if repository.default_branch is None else None


def _discover(services: Services, integration: Integration, lease: leases.HeldLease) -> None:
    """Ask every organization; one that fails is recorded, and the others go on."""
    began_at = services.clock()
    connection = services.connections.get(ONE_GROUP, integration.id)
    found = _ask(services, integration)
    _note_connection(services, connection, found)
    if not found.hosts:
        raise next(iter(found.failures.values()))
    lease.check()
    records = _compare(services, integration, found)
    projects = {
        r.repository.project_id: r.repository.organization for r in records.values() if r.is_live
    }
    _note_discovery(services, integration, found, projects, began_at)
    if has_hooks(services, integration):
        reconciling.ask(services, integration)
    keep_clean(services, integration)
    _log.info(
        "discovered integration=%s repositories=%d live=%d",
        integration.id, len(records), sum(r.is_live for r in records.values()),
    )  # fmt: skip


def _ask(services: Services, integration: Integration) -> Found:
    found = Found()
    for organization in integration.organizations:
        try:
            host = try_organization(services, integration, organization)
            listing = host.listing()
        except (ThrottledError, StorageUnavailableError):
            raise
        except DevlinksError as error:
            _log.warning("organization_failed integration=%s code=%s", integration.id, error.code)
            found.failures[organization] = error
        else:
            found.hosts[organization] = host
            found.projects |= {project.id: organization for project in listing.projects}
            found.listed |= {listed.repository.id: listed for listed in listing.repositories}
    return found


def _compare(
    services: Services, integration: Integration, found: Found
) -> dict[RepositoryId, RepositoryRecord]:
    """Bring the stored repositories to what was listed; return them all as they are now."""
    kept = kept_by(integration.repositories.jmespath, [r.as_listed for r in found.listed.values()])
    reasons = {i: decide(listed, integration, kept=kept) for i, listed in found.listed.items()}
    ours = claim(services, integration, [i for i, reason in reasons.items() if reason is None])
    stored = {RepositoryId(r.key): r.value for r in services.repositories.list(integration.id)}
    records: dict[RepositoryId, RepositoryRecord] = {}
    for repository_id, listed in found.listed.items():
        left_out = reasons[repository_id]
        if left_out is None and repository_id not in ours:
            left_out = "owned_elsewhere"
        records[repository_id] = RepositoryRecord(listed.repository, left_out)
    for repository_id in stored.keys() - found.listed.keys():
        known = stored[repository_id]
        organization = known.repository.organization
        was_asked = organization in found.hosts or organization not in integration.organizations
        records[repository_id] = replace(known, is_gone=True) if was_asked else known
    return {i: _keep(services, integration, r, stored.get(i)) for i, r in records.items()}


def _keep(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    known: RepositoryRecord | None,
) -> RepositoryRecord:
    """Store a repository as it is now, and see to what that begins or ends; return it."""
    now = services.clock()
    was_live = known is not None and known.is_live
    if not record.is_live:
        record = replace(record, gone_since=(known.gone_since if known else None) or now)
    else:
        record = replace(record, gone_since=None)
    repository = record.repository.id
    due = Due(integration.id, repository=repository)
    if record.is_live and not was_live:
        # The hint first: should this end here, the timer finds a repository to be begun.
        plan(services, due, at=now + TRIED_AGAIN_AFTER)
    if record != known:
        services.repositories.put(integration.id, repository, record)
    if record.is_live and not was_live:
        first_jobs(services, integration, record)
    if was_live and not record.is_live:
        hide(services, integration, record)
        plan(services, due, at=now + KEPT_HIDDEN)
    return record


def hide(services: Services, integration: Integration, record: RepositoryRecord) -> None:
    """Have what a repository was linked to looked at anew, and its links deleted in a month."""
    repository = record.repository.id
    _log.info("repository_hidden integration=%s repository=%s", integration.id, repository)
    stored = services.cursors.get(integration.id, repository)
    cursor = stored.value if stored else Cursor()
    # What hooks tell from now on is not listened to.
    hidden = replace(cursor, next_at=services.clock() + KEPT_HIDDEN, hears=False)
    services.cursors.put(integration.id, repository, hidden)
    for tracker_id in integration.trackers:
        tracker = services.trackers.get(ONE_GROUP, tracker_id)
        if tracker is not None:
            services.storage.changes.note_projects(
                tracker.value, cursor.projects, at=services.clock()
            )


def _note_connection(services: Services, record: Record[Connection] | None, found: Found) -> None:
    """Note whether the credential is refused: only when every organization says so."""
    if record is None:
        return
    connection = record.value
    failures = list(found.failures.values())
    refused = not found.hosts and all(isinstance(f, SignedOutError) for f in failures)
    if refused and connection.refused_since is None:
        changed = replace(connection, refused_since=services.clock(), refusal=str(failures[0]))
    elif not refused and connection.refused_since is not None:
        changed = replace(connection, refused_since=None, refusal="")
    else:
        return
    # Not when it was replaced meanwhile: the new one was not asked with.
    services.connections.replace(record, changed)


def _note_discovery(
    services: Services,
    integration: Integration,
    found: Found,
    projects: dict[ProjectId, str],
    began_at: datetime,
) -> None:
    now = services.clock()
    record = services.discoveries.get(ONE_GROUP, integration.id)
    known = record.value if record else DiscoveryRecord()
    if integration.index.pull_requests:
        for project in projects.keys() - known.projects.keys():
            plan(services, Due(integration.id, project=project), at=now + TRIED_AGAIN_AFTER)
            services.storage.jobs.put("reindex", Job(integration.id, "first", project=project))
    failures = {
        organization: failed_again(known.failures.get(organization), error, now)
        for organization, error in found.failures.items()
    }
    kept = {p: o for p, o in known.known_projects.items() if o in found.failures}
    next_at = now + (TRIED_AGAIN_AFTER if failures else DISCOVERED_EVERY)
    plan(services, Due(integration.id), at=next_at)
    services.discoveries.put(
        ONE_GROUP,
        integration.id,
        DiscoveryRecord(
            projects=projects,
            known_projects={**kept, **found.projects},
            began_at=began_at,
            discovered_at=now,
            next_at=next_at,
            failures=failures,
            failure=_nothing_to_index(found, known, now),
        ),
    )


def _nothing_to_index(found: Found, known: DiscoveryRecord, now: datetime) -> Failure | None:
    if found.listed:
        return None
    return failed_again(known.failure, NoRepositoriesError("No repository is visible."), now)
