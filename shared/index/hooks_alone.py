"""Index an integration by what its service hooks tell, and by nothing else.

For a git host that cannot be called, behind a firewall: bodies are believed as they stand. What
they leave out cannot be read; it is counted, and told.
"""

from __future__ import annotations

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
from shared.index.rules import apply_rules, learn_projects
from shared.index.targets import targets_of
from shared.index.told_branches import branches_of
from shared.index.told_pushes import ToldPush
from shared.index.told_repositories import HIDDEN, keep_repository, look_around
from shared.index.writing import IndexWriter
from shared.messages import Delivery
from shared.scheduling import leases
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.index.targets import TrackerTarget
    from shared.messages import Job
    from shared.model import PullRequest
    from shared.progress import RepositoryRecord
    from shared.services import Services

TRIED_AGAIN_IN: Final = timedelta(seconds=2)
"""While another worker is at the repository."""
_LARGEST_SKEW: Final = timedelta(minutes=10)
"""How far the sender's clock may be ahead of ours: a date from further on counts as so far."""
_log = log_of(__name__)


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
        learn_projects(services, integration, found.value.repository)
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
            detail = ToldPush(services, integration, record.repository, event, at=told.at).store(
                lease
            )
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
