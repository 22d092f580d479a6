"""Index an integration by what its service hooks tell, and by nothing else.

For a git host that cannot be called, behind a firewall: bodies are believed as they stand. What
they leave out cannot be read; it is counted, and told.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from msgspec.structs import replace

from shared.cursors import PullRequestCursor
from shared.discovery.removing import remove_gone_repository
from shared.errors import ChangedError, MalformedAnswerError
from shared.events import (
    BareEvent,
    Event,
    Facts,
    OtherEvent,
    PullRequestEvent,
    PushEvent,
    WorkItemEvent,
)
from shared.hooks.processing import drop_foreign, finish
from shared.hooks.silence import heard
from shared.index.opening import check_running
from shared.index.reindexing import cursor_of, with_projects
from shared.index.rules import apply_rules, learn_projects
from shared.index.targets import targets_of
from shared.index.told_branches import branches_of, is_cut, remembered, with_update
from shared.index.told_repositories import HIDDEN, keep_repository, look_around
from shared.index.writing import IndexWriter
from shared.messages import Delivery
from shared.model import Branch
from shared.scheduling import leases

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shared.configuration import Integration
    from shared.cursors import Cursor
    from shared.index.targets import TrackerTarget
    from shared.messages import Job
    from shared.model import Commit, CommitId, PullRequest
    from shared.progress import RepositoryRecord
    from shared.services import Services

TRIED_AGAIN_IN: Final = timedelta(seconds=2)
"""While another worker is at the repository."""
_LARGEST_SKEW: Final = timedelta(minutes=10)
"""How far the sender's clock may be ahead of ours: a date from further on counts as so far."""
_MOST_CUT: Final = 1000
_log = logging.getLogger(__name__)


def work_on_hooks_alone(services: Services, integration: Integration, job: Job) -> None:
    """Do what a job asks for as far as nothing has to be called for it; nothing of the rest."""
    if job.delivery is not None:
        _take_in(services, integration, job)
    elif job.repository is not None:
        _look_at(services, integration, job)
    elif job.reason == "discover":
        look_around(services, integration)
    else:
        _log.info("not_called integration=%s reason=%s", integration.id, job.reason)


class _Told(Struct, frozen=True):
    """A delivery, and what it says."""

    delivery: Delivery
    event: Event
    facts: Facts
    at: datetime
    """When it happened."""


def _look_at(services: Services, integration: Integration, job: Job) -> None:
    """Bring what is stored of a repository under the rules of now, or delete what is old."""
    assert job.repository is not None, "a repository's job names it"
    found = services.repositories.get(integration.id, job.repository)
    if found is None:
        return
    if not found.value.is_live:
        remove_gone_repository(services, integration, found.value)
        return
    lease = leases.take(services, integration.id, job.repository)
    if lease is None:
        services.storage.jobs.put("reindex", job, delay=TRIED_AGAIN_IN)
        return
    with lease:
        apply_rules(services, integration, found.value.repository)


def _take_in(services: Services, integration: Integration, job: Job) -> None:
    """Take a delivery in; when another worker is at its repository, a little later."""
    told = _read(services, integration, job)
    if told is None:
        return
    delivery, event, facts = told.delivery, told.event, told.facts
    assert facts.repository is not None, "else there is nothing to take in"
    record = keep_repository(
        services,
        integration,
        facts.repository,
        at=told.at,
        is_deleted=facts.is_deleted,
        has_branches=isinstance(event, PushEvent | PullRequestEvent),
    )
    if not isinstance(event, PushEvent | PullRequestEvent):
        finish(services, delivery, "done", "the repository is known as it is told")
        return
    if record.left_out not in HIDDEN:
        reason = f"the repository is not indexed: {record.left_out}"
        finish(services, delivery, "ignored", reason)
        return
    lease = leases.take(services, integration.id, record.repository.id)
    if lease is None:
        services.storage.jobs.put("hooks", job, delay=TRIED_AGAIN_IN)
        return
    with lease:
        detail = ""
        if isinstance(event, PushEvent):
            detail = _Push(services, integration, record, told, event).store(lease)
            learn_projects(services, integration, record.repository)
        elif facts.pull_request is not None:
            _put_pull_request(services, integration, record, facts.pull_request, at=told.at)
        apply_rules(services, integration, record.repository)
    finish(services, delivery, "done", detail)


def _read(services: Services, integration: Integration, job: Job) -> _Told | None:
    """Return what a delivery says; None when that is nothing, which is said in the ledger."""
    assert job.delivery is not None, "a delivery's job names it"
    delivery = services.storage.deliveries.get(integration.webhook_id, job.delivery)
    if delivery is None or delivery.state != "accepted":
        return None
    family = services.git_hosts[integration.git_host]
    try:
        event = family.read_event(delivery.body)
        if isinstance(event, OtherEvent):
            finish(services, delivery, "ignored", event.reason)
            return None
        if isinstance(event, WorkItemEvent):
            finish(services, delivery, "ignored", "work items are not read from service hooks")
            return None
        facts = family.facts(
            delivery.body, address=integration.url, organizations=integration.organizations
        )
    except MalformedAnswerError as error:
        finish(services, delivery, "unreadable", str(error))
        return None
    if facts.is_foreign:
        drop_foreign(services, delivery, event)
    elif isinstance(event, BareEvent) or facts.repository is None:
        text = "it leaves out what changed, and nobody can be asked: have all details sent"
        finish(services, delivery, "ignored", text)
    elif isinstance(event, PushEvent) and not branches_of(event):
        finish(services, delivery, "ignored", "the push moved no branch")
    elif isinstance(event, PullRequestEvent) and not integration.index.pull_requests:
        finish(services, delivery, "ignored", "pull requests are switched off")
    else:
        latest = delivery.received_at + _LARGEST_SKEW
        return _Told(delivery, event, facts, min(event.created_at or latest, latest))
    return None


