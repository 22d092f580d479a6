"""Where an integration and its repositories stand, worked out from what jobs leave behind."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, get_args

from msgspec import Struct

from shared.configuration import Connection
from shared.cursors import Cursor, Failure, PullRequestCursor, WorkItemCursor, WorkState
from shared.integrations.alarms import Alarm, alarms_of
from shared.integrations.estimating import Progress, RunStatus, Standing, progress_of, run_status
from shared.progress import DiscoveryRecord, RepositoryRecord, Summary
from shared.scheduling.budgets import budget_of
from shared.scheduling.cancelling import rests_until
from shared.scheduling.summaries import keep_summary
from shared.services import ONE_GROUP
from shared.whereabouts import Whereabouts, whereabouts_beside, whereabouts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from shared.configuration import Integration
    from shared.interfaces.storage import Record
    from shared.progress import IdentityBudget
    from shared.services import Services

IntegrationState = Literal[
    "new",
    "indexing",
    "idle",
    "throttled",
    "needs_reconnect",
    "degraded",
    "hooks_only",
    "paused",
    "failed",
]
RepositoryState = Literal["new", "indexing", "idle", "failed", "left_out", "gone"]
REPOSITORY_STATES: Final[tuple[RepositoryState, ...]] = get_args(RepositoryState)


class BudgetStatus(Struct, frozen=True):
    """What the git host lets the integration's identity do now."""

    limit: float | None
    remaining: float | None
    resets_at: datetime | None
    """None with the two before: it told no figures, as it does not while there is plenty."""
    paused_until: datetime | None
    """Until when it asked us to wait."""


class KindState(Struct, frozen=True):
    """Where one kind of things stands, of a repository or of an organization."""

    state: WorkState
    count: int
    last_indexed_at: datetime | None
    failure: Failure | None


class Status(Struct, frozen=True):
    """Where an integration stands."""

    state: IntegrationState
    progress: Progress
    run: RunStatus | None
    """None when nobody ever asked for a reindex."""
    last_reindex_at: datetime | None
    next_reindex_at: datetime | None
    budget: BudgetStatus | None
    """None while the identity may do as it likes."""
    alarms: tuple[Alarm, ...]
    server: str | None = None
    """Product and API version of a server; None of what has only one."""
    work_items: dict[str, KindState] = {}
    """Organization → where its work items stand; empty while they are not indexed."""


class RepositoryStatus(Struct, frozen=True):
    """A repository and where its kinds stand."""

    record: RepositoryRecord
    state: RepositoryState
    kinds: dict[str, KindState]


def status_of(services: Services, integration: Integration) -> Status:
    """Return where an integration stands now."""
    seen = Seen.of(services, integration)
    stored = services.connections.get(ONE_GROUP, integration.id)
    connection = stored.value if stored else Connection("pat", "")
    found = services.discoveries.get(ONE_GROUP, integration.id)
    discovery = found.value if found else DiscoveryRecord()
    run = services.runs.get(ONE_GROUP, integration.id)
    budget = budget_of(services, integration, connection)
    summary = keep_summary(services, integration.id, seen.work)
    standing = Standing(
        integration=integration,
        repositories=seen.repositories,
        cursors=seen.cursors,
        run=run.value if run else None,
        budget=budget,
        now=services.clock(),
    )
    live = standing.live
    return Status(
        state=state_from(integration, summary, discovery, connection, budget),
        progress=progress_of(standing),
        run=run_status(standing),
        last_reindex_at=max((c.last_indexed_at for c in live if c.last_indexed_at), default=None),
        next_reindex_at=min((c.next_at for c in live if c.next_at), default=None),
        budget=_shown_budget(budget),
        alarms=alarms_of(
            services,
            integration,
            connection,
            discovery=discovery,
            repositories=seen.repositories,
            cursors=seen.cursors,
            work_items=seen.work_items,
        ),
        server=discovery.server or None,
        work_items={
            name: KindState(c.state, c.count, c.last_indexed_at, c.failure)
            for name, c in seen.work_items.items()
        },
    )


