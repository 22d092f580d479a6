"""Do what a delivery asks for.

A body is a hint from somebody who signs nothing: its ids are looked up among what the webhook's
own integration has, and what they do not match changes nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from shared.errors import MalformedAnswerError
from shared.events import OtherEvent, PullRequestEvent, PushEvent, RepositoryEvent
from shared.index.opening import open_organization
from shared.index.pull_requests import put_pull_requests
from shared.index.pushes import touches_branches
from shared.index.runs import start_run
from shared.index.working import work_on_repository
from shared.progress import Job
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.events import Event
    from shared.index.reindexing import Budget
    from shared.model import RepositoryId
    from shared.progress import Delivery, DeliveryState, RepositoryRecord
    from shared.services import Services

_log = logging.getLogger(__name__)


def process_delivery(
    services: Services, integration: Integration, job: Job, *, budget: Budget
) -> None:
    """Carry out a delivery that is not finished yet, and say in the ledger what became of it."""
    assert job.delivery is not None, "a delivery's job names it"
    delivery = services.storage.deliveries.get(integration.webhook_id, job.delivery)
    if delivery is None or delivery.state != "accepted":
        return
    if not delivery.body:
        start_run(services, integration)
        _finish(services, delivery, "done", "too large to keep: everything is looked at instead")
        return
    try:
        event = services.git_hosts[integration.git_host].read_event(delivery.body)
    except MalformedAnswerError as error:
        _finish(services, delivery, "unreadable", str(error))
        return
    if isinstance(event, PushEvent):
        _push(services, integration, delivery, event, job, budget)
    elif isinstance(event, PullRequestEvent):
        _pull_request(services, integration, delivery, event)
    elif isinstance(event, RepositoryEvent):
        _discover(services, integration, delivery, event)
    elif isinstance(event, OtherEvent):
        _finish(services, delivery, "ignored", event.reason)


def _push(
    services: Services,
    integration: Integration,
    delivery: Delivery,
    event: PushEvent,
    job: Job,
    budget: Budget,
) -> None:
    if not touches_branches(event):
        _finish(services, delivery, "ignored", "the push moved no branch")
        return
    record = _live(services, integration, delivery, event, event.repository_id)
    if record is None:
        return
    work_on_repository(
        services, integration, record, job, budget=budget, continue_on="reindex", event=event
    )


def _pull_request(
    services: Services, integration: Integration, delivery: Delivery, event: PullRequestEvent
) -> None:
    record = _live(services, integration, delivery, event, event.repository_id)
    if record is None:
        return
    if not integration.index.pull_requests:
        _finish(services, delivery, "ignored", "pull requests are switched off")
        return
    host = open_organization(services, integration, record.repository.organization)
    found = host.pull_request(event.repository_id, event.number)
    put_pull_requests(services, integration, record, [found], host=host)
    _finish(services, delivery, "done")


def _discover(
    services: Services, integration: Integration, delivery: Delivery, event: Event
) -> None:
    if not _is_of(services, integration, event):
        _finish(services, delivery, "ignored", "another organization's project")
        return
    services.storage.jobs.put("reindex", Job(integration.id, "discover"))
    _finish(services, delivery, "done", "the repositories are listed again")


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
        _finish(services, delivery, "ignored", f"the repository is not indexed: {reason}")
        return None
    return record.value


def _is_of(services: Services, integration: Integration, event: Event) -> bool:
    """Tell whether an event is about a project that the integration knows."""
    discovery = services.discoveries.get(ONE_GROUP, integration.id)
    known = discovery.value.known_projects if discovery else ()
    return event.project_id in known


def _finish(services: Services, delivery: Delivery, state: DeliveryState, detail: str = "") -> None:
    services.storage.deliveries.mark(delivery.webhook, delivery.id, state, detail=detail[:500])
    _log.info(
        "delivery_finished integration=%s delivery=%s type=%s state=%s",
        delivery.integration, delivery.id, delivery.event_type, state,
    )  # fmt: skip