class _Push:
    """One push, of which its event is all that can be known; worked on under a lease."""

    def __init__(
        self,
        services: Services,
        integration: Integration,
        record: RepositoryRecord,
        told: _Told,
        event: PushEvent,
    ) -> None:
        self._services = services
        self._integration = integration
        self._repository = record.repository
        self._told = told
        self._event = event
        self._targets = targets_of(services, integration, record.repository)
        self._writer = IndexWriter(self._targets, services.storage.changes)

    def store(self, lease: leases.HeldLease) -> str:
        """Store what the push tells, then how far that goes; return what it leaves out, if any."""
        services, at = self._services, self._told.at
        stored = cursor_of(services, self._integration, self._repository)
        cursor = stored.value
        chains = dict(cursor.told)
        for name, update in branches_of(self._event).items():
            chains[name] = with_update(chains.get(name, ()), update, at=at)
        newest = {
            name: chains[name][-1].end
            for name in branches_of(self._event)
            if chains[name][-1].until == at
        }
        commits = self._new_commits()
        links = self._writer.put_commits(commits)
        self._put_branches(newest)
        self._writer.flush(services.clock)
        lease.check()
        check_running(services, self._integration)
        cut = self._cut()
        moved = _moved(cursor, newest, services.clock())
        services.cursors.replace(
            stored,
            replace(
                moved,
                told=remembered(chains, services.clock()),
                cut=_with_cut(cursor.cut, cut, at) if cut else cursor.cut,
                commits_seen=cursor.commits_seen + len(commits),
                links=cursor.links + links,
                projects=with_projects(cursor, self._writer.projects),
            ),
        )
        if not cut:
            return ""
        count = len(self._event.commits)
        return f"it tells {count} commits, and not all that there may be: nobody can be asked"

    def _new_commits(self) -> list[Commit]:
        """Return the commits that are not stored yet for every tracker."""
        if not self._integration.index.commits:
            return []
        seen = {commit.id for commit in self._event.commits}
        for found in self._targets:
            seen = found.links.seen(self._repository.id, seen)
        return [commit for commit in self._event.commits if commit.id not in seen]

    def _put_branches(self, newest: Mapping[str, CommitId | None]) -> None:
        at = self._told.at
        there = [Branch(name, head) for name, head in newest.items() if head is not None]
        if self._integration.index.branches:
            self._writer.put_branches(there, observed_at=at)
        gone = [name for name, head in newest.items() if head is None]
        self._writer.forget_branches(gone, observed_at=at)

    def _cut(self) -> CommitId | None:
        """Return where a push ended that may have had more than it tells; None for a whole one."""
        if not is_cut(self._event):
            return None
        return next((update.new for update in self._event.updates if update.new), None)


def _moved(cursor: Cursor, newest: Mapping[str, CommitId | None], now: datetime) -> Cursor:
    """Return the cursor with branches where they were last told to be."""
    gone = {name for name, head in newest.items() if head is None}
    there = {name: head for name, head in newest.items() if head is not None}
    return replace(
        heard(cursor, now),
        verified={name: head for name, head in cursor.verified.items() if name not in gone},
        heard={n: h for n, h in {**cursor.heard, **there}.items() if n not in gone},
        last_indexed_at=now,
        last_changed_at=now,
        next_at=None,
        failure=None,
    )


def _with_cut(
    known: Mapping[CommitId, datetime], head: CommitId, at: datetime
) -> dict[CommitId, datetime]:
    return dict(list({**known, head: at}.items())[-_MOST_CUT:])


def _put_pull_request(
    services: Services,
    integration: Integration,
    record: RepositoryRecord,
    told: PullRequest,
    *,
    at: datetime,
) -> None:
    """Store a pull request as it is told; one that was told later stays."""
    repository = record.repository
    targets = targets_of(services, integration, repository)
    is_known = all(_is_stored(found, told) for found in targets)
    writer = IndexWriter(targets, services.storage.changes)
    writer.put_pull_requests([replace(told, observed_at=at)])
    writer.flush(services.clock)
    now = services.clock()
    while True:
        stored = services.pull_request_cursors.get(integration.id, repository.project_id)
        cursor = stored.value if stored else PullRequestCursor()
        count = cursor.counts.get(repository.id, 0) + (not is_known)
        counts = {**cursor.counts, repository.id: count}
        changed = replace(
            cursor, counts=counts, last_indexed_at=now, last_changed_at=now, failure=None
        )
        try:
            if stored is None:
                services.pull_request_cursors.insert(integration.id, repository.project_id, changed)
            else:
                services.pull_request_cursors.replace(stored, changed)
        except ChangedError:
            continue
        return


def _is_stored(found: TrackerTarget, told: PullRequest) -> bool:
    number = str(told.number)
    return number in found.links.stored(told.repository, "pull_request", [number])
