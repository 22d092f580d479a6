"""Carry out a refill: read the git host's history piece by piece, and keep what it tells.

The ledger knows an event again, so that none has a second effect, and a refill that was stopped
can begin anew. The history goes back some days and holds only what was tried; for what it cannot
tell, repositories are reindexed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.connections.opening import open_organization
from shared.errors import AdminError, ChangedError, MalformedAnswerError, RefusedError
from shared.hooks.receiving import keep
from shared.hooks.subscriptions import MISSING
from shared.progress import RefillRecord
from shared.scheduling.budgets import note_budget
from shared.scheduling.runs import start_run
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.interfaces.answers import LostEvent
    from shared.messages import Job
    from shared.services import Services

HISTORY_KEPT: Final = timedelta(days=7)
MARGIN: Final = timedelta(minutes=10)
"""Between our clock and the git host's, and for deliveries that are tried for some minutes."""
_FEW: Final = 20
"""Each event comes with all that it holds, which may be much, and with what was sent."""
_MANY: Final = 320
_SHORTEST: Final = timedelta(seconds=1)
_log = log_of(__name__)


def refill_on(
    services: Services, integration: Integration, job: Job, *, work_until: datetime
) -> None:
    """Refill what a job is about, until it is time to leave the rest to another job."""
    left = _Refill(services, integration, job).work(work_until)
    if left is not None:
        services.storage.jobs.put("reindex", left)


def hooks_of(
    services: Services, integration: Integration, organization: str | None = None
) -> list[str]:
    """Return the ids of our service hooks, in one organization or in all."""
    state = services.hook_states.get(ONE_GROUP, integration.id)
    discovery = services.discoveries.get(ONE_GROUP, integration.id)
    known = discovery.value.known_projects if discovery else {}
    return [
        hook.id
        for hook in (state.value.subscriptions if state else ())
        if hook.status != MISSING
        and (organization is None or known.get(hook.project_id) == organization)
    ]


class _Place(Struct, frozen=True):
    """Where a refill carries on."""

    organization: int
    since: datetime

    @classmethod
    def read(cls, cursor: str) -> _Place:
        number, _, since = cursor.partition("|")
        return cls(int(number), datetime.fromisoformat(since))

    def write(self) -> str:
        return f"{self.organization}|{self.since.isoformat()}"


class _Refill:
    """One job's share of a refill."""

    def __init__(self, services: Services, integration: Integration, job: Job) -> None:
        self._services = services
        self._integration = integration
        self._job = job
        self._organizations = integration.organizations or _found(services, integration)
        now = services.clock()
        oldest = now - HISTORY_KEPT
        self._is_older = job.since is None or job.since < oldest
        self._since = max(job.since or oldest, oldest)
        self._until = job.until or now + MARGIN
        self._lost = 0
        self._is_refused = False

    def work(self, work_until: datetime) -> Job | None:
        """Return the job that carries on, or None at the end."""
        cursor = self._job.cursor
        place = _Place.read(cursor) if cursor else _Place(0, self._since)
        while place.organization < len(self._organizations):
            reached = self._work_on_organization(place, work_until)
            if reached < self._until:
                left = replace(place, since=reached)
                self._reindex(needed=self._lost > 0)
                return replace(self._job, until=self._until, cursor=left.write())
            place = _Place(place.organization + 1, self._since)
        self._finish()
        return None

    def _work_on_organization(self, place: _Place, work_until: datetime) -> datetime:
        """Fetch from one organization, and return how far it came; refused, it is through."""
        organization = self._organizations[place.organization]
        try:
            return self._fetch(organization, place.since, work_until)
        except (AdminError, RefusedError, MalformedAnswerError) as error:
            _log.warning("refill_refused integration=%s code=%s", self._integration.id, error.code)
            self._is_refused = True
            return self._until

    def _fetch(self, organization: str, since: datetime, work_until: datetime) -> datetime:
        """Keep what was lost from *since* on, and return how far that is.

        The git host tells only so many at once, in no order that is promised: when there are as
        many, it is asked about half the time, and at last for more of them.
        """
        services, integration = self._services, self._integration
        hooks = hooks_of(services, integration, organization)
        host = open_organization(services, integration, organization)
        span, limit = self._until - since, _FEW
        while since < self._until and services.clock() < work_until:
            end = min(since + span, self._until)
            lost = host.lost_events(hooks, since=since, until=end, limit=limit)
            note_budget(services, integration, host)
            if len(lost) >= limit and span > _SHORTEST:
                span = max(span / 2, _SHORTEST)
            elif len(lost) >= limit and limit < _MANY:
                limit *= 2
            else:
                self._keep(lost)
                since, span, limit = end, span * 2, _FEW
        return since

    def _keep(self, events: list[LostEvent]) -> None:
        integration = self._integration
        for event in events:
            if event.body:
                keep(self._services, integration.webhook_id, integration.id, event.body)
        self._lost += len(events)

    def _finish(self) -> None:
        # A hook that failed was on probation afterwards, of which the history tells nothing.
        is_unknown = self._is_refused and self._job.asked_at is not None
        self._reindex(needed=self._lost > 0 or self._is_older or is_unknown)
        _note_covered(
            self._services, self._integration, until=min(self._until, self._services.clock())
        )
        _log.info("refilled integration=%s events=%d", self._integration.id, self._lost)

    def _reindex(self, *, needed: bool) -> None:
        if needed:
            start_run(self._services, self._integration)


def _note_covered(services: Services, integration: Integration, *, until: datetime) -> None:
    record = services.refills.get(ONE_GROUP, integration.id)
    try:
        if record is None:
            services.refills.insert(ONE_GROUP, integration.id, RefillRecord(until))
        elif record.value.covered_until < until:
            services.refills.replace(record, replace(record.value, covered_until=until))
    except ChangedError:
        return  # the next refill begins where this one did: that costs a call


def _found(services: Services, integration: Integration) -> tuple[str, ...]:
    """Return the organizations of an integration that names none: those that were discovered."""
    record = services.discoveries.get(ONE_GROUP, integration.id)
    return tuple(sorted(set(record.value.known_projects.values()))) if record else ()
