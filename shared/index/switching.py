"""What becomes of what is stored when an admin switches a kind of things off.

Its links are hidden at once by who shows them. Here they are deleted, in the background: those of
commits and branches by the next pass over their repository, so that what is switched on again
before that is not lost, and what is switched on later is read from the beginning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.boards.working import ask_for_work_items
from shared.index.orphans import forget_orphans
from shared.index.reindexing import cursor_of
from shared.index.targets import targets_of
from shared.messages import Due, Job
from shared.scheduling import leases
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import Integration
    from shared.index.targets import TrackerTarget
    from shared.model import Kind, ProjectId, Repository, RepositoryId
    from shared.services import Services

_READ_BY_REPOSITORY: Final[dict[str, Kind]] = {"commits": "commit", "branches": "branch"}
_log = log_of(__name__)


def follow_switches(services: Services, known: Integration, changed: Integration) -> None:
    """Have done what a changed switch asks for, beside the run that reads what is switched on."""
    record = services.discoveries.get(ONE_GROUP, known.id)
    projects = record.value.projects if record else {}
    if known.index.pull_requests and not changed.index.pull_requests:
        for project in sorted(projects):
            services.storage.jobs.put("reindex", Job(known.id, "asked", project=project))
    if known.index.work_items != changed.index.work_items:
        for organization in sorted(set(projects.values())):
            ask_for_work_items(services, changed, organization)


def forget_what_is_off(
    services: Services,
    integration: Integration,
    repository: Repository,
    targets: Sequence[TrackerTarget],
    *,
    is_shown: bool = False,
) -> None:
    """Forget the commits or the branches of a repository that were read for, and are off now.

    *is_shown* says that commits were stored from events that no pass met yet.

    Works under the repository's lease; can be stopped and done again.
    """
    record = cursor_of(services, integration, repository)
    cursor = record.value
    read_for = {*cursor.scope, *(cursor.walk.scope if cursor.walk else ())}
    if is_shown:
        read_for.add("commits")
    off = [k for k in _READ_BY_REPOSITORY if k in read_for and not getattr(integration.index, k)]
    if not off:
        return
    for name in off:
        _forget(services, repository.id, _READ_BY_REPOSITORY[name], targets)
    if "commits" in off:
        forget_orphans(services, integration.id, repository.id)
        cursor = replace(cursor, left={}, left_at=None, has_orphans=False)
    scope = tuple(one for one in cursor.scope if one not in off)
    # A walk that reads for what is off would go on with it.
    services.cursors.replace(record, replace(cursor, walk=None, scope=scope))
    _log.info(
        "kinds_forgotten integration=%s repository=%s kinds=%s",
        integration.id, repository.id, ",".join(off),
    )  # fmt: skip


def forget_pull_requests(services: Services, integration: Integration, project: ProjectId) -> None:
    """Forget a project's pull requests, unless somebody is at them; the cursor goes last."""
    record = services.pull_request_cursors.get(integration.id, project)
    if record is None:
        return
    due = Due(integration.id, project=project)
    lease = leases.take_or_want(services, due, leases.project_lease(project))
    if lease is None:
        return
    with lease:
        for found in services.repositories.list(integration.id):
            repository = found.value.repository
            if repository.project_id == project:
                targets = targets_of(services, integration, repository)
                _forget(services, repository.id, "pull_request", targets)
                lease.check()
        services.pull_request_cursors.delete(integration.id, project)
    _log.info("pull_requests_forgotten integration=%s project=%s", integration.id, project)


def _forget(
    services: Services, repository: RepositoryId, kind: Kind, targets: Sequence[TrackerTarget]
) -> None:
    for found in targets:
        changed = found.links.forget_kind(repository, kind)
        services.storage.changes.note(found.tracker, changed, at=services.clock())