class Seen(Struct, frozen=True):
    """All that is indexed of an integration."""

    repositories: list[RepositoryRecord]
    """Those that are live."""
    cursors: dict[str, Cursor]
    work: set[WorkState]
    """The states that anything of it is in."""
    work_items: dict[str, WorkItemCursor]
    """Organization → how far its work items are; empty while they are not indexed."""

    @classmethod
    def of(cls, services: Services, integration: Integration) -> Seen:
        """Read it."""
        listed = services.repositories.list(integration.id)
        live = [r.value for r in listed if r.value.is_live]
        cursors = {r.key: r.value for r in services.cursors.list(integration.id)}
        work = {cursors.get(r.repository.id, Cursor()).state for r in live}
        work |= {r.value.state for r in services.pull_request_cursors.list(integration.id)}
        work_items = {}
        if integration.index.work_items:
            listed_items = services.work_item_cursors.list(integration.id)
            work_items = {r.key: r.value for r in listed_items}
            work |= {cursor.state for cursor in work_items.values()}
        if "new" in work:
            cancelled = services.cancellations.get(ONE_GROUP, integration.id)
            rests = rests_until(cancelled.value if cancelled else None)
            if rests is not None and rests > services.clock():
                work.discard("new")
        return cls(live, cursors, work, work_items)


def repository_status(
    services: Services, integration: Integration, records: Sequence[RepositoryRecord]
) -> list[RepositoryStatus]:
    """Return where repositories stand; they are in order of id, as they are listed."""
    if not records:
        return []
    first, last = records[0].repository.id, records[-1].repository.id
    # A range of the same keys: the one before it is not asked for, the first may be any.
    listed = services.cursors.list(integration.id, after=first[:-1], before=f"{last}~")
    cursors = {cursor.key: whereabouts_of(cursor.value) for cursor in listed}
    places = [cursors.get(record.repository.id, Whereabouts()) for record in records]
    return _with_projects(services, integration, zip(records, places, strict=True))


def shown_status(
    services: Services, integration: Integration, records: Sequence[Record[RepositoryRecord]]
) -> list[RepositoryStatus]:
    """Return where repositories stand, as told beside their records: one request for them all."""
    if not records:
        return []
    found = ((record.value, whereabouts_beside(record)) for record in records)
    return _with_projects(services, integration, found)


def repository_state(record: RepositoryRecord, place: Whereabouts) -> RepositoryState:
    """Return where a repository stands, in a word."""
    if record.is_gone:
        return "gone"
    return "left_out" if record.left_out is not None else place.state


def _with_projects(
    services: Services,
    integration: Integration,
    found: Iterable[tuple[RepositoryRecord, Whereabouts]],
) -> list[RepositoryStatus]:
    projects = {r.key: r.value for r in services.pull_request_cursors.list(integration.id)}
    statuses = []
    for record, place in found:
        project = projects.get(record.repository.project_id, PullRequestCursor())
        kinds = _kinds(record, place, project)
        statuses.append(RepositoryStatus(record, repository_state(record, place), kinds))
    return statuses


def _kinds(
    record: RepositoryRecord, place: Whereabouts, project: PullRequestCursor
) -> dict[str, KindState]:
    # Branches are stored before any commit is read: a walk that failed has them already.
    of_branches = None if place.is_walking else place.failure
    branches: WorkState = place.state if of_branches == place.failure else "idle"
    last_indexed_at = place.last_indexed_at
    return {
        "commits": KindState(place.state, place.commits, last_indexed_at, place.failure),
        "branches": KindState(branches, place.branches, last_indexed_at, of_branches),
        "pull_requests": KindState(
            project.state,
            project.counts.get(record.repository.id, 0),
            project.last_indexed_at,
            project.failure,
        ),
    }


def state_from(
    integration: Integration,
    summary: Summary,
    discovery: DiscoveryRecord,
    connection: Connection,
    budget: IdentityBudget | None,
) -> IntegrationState:
    """Return where an integration stands: the first state whose condition holds."""
    work: Collection[WorkState] = summary.work
    never_discovered = discovery.discovered_at is None
    has_failures = bool(discovery.failures or discovery.failure or "failed" in work)
    states: tuple[tuple[bool, IntegrationState], ...] = (
        (integration.is_paused, "paused"),
        (connection.refused_since is not None, "needs_reconnect"),
        (never_discovered and discovery.failure is not None, "failed"),
        (never_discovered, "new"),
        (budget is not None and budget.paused_until is not None, "throttled"),
        ("new" in work or "indexing" in work, "indexing"),
        (has_failures, "degraded"),
        (integration.hooks_only, "hooks_only"),
        (True, "idle"),
    )
    return next(state for holds, state in states if holds)


def _shown_budget(budget: IdentityBudget | None) -> BudgetStatus | None:
    if budget is None:
        return None
    return BudgetStatus(
        limit=budget.limit,
        remaining=None if budget.limit is None else budget.remaining,
        resets_at=budget.resets_at,
        paused_until=budget.paused_until,
    )
