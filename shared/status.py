"""Where an integration and its repositories stand, worked out from what jobs leave behind."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, get_args

from msgspec import Struct

from shared.configuration import Connection
from shared.hooks.silence import silence_text, silences
from shared.hooks.troubles import troubles_of
from shared.index.told_branches import missing
from shared.progress import (
    Cursor,
    DiscoveryRecord,
    Failure,
    PullRequestCursor,
    RepositoryRecord,
    WorkState,
)
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from shared.configuration import Integration
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

_EXPIRES_SOON: Final = timedelta(days=14)
_MOST_NAMED: Final = 3
_LONGEST_ESTIMATED: Final = timedelta(days=2)
"""A repository that comes later takes the time of one, not that since a start long past."""


class Alarm(Struct, frozen=True):
    """Something that an admin must see."""

    code: str
    text: str
    since: datetime | None
    help_url: str | None = None


class Progress(Struct, frozen=True):
    """How far the repositories of an integration are."""

    repositories_total: int = 0
    repositories_done: int = 0
    repositories_failed: int = 0
    commits_seen: int = 0
    links: int = 0
    started_at: datetime | None = None
    """When the last reindex began that somebody asked for; before any, the first index."""
    eta_seconds: int | None = None


class Status(Struct, frozen=True):
    """Where an integration stands."""

    state: IntegrationState
    progress: Progress
    last_reindex_at: datetime | None
    next_reindex_at: datetime | None
    budget: datetime | None
    """Until when the git host asked us to wait; None when it does not."""
    alarms: tuple[Alarm, ...]


class KindState(Struct, frozen=True):
    """Where one kind of a repository's things stands."""

    state: WorkState
    count: int
    last_indexed_at: datetime | None
    failure: Failure | None


class RepositoryStatus(Struct, frozen=True):
    """A repository and where its kinds stand."""

    record: RepositoryRecord
    state: RepositoryState
    kinds: dict[str, KindState]


def status_of(services: Services, integration: Integration) -> Status:
    """Return where an integration stands now."""
    repositories = [r.value for r in services.repositories.list(integration.id) if r.value.is_live]
    cursors = {r.key: r.value for r in services.cursors.list(integration.id)}
    live = [cursors.get(r.repository.id, Cursor()) for r in repositories]
    pause = services.pauses.get(ONE_GROUP, integration.id)
    now = services.clock()
    paused_until = pause.value.until if pause and pause.value.until > now else None
    found = services.discoveries.get(ONE_GROUP, integration.id)
    discovery = found.value if found else DiscoveryRecord()
    projects = [r.value for r in services.pull_request_cursors.list(integration.id)]
    alarms = (
        *_alarms(services, integration, discovery),
        *_silence_alarms(services, integration, repositories, cursors),
        *_incomplete_alarms(integration, repositories, cursors),
    )
    states = [c.state for c in live] + [p.state for p in projects]
    return Status(
        state=_state(integration, states, discovery, alarms, paused_until),
        progress=_progress(services, integration, live),
        last_reindex_at=max((c.last_indexed_at for c in live if c.last_indexed_at), default=None),
        next_reindex_at=min((c.next_at for c in live if c.next_at), default=None),
        budget=paused_until,
        alarms=alarms,
    )


def repository_status(
    services: Services, integration: Integration, records: Sequence[RepositoryRecord]
) -> list[RepositoryStatus]:
    """Return where repositories stand; they are in order of id, as they are listed."""
    if not records:
        return []
    first, last = records[0].repository.id, records[-1].repository.id
    # A range of the same keys: the one before it is not asked for, the first may be any.
    cursors = {
        r.key: r.value
        for r in services.cursors.list(integration.id, after=first[:-1], before=f"{last}~")
    }
    projects = {r.key: r.value for r in services.pull_request_cursors.list(integration.id)}
    found = []
    for record in records:
        cursor = cursors.get(record.repository.id, Cursor())
        project = projects.get(record.repository.project_id, PullRequestCursor())
        state = _repository_state(record, cursor)
        found.append(RepositoryStatus(record, state, _kinds(record, cursor, project)))
    return found


def _kinds(
    record: RepositoryRecord, cursor: Cursor, project: PullRequestCursor
) -> dict[str, KindState]:
    return {
        "commits": KindState(
            cursor.state, cursor.commits_seen, cursor.last_indexed_at, cursor.failure
        ),
        "branches": KindState(
            cursor.state,
            len(cursor.verified.keys() | cursor.heard.keys()),
            cursor.last_indexed_at,
            cursor.failure,
        ),
        "pull_requests": KindState(
            project.state,
            project.counts.get(record.repository.id, 0),
            project.last_indexed_at,
            project.failure,
        ),
    }


