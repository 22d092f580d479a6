"""Find what service hooks did not tell while they were out of service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from shared.errors import ChangedError
from shared.messages import Job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.configuration import Integration
    from shared.model import ProjectId, RepositoryId
    from shared.progress import RepositoryRecord
    from shared.services import Services


def catch_up(
    services: Services,
    integration: Integration,
    project: ProjectId,
    repositories: Sequence[RepositoryRecord],
) -> None:
    """Have a project looked at: for what no hook told of, and to set the pace anew.

    A repository whose first index has not begun needs no second look.
    """
    for record in repositories:
        repository = record.repository
        if repository.project_id != project or not record.is_live:
            continue
        if _forget_silence(services, integration, repository.id):
            job = Job(integration.id, "due", repository=repository.id)
            services.storage.jobs.put("reindex", job)
    if services.pull_request_cursors.get(integration.id, project) is not None:
        services.storage.jobs.put("reindex", Job(integration.id, "due", project=project))


def _forget_silence(services: Services, integration: Integration, repository: RepositoryId) -> bool:
    """Have what is found next not taken for a silence of hooks; False without a cursor.

    What was missed was missed by hooks that are known to have been out of service.
    """
    while True:
        record = services.cursors.get(integration.id, repository)
        if record is None:
            return False
        quiet = replace(record.value, hears=False, unheard_since=None)
        try:
            if quiet != record.value:
                services.cursors.replace(record, quiet)
        except ChangedError:
            continue
        return True
