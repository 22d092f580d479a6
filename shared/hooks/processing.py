"""Understand a delivery: which work it asks for, if any.

A body is a hint from somebody who signs nothing: its ids are looked up among what the webhook's
own integration has, and what they do not match changes nothing.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from shared.access.auditing import audit
from shared.audit_entries import Actor
from shared.boards.working import ask_for_work_items
from shared.errors import MalformedAnswerError
from shared.events import (
    BareEvent,
    Event,
    OtherEvent,
    PullRequestEvent,
    PushEvent,
    RepositoryEvent,
    WorkItemEvent,
)
from shared.hooks.bare_events import look_at_all
from shared.hooks.refilling import refill_when_late
from shared.index.pushes import Told, touches_branches, touches_tags
from shared.index.tags import wants_tags
from shared.messages import Job
from shared.progress import RepositoryRecord
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of
from shared.telemetry.operations import note_event

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.messages import Delivery, DeliveryState
    from shared.model import RepositoryId
    from shared.services import Services

_log = log_of(__name__)


class Understood(Struct, frozen=True):
    """What a delivery asks for."""

    event: PushEvent | PullRequestEvent | BareEvent | WorkItemEvent
    record: RepositoryRecord | None
    """The event's repository; None for a work item."""
    job: Job
    """The job that the delivery came with, and what it is about."""
    received_at: datetime

    @property
    def told(self) -> Told | None:
        """The push that it is about, if it says which."""
        event = self.event
        return Told(event, self.received_at) if isinstance(event, PushEvent) else None


def understand(services: Services, integration: Integration, job: Job) -> Understood | None:
    """Return the work that a delivery asks for; None when there is none, or no more.

    What became of a delivery that asks for none is said in the ledger.
    """
    assert job.delivery is not None, "a delivery's job names it"
    delivery = services.storage.deliveries.get(integration.webhook_id, job.delivery)
    if delivery is None or delivery.state != "accepted":
        return None
    try:
        event = services.git_hosts[integration.git_host].read_event(delivery.body)
    except MalformedAnswerError as error:
        finish(services, delivery, "unreadable", str(error))
        return None
    note_event(event.created_at)
    refill_when_late(
        services, integration, created_at=event.created_at, received_at=delivery.received_at
    )
    ignored = _why_ignored(services, integration, event)
    if ignored:
        finish(services, delivery, "ignored", ignored)
    elif isinstance(event, RepositoryEvent):
        _discover(services, integration, delivery, event)
    elif isinstance(event, WorkItemEvent):
        return _of_work_item(services, integration, delivery, event, job)
    elif isinstance(event, BareEvent) and not _tells_its_branches(event):
        _look_around(services, integration, delivery, event)
    elif isinstance(event, PushEvent | PullRequestEvent | BareEvent):
        assert event.repository_id is not None, "else everything is looked at"
        record = _live(services, integration, delivery, event, event.repository_id)
        if record is not None:
            return Understood(event, record, _about(job, event, record), delivery.received_at)
    return None


def _why_ignored(services: Services, integration: Integration, event: Event) -> str:
    """Return why an event changes nothing; empty when it may."""
    if isinstance(event, OtherEvent):
        return event.reason
    if isinstance(event, PushEvent) and not _moves_something(services, integration, event):
        return "the push moved no branch"
    if _is_of_pull_requests(event) and not integration.index.pull_requests:
        return "pull requests are switched off"
    if isinstance(event, WorkItemEvent) and not integration.index.work_items:
        return "work items are switched off"
    return ""


def _moves_something(services: Services, integration: Integration, event: PushEvent) -> bool:
    return touches_branches(event) or (touches_tags(event) and wants_tags(services, integration))


def _of_work_item(
    services: Services,
    integration: Integration,
    delivery: Delivery,
    event: WorkItemEvent,
    job: Job,
) -> Understood | None:
    """Return that a work item is to be read; the boards may be in any project that is listed."""
    record = services.discoveries.get(ONE_GROUP, integration.id)
    known = record.value.known_projects if record else {}
    organization = known.get(event.project_id) if event.project_id else None
    if organization is None:
        _discover(services, integration, delivery, event)
    elif event.number is None:
        ask_for_work_items(services, integration, organization)
        finish(services, delivery, "done", "it does not say which: all that changed are read")
    else:
        about = replace(job, organization=organization)
        return Understood(event, None, about, delivery.received_at)
    return None


def finish(services: Services, delivery: Delivery, state: DeliveryState, detail: str = "") -> None:
    """Say in the ledger what became of a delivery."""
    services.storage.deliveries.mark(delivery.webhook, delivery.id, state, detail=detail[:500])
    _log.info(
        "delivery_finished integration=%s delivery=%s type=%s state=%s",
        delivery.integration, delivery.id, delivery.event_type, state,
    )  # fmt: skip


def _about(job: Job, event: Event, record: RepositoryRecord) -> Job:
    if isinstance(event, PullRequestEvent):
        return replace(job, project=record.repository.project_id)
    return replace(job, repository=record.repository.id)


def _is_of_pull_requests(event: Event) -> bool:
    is_bare = isinstance(event, BareEvent) and event.about == "pull_requests"
    return is_bare or isinstance(event, PullRequestEvent)


def _tells_its_branches(event: BareEvent) -> bool:
    """Tell whether one repository's branches are all that the event can be about."""
    return event.about == "branches" and event.repository_id is not None


def _look_around(
    services: Services, integration: Integration, delivery: Delivery, event: BareEvent
) -> None:
    """Have everything read that may have changed; a project without anything is listed."""
    record = services.discoveries.get(ONE_GROUP, integration.id)
    known = record.value.projects if record else {}
    if event.project_id is not None and event.project_id not in known:
        _discover(services, integration, delivery, event)
        return
    detail = look_at_all(services, integration, event)
    finish(services, delivery, "done", detail)


def _live(
    services: Services,
    integration: Integration,
    delivery: Delivery,
    event: Event,
    repository: RepositoryId,
) -> RepositoryRecord | None:
    """Return the event's repository if it is indexed; else finish the delivery and return None."""
    record = services.repositories.get(integration.id, repository)
    if record is None or record.value.left_out == "empty":
        # Its first push: the listing will show it, with all that it has by then.
        _discover(services, integration, delivery, event)
        return None
    if not record.value.is_live:
        reason = record.value.left_out or "gone"
        finish(services, delivery, "ignored", f"the repository is not indexed: {reason}")
        return None
    return record.value


def drop_foreign(services: Services, delivery: Delivery, event: Event) -> None:
    """Let an event that is none of ours do nothing, and note who sent it."""
    audit(
        services,
        "foreign_event_dropped",
        by=Actor("hook", delivery.webhook),
        integration=delivery.integration,
        detail=f"{delivery.event_type} of project {event.project_id}, delivery {delivery.id}",
        once=f"foreign.{delivery.integration}",
    )
    finish(services, delivery, "ignored", "another organization's project")


def _discover(
    services: Services, integration: Integration, delivery: Delivery, event: Event
) -> None:
    """Have repositories listed, unless they were since; a foreign event does nothing."""
    record = services.discoveries.get(ONE_GROUP, integration.id)
    project = event.project_id
    if record is not None and project and project not in record.value.known_projects:
        drop_foreign(services, delivery, event)
        return
    began_at = record.value.began_at if record else None
    if began_at is not None and began_at > delivery.received_at:
        finish(services, delivery, "done", "the repositories were listed since")
        return
    job = Job(integration.id, "discover", asked_at=delivery.received_at)
    services.storage.jobs.put("reindex", job)
    finish(services, delivery, "done", "the repositories are listed again")
