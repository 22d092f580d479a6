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

from shared.errors import AdminError, NoRepositoriesError, SignedOutError
from shared.hooks.subscriptions import reconcile
from shared.index import leases
from shared.index.failing import TRIED_AGAIN_AFTER, failed_again
from shared.index.filtering import kept_by
from shared.index.opening import try_organization
from shared.index.owning import claim
from shared.index.runs import enqueue_first
from shared.index.schedule import DISCOVERED_EVERY, plan
from shared.interfaces import GitHost, ListedRepository
from shared.model import ProjectId, RepositoryId
from shared.progress import DiscoveryRecord, Due, Failure, Job, RepositoryRecord
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.configuration import Integration
    from shared.model import LeftOut
    from shared.services import Services

_log = logging.getLogger(__name__)


class Found(Struct):
    """What the organizations of an integration answered."""

    listed: dict[RepositoryId, ListedRepository] = field(default_factory=dict)
    projects: list[ProjectId] = field(default_factory=list)
    hosts: dict[str, GitHost] = field(default_factory=dict)
    """The organizations whose listing is complete."""
    failures: dict[str, AdminError] = field(default_factory=dict)


def discover(services: Services, integration: Integration) -> None:
    """List the integration's repositories, and start indexing those that are new.

    An organization that refuses us is recorded, and the others go on. What passes by itself is
    raised.
    """
    lease = leases.take(services, integration.id, "discovery")
    if lease is None:
        return
    with lease:
        found = _ask(services, integration)
        _note_connection(services, integration, found)
        if not found.hosts:
            raise next(iter(found.failures.values()))
        records = _compare(services, integration, found)
        lease.check()
        projects = {
            r.repository.project_id: r.repository.organization
            for r in records.values()
            if r.is_live
        }
        _note_discovery(services, integration, found, projects)
        for organization, host in found.hosts.items():
            wanted = [p for p, where in projects.items() if where == organization]
            reconcile(services, integration, host, wanted)
    _log.info(
        "discovered integration=%s repositories=%d live=%d",
        integration.id, len(records), sum(r.is_live for r in records.values()),
    )  # fmt: skip


def decide(
    listed: ListedRepository,
    integration: Integration,
    *,
    kept: set[str],
    is_ours: bool,
) -> LeftOut | None:
    """Return why a repository is not indexed, or None when it is."""
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
    if repository.default_branch is None:
        return "empty"
    return None if is_ours else "owned_elsewhere"


def _ask(services: Services, integration: Integration) -> Found:
    found = Found()
    for organization in integration.organizations:
        try:
            host = try_organization(services, integration, organization)
            listing = host.listing()
        except AdminError as error:
            _log.warning("organization_refused integration=%s code=%s", integration.id, error.code)
            found.failures[organization] = error
        else:
            found.hosts[organization] = host
            found.projects += [project.id for project in listing.projects]
            found.listed |= {listed.repository.id: listed for listed in listing.repositories}
    return found


def _compare(
    services: Services, integration: Integration, found: Found
) -> dict[RepositoryId, RepositoryRecord]:
    """Bring the stored repositories to what was listed; return them all as they are now."""
    now = services.clock()
    kept = kept_by(integration.repositories.jmespath, [r.as_listed for r in found.listed.values()])
    stored = {RepositoryId(r.key): r.value for r in services.repositories.list(integration.id)}
    ours = claim(services, integration, list(found.listed))
    records: dict[RepositoryId, RepositoryRecord] = {}
    started = []
    for repository_id, listed in found.listed.items():
        left_out = decide(listed, integration, kept=kept, is_ours=repository_id in ours)
        known = stored.get(repository_id)
        record = RepositoryRecord(
            listed.repository, left_out, gone_since=_gone_since(known, now, live=left_out is None)
        )
        records[repository_id] = record
        if record != known:
            services.repositories.put(integration.id, repository_id, record)
        if record.is_live and (known is None or not known.is_live):
            started.append(record)
    records |= _gone(services, integration, found, stored)
    enqueue_first(services, integration, started)
    return records


def _gone(
    services: Services,
    integration: Integration,
    found: Found,
    stored: Mapping[RepositoryId, RepositoryRecord],
) -> dict[RepositoryId, RepositoryRecord]:
    """Return the stored repositories that were not listed, those gone marked so."""
    now = services.clock()
    records = {}
    for repository_id in stored.keys() - found.listed.keys():
        known = record = stored[repository_id]
        was_asked = known.repository.organization in found.hosts
        is_dropped = known.repository.organization not in integration.organizations
        if was_asked or is_dropped:
            record = replace(known, is_gone=True, gone_since=known.gone_since or now)
        records[repository_id] = record
        if record != known:
            services.repositories.put(integration.id, repository_id, record)
            _log.info("repository_gone integration=%s repository=%s", integration.id, repository_id)
    return records


def _gone_since(known: RepositoryRecord | None, now: datetime, *, live: bool) -> datetime | None:
    if live:
        return None
    return (known.gone_since if known else None) or now


def _note_connection(services: Services, integration: Integration, found: Found) -> None:
    """Note whether the credential is refused: only when every organization says so."""
    record = services.connections.get(ONE_GROUP, integration.id)
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
    services.connections.replace(record, changed)


def _note_discovery(
    services: Services,
    integration: Integration,
    found: Found,
    projects: dict[ProjectId, str],
) -> None:
    now = services.clock()
    record = services.discoveries.get(ONE_GROUP, integration.id)
    known = record.value if record else DiscoveryRecord()
    failures = {
        organization: failed_again(known.failures.get(organization), error, now)
        for organization, error in found.failures.items()
    }
    next_at = now + (TRIED_AGAIN_AFTER if failures else DISCOVERED_EVERY)
    services.discoveries.put(
        ONE_GROUP,
        integration.id,
        DiscoveryRecord(
            projects=projects,
            known_projects=tuple(found.projects),
            discovered_at=now,
            next_at=next_at,
            failures=failures,
            failure=_nothing_to_index(found, known, now),
        ),
    )
    plan(services, Due(integration.id), at=next_at)
    for project in projects.keys() - known.projects.keys():
        services.storage.jobs.put("reindex", Job(integration.id, "first", project=project))
        plan(services, Due(integration.id, project=project), at=now + TRIED_AGAIN_AFTER)


def _nothing_to_index(found: Found, known: DiscoveryRecord, now: datetime) -> Failure | None:
    if found.listed:
        return None
    return failed_again(known.failure, NoRepositoriesError("No repository is visible."), now)
