"""Ask every organization of an integration what it has.

One that fails keeps no other from being asked. What is not in a listing is gone only where the
listing is complete, so that it is kept which organizations answered.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from msgspec import Struct, field

from shared.errors import (
    DevlinksError,
    MissingError,
    SignedOutError,
    StorageUnavailableError,
    ThrottledError,
)
from shared.index.opening import credential_of, try_organization
from shared.interfaces.answers import ListedProject, ListedRepository
from shared.interfaces.git_host import GitHost
from shared.model import Note, ProjectId, RepositoryId
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shared.configuration import Integration
    from shared.services import Services

_log = logging.getLogger(__name__)


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
        return organization in self.hosts or organization in self.left


def ask(services: Services, integration: Integration, *, known: Collection[str]) -> Found:
    """Return what the integration's organizations have; *known* are those it had something in.

    An integration that names none has every one that its identity can see, as long as it can.
    ThrottledError is raised whatever was answered until then.
    """
    found = Found()
    named = integration.organizations
    organizations = named or _of_identity(services, integration)
    for organization in organizations:
        _ask_one(services, integration, organization, found)
    unnamed = sorted(set(known) - set(organizations))
    if named:
        found.left.update(unnamed)
    else:
        _ask_vanished(services, integration, unnamed, found)
    return found


def _of_identity(services: Services, integration: Integration) -> Sequence[str]:
    record = services.connections.get(ONE_GROUP, integration.id)
    if record is None:
        raise SignedOutError("The integration has no connection.")
    credential = credential_of(services, integration, record.value)
    family = services.git_hosts[integration.git_host]
    return family.organizations(integration.url, credential)


def _ask_one(services: Services, integration: Integration, organization: str, found: Found) -> None:
    try:
        host = try_organization(services, integration, organization)
        listing = host.listing()
    except (ThrottledError, StorageUnavailableError):
        raise
    except DevlinksError as error:
        _log.warning("organization_failed integration=%s code=%s", integration.id, error.code)
        found.failures[organization] = error
    else:
        found.hosts[organization] = host
        found.projects |= {p.id: FoundProject(p, organization) for p in listing.projects}
        found.listed |= {listed.repository.id: listed for listed in listing.repositories}
        found.notes += listing.notes
        if listing.about is not None:
            found.server = f"{listing.about.product} (API {listing.about.api_version})"


def _ask_vanished(
    services: Services, integration: Integration, organizations: Sequence[str], found: Found
) -> None:
    """Ask organizations themselves that are not among the identity's any more.

    What an identity is told of its organizations need not be all of them. One that answers is
    there; one that does not know itself is deleted or renamed; one that refuses us is a failure,
    and keeps what it has.
    """
    for organization in organizations:
        _ask_one(services, integration, organization, found)
        if isinstance(found.failures.get(organization), MissingError):
            _log.info("organization_left integration=%s", integration.id)
            del found.failures[organization]
            found.left.add(organization)
