"""The repositories of a tracker and their branches, for people to choose from.

Lists are answered from what is stored. A git host is called for one thing alone, and only when
somebody asks for it: how far branches are ahead of the default one, and behind it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from shared.connections.opening import open_organization
from shared.discovery.repository_names import is_found, names_of
from shared.errors import MissingError, RefusedError, UnknownThingError
from shared.links import Owners
from shared.model import Branch, IntegrationId, Repository, RepositoryId
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from shared.configuration import Integration, Tracker
    from shared.interfaces.answers import BranchStats
    from shared.links import Owned
    from shared.services import Services


class Choice(Struct, frozen=True):
    """A repository that can be chosen."""

    repository: Repository
    integration: IntegrationId
    shown_as: str
    """Tells it from all others that the same people can choose."""
    is_preferred: bool = False
    """Issues of the project in question were seen in it."""

    @property
    def order(self) -> tuple[str, ...]:
        """Where it stands among the others."""
        rank = "0" if self.is_preferred else "1"
        return rank, self.shown_as.casefold(), self.repository.id


def choices_of(
    services: Services,
    tracker: Tracker,
    *,
    integrations: Collection[IntegrationId] | None = None,
    search: str = "",
    issue_project: str = "",
) -> list[Choice]:
    """Return the repositories that a tracker is indexed from now, in order.

    Only those of *integrations*, None for all, whose name holds *search* in any case; what holds
    a `/` is looked for in `organization/project/name`. Those that issues of *issue_project* were
    seen in come first.
    """
    indexed: dict[RepositoryId, tuple[Repository, IntegrationId]] = {}
    preferred: set[str] = set()
    owners = {record.key: record.value for record in services.owners.list(tracker.id)}
    for integration in _feeding(services, tracker, integrations):
        for record in services.repositories.list(integration.id):
            if owners.get(record.key) == integration.id and record.value.is_live:
                repository = record.value.repository
                indexed[repository.id] = repository, integration.id
        if issue_project:
            cursors = services.cursors.list(integration.id)
            preferred |= {c.key for c in cursors if issue_project in c.value.projects}
    names = names_of(repository for repository, _ in indexed.values())
    found = [
        Choice(repository, integration_id, names[repository.id], repository.id in preferred)
        for repository, integration_id in indexed.values()
        if is_found(repository, search)
    ]
    return sorted(found, key=lambda choice: choice.order)


def owned_repository(
    services: Services,
    tracker: Tracker,
    repository: RepositoryId,
    *,
    integrations: Collection[IntegrationId] | None = None,
) -> Owned:
    """Return a repository that a tracker is indexed from now, by one of *integrations*.

    UnknownThingError when it is not.
    """
    owned = Owners(services, tracker, integrations).owned(repository)
    if owned is None:
        raise UnknownThingError(
            "There is no such repository, or it is not indexed.",
            next_step="Take its id from a link or from the list of repositories.",
        )
    return owned


def branches_of(services: Services, owned: Owned, *, search: str = "") -> list[Branch]:
    """Return the branches whose name holds *search* in any case, in order of name.

    They are those that the last look at the repository and the service hooks since then told of.
    """
    record = services.cursors.get(owned.integration, owned.repository.id)
    if record is None:
        return []
    cursor = record.value
    # A walk knows them from its first moment on, and better than what was heard before. In a large
    # repository its end may be hours away.
    heads = cursor.walk.heads if cursor.walk else {**cursor.verified, **cursor.heard}
    wanted = search.casefold()
    return [Branch(name, heads[name]) for name in sorted(heads) if wanted in name.casefold()]


def stats_of(
    services: Services, owned: Owned, branches: Collection[Branch]
) -> Mapping[str, BranchStats]:
    """Return how branches compare with the default one, by name, as the git host tells now.

    Those that it does not compare are missing, and so are all of an integration whose git host
    may not be called. Errors are those of GitHost.
    """
    integration = services.known_integrations.get(ONE_GROUP, owned.integration)
    if not branches or integration is None or integration.is_paused or integration.hooks_only:
        return {}
    repository = owned.repository
    host = open_organization(services, integration, repository.organization)
    try:
        return host.branch_stats(repository, [branch.name for branch in branches])
    except (MissingError, RefusedError):
        return {}


def _feeding(
    services: Services, tracker: Tracker, integrations: Collection[IntegrationId] | None
) -> list[Integration]:
    found = (record.value for record in services.integrations.list(ONE_GROUP))
    return [
        integration
        for integration in found
        if not integration.is_removed
        and tracker.id in integration.trackers
        and (integrations is None or integration.id in integrations)
    ]
