"""Answer what links to an issue.

One range of one partition answers for an issue, however many integrations feed its tracker; no
git host is called. A commit that several repositories have, forks mostly, is one answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct, field

from shared.model import IntegrationId, Link, Repository
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shared.configuration import Tracker
    from shared.interfaces.storage import StoredLink
    from shared.issue_keys import IssueKey
    from shared.model import Item, Kind, RepositoryId, TrackerId
    from shared.services import Services

KINDS: Final[tuple[Kind, ...]] = ("branch", "pull_request", "commit")


class Owned(Struct, frozen=True):
    """A repository that is indexed now, and by whom."""

    repository: Repository
    integration: IntegrationId


class FoundLink(Struct):
    """A link, and where its item is: in more than one repository where these are forks."""

    link: Link
    owned: list[Owned]
    position: str
    """Of the last of its rows."""


class LinkPage(Struct):
    """Some links of an issue, in order."""

    links: list[FoundLink] = field(default_factory=list)
    next: str | None = None
    """Where the next page begins; None at the end."""


class Owners:
    """Looks up by whom repositories are indexed, each once: one for each answer.

    It goes through the owner, so that links stay when another integration takes over.
    """

    def __init__(
        self,
        services: Services,
        tracker: Tracker,
        integrations: Collection[IntegrationId] | None = None,
    ) -> None:
        self._services = services
        self._tracker = tracker
        self._integrations = integrations
        self._found: dict[RepositoryId, Owned | None] = {}

    def owned(self, repository: RepositoryId) -> Owned | None:
        """Return a repository as it is called now, or None if it is not to be shown.

        It is not when it is not indexed now, or by none of *integrations*.
        """
        try:
            return self._found[repository]
        except KeyError:
            found = self._found[repository] = self._look_up(repository)
            return found

    def _look_up(self, repository: RepositoryId) -> Owned | None:
        services, tracker = self._services, self._tracker
        owner = services.known_owners.get(tracker.id, repository)
        if owner is None or (self._integrations is not None and owner not in self._integrations):
            return None
        integration = services.known_integrations.get(ONE_GROUP, owner)
        if integration is None or integration.is_removed or tracker.id not in integration.trackers:
            return None
        record = services.known_repositories.get(owner, repository)
        if record is None or not record.is_live:
            return None
        return Owned(record.repository, integration.id)


def page_of_links(
    services: Services,
    tracker: Tracker,
    issue_key: IssueKey,
    *,
    integrations: Collection[IntegrationId] | None = None,
    kinds: Collection[Kind] = KINDS,
    after: str = "",
    limit: int,
) -> LinkPage:
    """Return up to *limit* links behind *after*: branches, pull requests, then commits.

    Links of repositories that are not indexed now are left out. An unknown issue has none.
    """
    owners = Owners(services, tracker, integrations)
    stored = services.storage.links(tracker)
    page = LinkPage()
    while True:
        # Two more than asked for: one to know whether there is more, one for a fork's copy.
        rows = stored.read(issue_key, kinds=kinds, after=after, limit=limit + 2)
        for row in rows:
            if _add(page, row, owners, limit=limit):
                continue
            page.next = page.links[-1].position
            return page
        if len(rows) < limit + 2:
            return page
        after = rows[-1].position


def links_of_issues(
    services: Services,
    tracker: Tracker,
    issue_keys: Sequence[IssueKey],
    *,
    integrations: Collection[IntegrationId] | None = None,
    limit: int,
) -> dict[IssueKey, LinkPage]:
    """Return the first *limit* links of each issue, in a few queries for all of them."""
    # More than asked for, since some of it may be copies in forks, or not to be shown.
    most = 2 * limit + 2
    stored = services.storage.links(tracker).read_many(issue_keys, limit=most)
    owners = Owners(services, tracker, integrations)
    pages: dict[IssueKey, LinkPage] = {}
    for issue_key, rows in stored.items():
        page = LinkPage()
        is_full = False
        for row in rows:
            if not _add(page, row, owners, limit=limit):
                page.next = page.links[-1].position
                is_full = True
                break
        if not is_full and len(rows) == most:
            page = page_of_links(
                services, tracker, issue_key, integrations=integrations, limit=limit
            )
        pages[issue_key] = page
    return pages


def tracker_of(services: Services, tracker_id: TrackerId) -> Tracker | None:
    """Return a tracker as it was within the last half minute."""
    return services.known_trackers.get(ONE_GROUP, tracker_id)


def _add(page: LinkPage, row: StoredLink, owners: Owners, *, limit: int) -> bool:
    """Add a row to the page; False when the page is full and the row is of another item."""
    item = row.link.item
    owned = owners.owned(item.repository)
    if owned is None:
        return True
    last = page.links[-1] if page.links else None
    if last is not None and _is_copy(item, last.link.item):
        # One repository has a commit once, though it was told of it with two dates.
        if all(o.repository.id != owned.repository.id for o in last.owned):
            last.owned.append(owned)
        last.position = row.position
        return True
    if len(page.links) >= limit:
        return False
    page.links.append(FoundLink(row.link, [owned], row.position))
    return True


def _is_copy(item: Item, other: Item) -> bool:
    return item.kind == other.kind == "commit" and item.id == other.id
