"""Say what a selection of repositories would keep, before it is kept itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from shared.discovery.judging import reasons_of
from shared.discovery.listing import ask
from shared.discovery.owning import elsewhere
from shared.model import LeftOut, Repository, RepositoryId

if TYPE_CHECKING:
    from shared.configuration import Integration, Selection
    from shared.errors import DevlinksError
    from shared.interfaces.answers import ListedRepository
    from shared.model import ProjectId
    from shared.progress import RepositoryRecord
    from shared.services import Services

Change = Literal["connects", "disconnects"]


class Previewed(Struct, frozen=True):
    """A repository, and what a selection would make of it."""

    repository: Repository
    left_out: LeftOut | None
    change: Change | None
    """What would be another than today."""


class Preview(Struct, frozen=True):
    """All repositories that the git host lists, in order of their full names."""

    repositories: tuple[Previewed, ...]
    failures: dict[str, str]
    """Organization → why it could not be listed; nothing would change there."""


def preview(services: Services, integration: Integration, selection: Selection) -> Preview:
    """Return what *selection* would keep and drop of what the git host lists now.

    Nothing is kept of it. BadRequestError tells the place of a mistake in the filter. Of an
    integration that lives on service hooks alone, what is known by them is judged.
    """
    stored = {RepositoryId(r.key): r.value for r in services.repositories.list(integration.id)}
    unsettled: set[ProjectId] = set()
    failures: dict[str, DevlinksError] = {}
    if integration.hooks_only:
        listed = _as_told(services, integration, stored)
    else:
        found = ask(services, integration, stored=stored.values())
        listed, failures = found.listed, found.failures
        unsettled = {i for i, p in found.projects.items() if not p.listed.is_settled}
        if not found.hosts and failures:
            raise next(iter(failures.values()))
    reasons = reasons_of(listed, selection, unsettled=unsettled)
    wanted = [identity for identity, reason in reasons.items() if reason is None]
    reasons |= dict.fromkeys(elsewhere(services, integration, wanted), "owned_elsewhere")
    rows = [_judged(one, reasons[i], stored.get(i)) for i, one in listed.items()]
    return Preview(
        tuple(sorted(rows, key=lambda row: _full_name(row.repository))),
        {organization: str(error) for organization, error in failures.items()},
    )


def _judged(
    listed: ListedRepository, reason: LeftOut | None, known: RepositoryRecord | None
) -> Previewed:
    is_live = known is not None and known.is_live
    if reason is None and known is not None and known.left_out == "forbidden":
        reason = "forbidden"  # no selection changes that
    change: Change | None = None
    if is_live != (reason is None):
        change = "disconnects" if is_live else "connects"
    return Previewed(listed.repository, reason, change)


def _as_told(
    services: Services,
    integration: Integration,
    stored: dict[RepositoryId, RepositoryRecord],
) -> dict[RepositoryId, ListedRepository]:
    family = services.git_hosts[integration.git_host]
    return {i: family.listed(r.repository) for i, r in stored.items() if not r.is_gone}


def _full_name(repository: Repository) -> tuple[str, str, str]:
    return repository.organization, repository.project.casefold(), repository.name.casefold()
