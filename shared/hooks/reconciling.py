"""Make an integration's service hooks as they should be, project by project.

It can stop anywhere and be done again. That the credential may not make hooks is recorded and is
no failure: then an admin sets hooks up by hand, and the timer looks more often.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.configuration import HookState
from shared.connections.opening import open_organization
from shared.errors import (
    ChangedError,
    DevlinksError,
    ForbiddenError,
    LeaseLostError,
    MalformedAnswerError,
    MissingError,
    RefusedError,
    UnavailableError,
)
from shared.hooks import noting
from shared.hooks.catching_up import catch_up
from shared.hooks.dropping import drop
from shared.hooks.mending import ProjectHooks, Sender
from shared.hooks.refilling import refill
from shared.hooks.subscriptions import (
    STANDS_BY_FOR,
    is_everything_moved,
    wanted_types,
    webhook_url,
)
from shared.messages import Due, Job
from shared.scheduling import leases
from shared.scheduling.budgets import note_budget
from shared.services import ONE_GROUP, SECRETS_WITHIN
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from datetime import datetime

    from shared.configuration import Integration, Webhook
    from shared.interfaces.git_host import GitHost
    from shared.interfaces.storage import Record
    from shared.model import ProjectId
    from shared.progress import RepositoryRecord
    from shared.services import Services

SETTLED_AFTER: Final = SECRETS_WITHIN + timedelta(seconds=15)
"""A new password is sent by no hook of ours before every receiver knows it."""
_A_LITTLE: Final = timedelta(seconds=15)
_log = log_of(__name__)


def has_hooks(services: Services, integration: Integration) -> bool:
    """Tell whether an integration has service hooks to look at, or should have."""
    if integration.webhooks:
        return bool(services.public_url)
    state = services.hook_states.get(ONE_GROUP, integration.id)
    return state is not None and bool(state.value.subscriptions)


def ask(services: Services, integration: Integration, *, delay: timedelta = timedelta()) -> None:
    """Have the service hooks looked at, once *delay* is over."""
    job = Job(integration.id, "reconcile", asked_at=services.clock() + delay)
    services.storage.jobs.put("reindex", job, delay=delay or None)


def reconcile(
    services: Services, integration: Integration, *, asked_at: datetime | None, until: datetime
) -> None:
    """Look at the hooks of each project, unless that was done since it was asked for.

    What is left *until* then is done by another job. Finds the lease taken, and the wish is kept
    for who holds it.
    """
    lease = leases.take_or_want(services, Due(integration.id), leases.SERVICE_HOOKS)
    if lease is None:
        return
    begun_with = leases.wanted(services, integration.id, leases.SERVICE_HOOKS)
    asked_at = asked_at or services.clock()
    with lease:
        work = _Reconciliation(services, integration, lease, asked_at=asked_at)
        is_done = work.work(until)
    if not is_done:
        services.storage.jobs.put("reindex", Job(integration.id, "reconcile", asked_at=asked_at))
    if leases.settle(services, integration.id, leases.SERVICE_HOOKS, done=begun_with):
        ask(services, integration)


class _Reconciliation:
    """One look at an integration's hooks, and what is known of them meanwhile."""

    def __init__(
        self,
        services: Services,
        integration: Integration,
        lease: leases.HeldLease,
        *,
        asked_at: datetime,
    ) -> None:
        self._services = services
        self._integration = integration
        self._lease = lease
        self._asked_at = asked_at
        stored = services.hook_states.get(ONE_GROUP, integration.id)
        self._stored = stored.value if stored else None
        self._state = self._stored or HookState()
        discovery = services.discoveries.get(ONE_GROUP, integration.id)
        self._projects = discovery.value.projects if discovery else {}
        self._hosts: dict[str, GitHost] = {}
        self._repositories: list[RepositoryRecord] | None = None
        self._failures: list[DevlinksError] = []
        self._stand_by = False
        self._unheard_since: datetime | None = None

    def work(self, until: datetime) -> bool:
        """Tell whether every project was looked at; failures that may pass are raised."""
        record = self._services.webhooks.get(ONE_GROUP, self._integration.webhook_id)
        if record is None or not self._may_begin(record.value):
            return True
        try:
            is_done = self._look_at_all(record.value, until)
            if is_done:
                self._drop_the_unwanted()
        except LeaseLostError:
            raise
        except DevlinksError:
            self._keep()
            raise
        self._keep()
        self._have_the_rest_done()
        if is_done:
            self._tidy(record)
        if is_done and self._failures:
            raise self._failures[0]
        return is_done

    def _may_begin(self, webhook: Webhook) -> bool:
        """Tell whether hooks can be made now, unless they are to be removed."""
        if not self._integration.webhooks:
            return True
        rotated_at = webhook.rotated_at
        is_new = rotated_at is not None and self._services.clock() < rotated_at + SETTLED_AFTER
        return not is_new and bool(webhook_url(self._services, self._integration.webhook_id))

    def _look_at_all(self, webhook: Webhook, until: datetime) -> bool:
        if not self._integration.webhooks:
            return True
        sender = Sender.of(self._services, self._integration.webhook_id, webhook)
        for project in sorted(self._projects):
            looked_at = self._state.looked_at.get(project)
            if looked_at is not None and looked_at >= self._asked_at:
                continue
            if self._services.clock() >= until:
                return False
            self._lease.check()
            self._look_at(project, sender)
        if not self._failures:
            self._state = noting.not_failed(self._state)
        return True

    def _look_at(self, project: ProjectId, sender: Sender) -> None:
        """Look at one project; what goes wrong with it keeps nobody from looking at the others."""
        now = self._services.clock()
        hooks = ProjectHooks(
            self._open(self._projects[project]),
            sender,
            project,
            organization=self._projects[project],
            known={h.id: h for h in self._state.subscriptions if h.project_id == project},
            wanted=wanted_types(self._integration),
            now=now,
        )
        try:
            hooks.look(last_looked_at=self._state.looked_at.get(project))
            if hooks.has_worsened:
                # Should this end before its repositories are looked at, the next look sees that
                # there was a gap.
                self._state = noting.with_hooks(self._state, project, hooks.hooks.values())
                self._keep()
            hooks.mend()
        except (ForbiddenError, MissingError, RefusedError) as error:
            _log.warning("hooks_refused integration=%s project=%s", self._integration.id, project)
            self._state = noting.refused(self._state, project, error, now)
        except (UnavailableError, MalformedAnswerError) as error:
            self._note_failure(project, error, now)
            self._end(project, hooks)
            return
        except DevlinksError:
            self._end(project, hooks)
            raise
        else:
            self._state = noting.not_refused(self._state, {project})
        self._end(project, hooks)
        self._state = noting.looked_at(self._state, project, now)

    def _end(self, project: ProjectId, hooks: ProjectHooks) -> None:
        """Keep what became of a project's hooks, and have looked at what they did not tell."""
        note_budget(self._services, self._integration, self._open(self._projects[project]))
        if hooks.mended or hooks.lost:
            catch_up(self._services, self._integration, project, self._all_repositories())
            _log.info(
                "hooks_changed integration=%s project=%s mended=%d lost=%d unheard_since=%s",
                self._integration.id, project, len(hooks.mended), len(hooks.lost),
                hooks.unheard_since,
            )  # fmt: skip
        moments = (self._unheard_since, hooks.unheard_since)
        self._unheard_since = min((m for m in moments if m is not None), default=None)
        self._stand_by = self._stand_by or hooks.stand_by
        before = self._state.subscriptions
        self._state = noting.with_hooks(self._state, project, hooks.hooks.values())
        if self._state.subscriptions != before:
            self._keep()

    def _note_failure(self, project: ProjectId, error: DevlinksError, now: datetime) -> None:
        _log.warning(
            "hooks_not_looked_at integration=%s project=%s code=%s",
            self._integration.id, project, error.code,
        )  # fmt: skip
        self._failures.append(error)
        self._state = noting.failed(self._state, error, now)

    def _drop_the_unwanted(self) -> None:
        """Remove the hooks of projects that have nothing indexed any more, or all of them."""
        wanted = set(self._projects) if self._integration.webhooks else set()
        state = self._state
        hooks = [h for h in state.subscriptions if h.project_id not in wanted]
        known = {*state.looked_at, *state.refused_projects, *(h.project_id for h in hooks)}
        left = drop(self._services, self._integration, hooks) if hooks else []
        for project in {h.project_id for h in hooks} & self._projects.keys():
            catch_up(self._services, self._integration, project, self._all_repositories())
        self._state = noting.without_projects(state, known - wanted, left=left)

    def _have_the_rest_done(self) -> None:
        """Enqueue what follows from what was found."""
        if self._unheard_since is not None:
            refill(self._services, self._integration, since=self._unheard_since)
        if self._stand_by:
            ask(self._services, self._integration, delay=STANDS_BY_FOR + _A_LITTLE)

    def _tidy(self, record: Record[Webhook]) -> None:
        """Let older passwords go: those that nobody sends any more, once their time is over."""
        webhook = record.value
        now = self._services.clock()
        is_moved = webhook.is_moved or is_everything_moved(self._state, webhook)
        tidied = replace(webhook, is_moved=is_moved)
        if len(tidied.live_passwords(now)) < len(webhook.sealed_passwords):
            tidied = replace(
                tidied, sealed_passwords=tidied.live_passwords(now), overlaps_until=None
            )
        if tidied == webhook:
            return
        try:
            self._services.webhooks.replace(record, tidied)
        except ChangedError:
            return  # rotated meanwhile: the job of that does the rest
        self._services.known_webhooks.forget(ONE_GROUP, self._integration.webhook_id)
        _log.info("webhook_tidied integration=%s moved=%s", self._integration.id, is_moved)

    def _keep(self) -> None:
        if self._state != (self._stored or HookState()):
            self._services.hook_states.put(ONE_GROUP, self._integration.id, self._state)
            self._stored = self._state

    def _open(self, organization: str) -> GitHost:
        if organization not in self._hosts:
            self._hosts[organization] = open_organization(
                self._services, self._integration, organization
            )
        return self._hosts[organization]

    def _all_repositories(self) -> list[RepositoryRecord]:
        if self._repositories is None:
            found = self._services.repositories.list(self._integration.id)
            self._repositories = [record.value for record in found]
        return self._repositories
