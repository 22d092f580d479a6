"""Look at everything that an event may be about whose sender leaves that out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.messages import Due, Job
from shared.scheduling import leases
from shared.scheduling.schedule import TRIED_AGAIN_AFTER, plan
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.events import BareEvent
    from shared.services import Services


def look_at_all(services: Services, integration: Integration, event: BareEvent) -> str:
    """Have all read that an event may be about; return what that is, in words for the ledger.

    It may be any branch, or any pull request, of the event's project; of the whole integration
    where the event names no project. What waits to be read is not enqueued a second time, so a
    burst of such events costs what one does.
    """
    if event.about == "pull_requests":
        found = _pull_requests(services, integration, event)
    else:
        found = _branches(services, integration, event)
    for key, due in found:
        waiting = leases.wanted(services, integration.id, key)
        leases.want(services, integration.id, key)
        plan(services, due, at=services.clock() + TRIED_AGAIN_AFTER)
        if waiting.count == waiting.settled:
            job = Job(integration.id, "hook", repository=due.repository, project=due.project)
            services.storage.jobs.put("reindex", job)
    where = "projects" if event.about == "pull_requests" else "repositories"
    what = event.about.replace("_", " ")
    return f"it does not say what changed: the {what} of all {where} are read ({len(found)})"


def _branches(
    services: Services, integration: Integration, event: BareEvent
) -> list[tuple[str, Due]]:
    """Return the repositories whose branches it may be about, each with its lease's name."""
    records = [record.value for record in services.repositories.list(integration.id)]
    found = [record.repository for record in records if record.is_live]
    return [
        (repository.id, Due(integration.id, repository=repository.id))
        for repository in found
        if event.project_id in {None, repository.project_id}
    ]


def _pull_requests(
    services: Services, integration: Integration, event: BareEvent
) -> list[tuple[str, Due]]:
    """Return the projects whose pull requests it may be about, likewise."""
    record = services.discoveries.get(ONE_GROUP, integration.id)
    return [
        (leases.project_lease(project), Due(integration.id, project=project))
        for project in (record.value.projects if record else ())
        if event.project_id in {None, project}
    ]
