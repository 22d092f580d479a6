"""Ask every organization of an integration what it has.

One that fails keeps no other from being asked. What is not in a listing is gone only where the
listing is complete, so that it is kept which organizations answered.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from shared.connections.opening import try_organization
from shared.connections.presenting import credential_of
from shared.errors import (
    DevlinksError,
    MissingError,
    NoRepositoriesError,
    SignedOutError,
    StorageUnavailableError,
    ThrottledError,
)
from shared.interfaces.answers import ListedProject, ListedRepository
from shared.interfaces.git_host import GitHost
from shared.model import Note, ProjectId, RepositoryId
from shared.scheduling.budgets import note_budget
from shared.services import ONE_GROUP
from shared.telemetry.lines import log_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from shared.configuration import Integration
    from shared.progress import RepositoryRecord
    from shared.services import Services

_DOUBTED_FOR: Final = timedelta(days=7)
"""How long an organization must list nothing before what it had is taken for gone."""
_log = log_of(__name__)


class FoundProject(Struct, frozen=True):
    """A project, and the organization that listed it."""

    listed: ListedProject
    organization: str


class Found(Struct):
    """What the organizations of an integration answered."""

    listed: dict[RepositoryId, ListedRepository] = field(default_factory=dict)
    projects: dict[ProjectId, FoundProject] = field(default_factory=dict)
    hosts: dict[str, GitHost] = field(default_factory=dict)
    """The organizations whose listing is complete."""
    failures: dict[str, DevlinksError] = field(default_factory=dict)
    server: str = ""
    """What answered, where there is more than one kind of it."""
    notes: list[Note] = field(default_factory=list)
    left: set[str] = field(default_factory=set)
    """Organizations that the integration has no more: taken out by an admin, or deleted."""

    def is_complete_for(self, organization: str) -> bool:
        """Tell whether what was not listed of an organization is not there."""
        complete = {name.lower() for name in (*self.hosts, *self.left)}
        return organization.lower() in complete


def ask(
    services: Services, integration: Integration, *, stored: Iterable[RepositoryRecord]
) -> Found:
    """Return what the integration's organizations have; *stored* is what is known of them.

    An integration that names none has every one that its identity can see, as long as it can.
    One that had repositories and lists none is not believed for a week: a credential that lost
    its rights sees the same. ThrottledError is raised whatever was answered until then.
    """
    found = Found()
    known = [r for r in stored if not r.is_gone]
    had = {r.repository.organization.lower() for r in known if not r.is_project}
    named = integration.organizations
    organizations = named or _of_identity(services, integration)
    for organization in organizations:
        _ask_one(services, integration, organization, found, had=had)
    # Names of organizations that differ in case only are the same.
    asked = {organization.lower() for organization in organizations}
    names = {r.repository.organization for r in known}
    unasked = sorted(name for name in names if name.lower() not in asked)
    if named:
        found.left.update(unasked)
    else:
        _ask_vanished(services, integration, unasked, found, had=had)
    return found


def _of_identity(services: Services, integration: Integration) -> Sequence[str]:
    record = services.connections.get(ONE_GROUP, integration.id)
    if record is None:
        raise SignedOutError("The integration has no connection.")
    credential = credential_of(services, integration, record.value)
    family = services.git_hosts[integration.git_host]
    return family.organizations(integration.url, credential)


def _ask_one(
    services: Services,
    integration: Integration,
    organization: str,
    found: Found,
    *,
    had: Collection[str],
) -> None:
    try:
        host = try_organization(services, integration, organization)
        listing = host.listing()
        if not listing.repositories and organization.lower() in had:
            _check_doubted_enough(services, integration, organization)
    except (ThrottledError, StorageUnavailableError):
        raise
    except DevlinksError as error:
        _log.warning("organization_failed integration=%s code=%s", integration.id, error.code)
        found.failures[organization] = error
    else:
        note_budget(services, integration, host)
        found.hosts[organization] = host
        found.projects |= {p.id: FoundProject(p, organization) for p in listing.projects}
        found.listed |= {listed.repository.id: listed for listed in listing.repositories}
        found.notes += listing.notes
        if listing.about is not None:
            found.server = f"{listing.about.product} (API {listing.about.api_version})"


def _check_doubted_enough(services: Services, integration: Integration, organization: str) -> None:
    """Return when an organization has listed nothing for long; NoRepositoriesError before."""
    record = services.discoveries.get(ONE_GROUP, integration.id)
    if record is not None:
        failure = record.value.failures.get(organization) or record.value.failure
        is_known = failure is not None and failure.code == NoRepositoriesError.code
        if is_known and failure and services.clock() - failure.since >= _DOUBTED_FOR:
            return
    raise NoRepositoriesError(
        "No repository is listed any more; what was indexed is kept for now.",
        next_step="Give the credential's owner access again. If all projects were deleted, "
        f"nothing need be done: that is believed after {_DOUBTED_FOR.days} days.",
    )


def _ask_vanished(
    services: Services,
    integration: Integration,
    organizations: Sequence[str],
    found: Found,
    *,
    had: Collection[str],
) -> None:
    """Ask organizations themselves that are not among the identity's any more.

    What an identity is told of its organizations need not be all of them. One that answers is
    there; one that does not know itself is deleted or renamed; one that refuses us is a failure,
    and keeps what it has.
    """
    for organization in organizations:
        _ask_one(services, integration, organization, found, had=had)
        if isinstance(found.failures.get(organization), MissingError):
            _log.info("organization_left integration=%s", integration.id)
            del found.failures[organization]
            found.left.add(organization)
