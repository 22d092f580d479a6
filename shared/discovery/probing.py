"""Find out what a listing does not say: why a project shows no repository, and what is hidden.

Each such thing costs a call, so it is asked once or now and then, a few at a time.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.errors import (
    ChangedError,
    DevlinksError,
    ForbiddenError,
    MissingError,
    StorageUnavailableError,
    ThrottledError,
)
from shared.messages import Job
from shared.model import Repository, RepositoryId
from shared.progress import RepositoryRecord
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from shared.configuration import Integration
    from shared.discovery.listing import Found, FoundProject
    from shared.model import LeftOut
    from shared.services import Services

_MOST_ASKED: Final = 50
"""Of each kind at one discovery; the others wait for the next."""
_MOST_FREED: Final = 1000
"""Of repositories that can be read again: they do not count among those."""
_log = log_of(__name__)


def suspect(services: Services, integration: Integration, repository: RepositoryId) -> None:
    """Note that the git host says it has no such repository, and have the listing looked at.

    That shows whether it is gone, disabled, or hidden from us.
    """
    record = services.repositories.get(integration.id, repository)
    if record is None or not record.value.is_live or record.value.refused_at is not None:
        return
    now = services.clock()
    with suppress(ChangedError):  # discovery was there: the next failure says it again
        services.repositories.replace(record, replace(record.value, refused_at=now))
    services.storage.jobs.put("reindex", Job(integration.id, "discover", asked_at=now))


def still_refused(
    services: Services, found: Found, wanted: Sequence[RepositoryRecord]
) -> dict[RepositoryId, datetime]:
    """Return which of the listed repositories cannot be read all the same, and when that was seen.

    A job noted that the git host hides one's branches, as it does with one that is gone, or that
    we may not read: what is listed, and is not disabled, is the latter. Asked are those that were
    not asked for longest. When many can be read again they are back together, so that a
    credential which has its rights again need not wait for days.
    """
    suspected = [(r.refused_at, r.repository.id) for r in wanted if r.refused_at is not None]
    refused = {identity: at for at, identity in suspected}
    counted = 0
    for _, identity in sorted(suspected)[:_MOST_FREED]:
        if counted == _MOST_ASKED:
            break
        counted += 1
        repository = found.listed[identity].repository
        try:
            found.hosts[repository.organization].heads(repository)
        except (MissingError, ForbiddenError):
            refused[identity] = services.clock()
        except (ThrottledError, StorageUnavailableError):
            raise
        except DevlinksError as error:
            _log.warning("not_probed repository=%s code=%s", identity, error.code)
        else:
            del refused[identity]
            counted -= 1
    return refused


def project_rows(
    found: Found, stored: Mapping[RepositoryId, RepositoryRecord]
) -> dict[RepositoryId, RepositoryRecord]:
    """Return a row for each project that shows no repository, with the reason.

    A project's reason is asked for once: a repository that is added, or shown to us later, is in
    the listing.
    """
    shown = {listed.repository.project_id for listed in found.listed.values()}
    rows: dict[RepositoryId, RepositoryRecord] = {}
    asked = 0
    for identity, project in found.projects.items():
        if identity in shown:
            continue
        key = RepositoryId(identity)
        known = stored.get(key)
        reason: LeftOut | None = known.left_out if known and known.is_project else None
        if not project.listed.is_settled:
            reason = "deleting"
        elif reason in {None, "deleting"}:
            reason = _reason(found, project) if asked < _MOST_ASKED else None
            asked += 1
        if reason is not None:
            rows[key] = RepositoryRecord(_row(project), reason, is_project=True)
    return rows


def _reason(found: Found, project: FoundProject) -> LeftOut | None:
    """Return why a project shows nothing; None when that could not be asked.

    A project under Git always has a repository, so that one that shows none hides it.
    """
    try:
        is_tfvc = found.hosts[project.organization].keeps_tfvc(project.listed.id)
    except (MissingError, ForbiddenError):
        return "forbidden"
    except (ThrottledError, StorageUnavailableError):
        raise
    except DevlinksError as error:
        _log.warning("not_probed project=%s code=%s", project.listed.id, error.code)
        return None
    return "tfvc" if is_tfvc else "forbidden"


def _row(project: FoundProject) -> Repository:
    return Repository(
        id=RepositoryId(project.listed.id),
        name=project.listed.name,
        project_id=project.listed.id,
        project=project.listed.name,
        organization=project.organization,
        url=project.listed.url,
    )