def _repository_state(record: RepositoryRecord, cursor: Cursor) -> RepositoryState:
    if record.is_gone:
        return "gone"
    return "left_out" if record.left_out is not None else cursor.state


def _progress(services: Services, integration: Integration, live: Sequence[Cursor]) -> Progress:
    run = services.runs.get(ONE_GROUP, integration.id)
    started_at = run.value.started_at if run else integration.created_at
    done = sum(cursor.state == "idle" for cursor in live)
    failed = sum(cursor.state == "failed" for cursor in live)
    left = len(live) - done - failed
    eta = None
    elapsed = services.clock() - started_at
    if left and done and elapsed < _LONGEST_ESTIMATED:
        eta = round(elapsed.total_seconds() / done * left)
    return Progress(
        repositories_total=len(live),
        repositories_done=done,
        repositories_failed=failed,
        commits_seen=sum(cursor.commits_seen for cursor in live),
        links=sum(cursor.links for cursor in live),
        started_at=started_at,
        eta_seconds=eta,
    )


def _state(
    integration: Integration,
    work: Sequence[WorkState],
    discovery: DiscoveryRecord,
    alarms: Sequence[Alarm],
    paused_until: datetime | None,
) -> IntegrationState:
    """Return the first state whose condition holds."""
    never_discovered = discovery.discovered_at is None
    has_failures = bool(discovery.failures or discovery.failure or "failed" in work)
    states: tuple[tuple[bool, IntegrationState], ...] = (
        (integration.is_paused, "paused"),
        (any(alarm.code == "signed_out" for alarm in alarms), "needs_reconnect"),
        (never_discovered and discovery.failure is not None, "failed"),
        (never_discovered, "new"),
        (paused_until is not None, "throttled"),
        ("new" in work or "indexing" in work, "indexing"),
        (has_failures, "degraded"),
        (integration.hooks_only, "hooks_only"),
        (True, "idle"),
    )
    return next(state for holds, state in states if holds)


def _alarms(
    services: Services, integration: Integration, discovery: DiscoveryRecord
) -> tuple[Alarm, ...]:
    alarms = []
    stored = services.connections.get(ONE_GROUP, integration.id)
    connection = stored.value if stored else Connection("pat", "")
    if connection.refused_since is not None:
        alarms.append(Alarm("signed_out", connection.refusal, connection.refused_since))
    if connection.expires_at is not None:
        left = connection.expires_at - services.clock()
        if left < _EXPIRES_SOON:
            days = max(0, left.days)
            text = f"The token expires in {days} days: replace the connection before."
            alarms.append(Alarm("credential_expires", text, None))
    for organization, failure in discovery.failures.items():
        text = f"{organization}: {failure.text}"
        alarms.append(Alarm(f"organization_{failure.code}", text, failure.since))
    if discovery.failure is not None and connection.refused_since is None:
        failure = discovery.failure
        alarms.append(Alarm(failure.code, failure.text, failure.since))
    troubles = troubles_of(services, integration)
    alarms += [Alarm(trouble.code, trouble.text, trouble.since) for trouble in troubles]
    return tuple(alarms)


def _silence_alarms(
    services: Services,
    integration: Integration,
    repositories: Sequence[RepositoryRecord],
    cursors: Mapping[str, Cursor],
) -> list[Alarm]:
    stored = services.hook_states.get(ONE_GROUP, integration.id)
    if stored is None or not integration.webhooks or integration.hooks_only:
        return []
    known = [(r.repository, cursors.get(r.repository.id, Cursor())) for r in repositories]
    found = silences(stored.value, known, services.clock())
    return [Alarm("hooks_silent", silence_text(found), found[0].since)] if found else []


def _incomplete_alarms(
    integration: Integration,
    repositories: Sequence[RepositoryRecord],
    cursors: Mapping[str, Cursor],
) -> list[Alarm]:
    if not integration.hooks_only:
        return []
    known = [(r.repository, cursors.get(r.repository.id, Cursor())) for r in repositories]
    found = [(repository, missing(cursor)) for repository, cursor in known]
    named = [f"{r.project}/{r.name} ({count})" for r, count in found if count]
    if not named:
        return []
    total = sum(count for _, count in found)
    shown = ", ".join(named[:_MOST_NAMED]) + (", …" if len(named) > _MOST_NAMED else "")
    text = (
        f"{total} pushes of the last 30 days were not told, or not as a whole, and nobody can be "
        f"asked: {shown}. Links of their commits may be missing. Look at the "
        "history of the service hooks, and push what is missing to a branch of its own."
    )
    return [Alarm("hooks_incomplete", text, None)]
