"""Find out which repositories an integration has, and why another is left out.

Repositories are followed by the git host's ids, so that a rename or a move keeps everything.
Nothing is taken for gone unless the listing that lacks it was complete: a failure is never an
empty list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.activity import count_links
from shared.boards.working import begin_work_items
from shared.discovery.comparing import bring_up_to_date
from shared.discovery.listing import Found, ask
from shared.errors import AdminError, BadRequestError, NoRepositoriesError, SignedOutError
from shared.hooks import reconciling
from shared.hooks.reconciling import has_hooks
from shared.messages import Due, Job
from shared.model import RepositoryId
from shared.progress import DiscoveryRecord
from shared.scheduling import leases
from shared.scheduling.cancelling import cancels_so_far
from shared.scheduling.failing import failed_again
from shared.scheduling.keeping import keep_clean
from shared.scheduling.schedule import DISCOVERED_EVERY, TRIED_AGAIN_AFTER, plan, plan_all
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from shared.configuration import Connection, Integration
    from shared.cursors import Failure
    from shared.interfaces.storage import Record
    from shared.model import ProjectId
    from shared.progress import RepositoryRecord
    from shared.services import Services

_NO_ORGANIZATION: Final = "The credential opens no organization."
_FILTER_STEP: Final = (
    "Correct the filter, so that it fits every repository that there is; one without a branch has "
    "no defaultBranch. Until then everything stays as it is, and no other repository is found."
)
_log = log_of(__name__)


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


def _discover(services: Services, integration: Integration, lease: leases.HeldLease) -> None:
    """Ask every organization; one that fails is recorded, and the others go on."""
    began_at = services.clock()
    connection = services.connections.get(ONE_GROUP, integration.id)
    stored = {RepositoryId(r.key): r.value for r in services.repositories.list(integration.id)}
    try:
        found = ask(services, integration, stored=stored.values())
    except SignedOutError as error:
        # The identity itself is refused, before any organization could be asked.
        _note_connection(services, connection, Found(failures={"": error}))
        raise
    _note_connection(services, connection, found)
    if not found.hosts:
        raise next(iter(found.failures.values()), NoRepositoriesError(_NO_ORGANIZATION))
    lease.check()
    try:
        records, grown = bring_up_to_date(services, integration, found, stored)
    except BadRequestError as error:
        # It was good when it was set, and there is a repository of another shape now.
        why = "; ".join(error.fields.values())
        text = f"{str(error).rstrip('.')}: {why.rstrip('.')}."
        raise AdminError(text, next_step=_FILTER_STEP) from error
    _note_discovery(services, integration, found, records, grown=grown, began_at=began_at)
    if has_hooks(services, integration):
        reconciling.ask(services, integration)
    keep_clean(services, integration)
    count_links(services, integration, {key for key, record in records.items() if record.is_live})
    _log.info(
        "discovered integration=%s repositories=%d live=%d",
        integration.id, len(records), sum(r.is_live for r in records.values()),
    )  # fmt: skip


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
    records: Mapping[RepositoryId, RepositoryRecord],
    *,
    grown: Collection[ProjectId],
    began_at: datetime,
) -> None:
    now = services.clock()
    record = services.discoveries.get(ONE_GROUP, integration.id)
    known = record.value if record else DiscoveryRecord()
    projects = {
        r.repository.project_id: r.repository.organization for r in records.values() if r.is_live
    }
    if integration.index.pull_requests:
        _read_pull_requests(
            services, integration, fresh=projects.keys() - known.projects.keys(), grown=grown
        )
    begin_work_items(services, integration, projects.values())
    failures = {
        organization: failed_again(known.failures.get(organization), error, now)
        for organization, error in found.failures.items()
    }
    kept = {p: o for p, o in known.known_projects.items() if o in found.failures}
    listed = {identity: project.organization for identity, project in found.projects.items()}
    next_at = now + (TRIED_AGAIN_AFTER if failures else DISCOVERED_EVERY)
    plan(services, Due(integration.id), at=next_at)
    services.discoveries.put(
        ONE_GROUP,
        integration.id,
        DiscoveryRecord(
            projects=projects,
            known_projects={**kept, **listed},
            began_at=began_at,
            discovered_at=now,
            next_at=next_at,
            failures=failures,
            failure=_nothing_to_index(found, known, now),
            server=found.server,
            notes=tuple(found.notes),
        ),
    )


def _read_pull_requests(
    services: Services,
    integration: Integration,
    *,
    fresh: Collection[ProjectId],
    grown: Collection[ProjectId],
) -> None:
    """Have a project read that is new, and one that has another repository than before."""
    at = services.clock() + TRIED_AGAIN_AFTER
    plan_all(services, [Due(integration.id, project=p) for p in fresh], at=at)
    if not fresh and not grown:
        return
    cancels = cancels_so_far(services, integration.id)
    for project in sorted({*fresh, *grown}):
        job = Job(integration.id, "first", project=project, cancels=cancels)
        services.storage.jobs.put("reindex", job)


def _nothing_to_index(found: Found, known: DiscoveryRecord, now: datetime) -> Failure | None:
    if found.listed:
        return None
    return failed_again(known.failure, NoRepositoriesError("No repository is visible."), now)
