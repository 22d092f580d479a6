"""Answer what links to an issue.

One range of one partition answers for an issue, however many integrations feed its tracker; no
git host is called. What tells of an item besides itself is one answer with it, and a commit that
several repositories have, forks mostly, is one answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

from shared.model import IntegrationId, Kind, Link, Repository
from shared.origins import ITSELF, hides
from shared.services import ONE_GROUP

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from shared.configuration import Tracker
    from shared.interfaces.links import StoredLink
    from shared.issue_keys import IssueKey
    from shared.model import Item, RepositoryId, TrackerId
    from shared.services import Services

KINDS: Final[tuple[Kind, ...]] = ("branch", "pull_request", "commit")


class Owned(Struct, frozen=True):
    """A repository that is indexed now, and by whom."""

    repository: Repository
    integration: IntegrationId
    kinds: frozenset[Kind] = frozenset(KINDS)
    """What of it is shown: what is switched off is not, though it may be stored still."""


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

    def showing(self, item: Item) -> Owned | None:
        """Return the repository of an item; None if it, or the item's kind, is not to be shown."""
        owned = self.owned(item.repository)
        return owned if owned is not None and item.kind in owned.kinds else None

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
        return Owned(record.repository, integration.id, integration.index.kinds)


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
    page = _Assembly(owners, limit=limit)
    while True:
        # More than asked for: two that tell whether there is another item, one for a fork's copy.
        rows = stored.read(issue_key, kinds=kinds, after=after, limit=limit + 3)
        for row in rows:
            if not page.add(row):
                return page.page
        if len(rows) < limit + 3:
            page.end_item()
            return page.page
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
        page = _Assembly(owners, limit=limit)
        is_full = not all(page.add(row) for row in rows)
        if is_full or len(rows) < most:
            page.end_item()
            pages[issue_key] = page.page
            continue
        pages[issue_key] = page_of_links(
            services, tracker, issue_key, integrations=integrations, limit=limit
        )
    return pages


def tracker_of(services: Services, tracker_id: TrackerId) -> Tracker | None:
    """Return a tracker as it was within the last half minute."""
    return services.known_trackers.get(ONE_GROUP, tracker_id)


def address_of(kind: Kind, item_id: str, repository: Repository) -> str:
    """Return the address of an item's page; the repository's where the git host has no page."""
    pages = repository.pages
    if kind == "commit":
        return pages.commit.replace("{}", item_id) or repository.url
    if kind == "pull_request":
        return pages.pull_request.replace("{}", item_id) or repository.url
    return pages.branch.replace("{}", quote(item_id, safe="")) or repository.url


class _Assembly:
    """Puts a page together from an issue's rows, which come in order, item by item."""

    def __init__(self, owners: Owners, *, limit: int) -> None:
        self.page = LinkPage()
        self._owners = owners
        self._limit = limit
        self._rows: list[StoredLink] = []
        """Those of the item at hand."""

    def add(self, row: StoredLink) -> bool:
        """Take a row; False when the page is full and the item before this row should be shown."""
        is_next = bool(self._rows) and not _are_one(self._rows[0].link.item, row.link.item)
        if is_next and not self.end_item():
            return False
        self._rows.append(row)
        return True

    def end_item(self) -> bool:
        """Show the item at hand; False when the page is full, which then says where to go on."""
        rows, self._rows = self._rows, []
        found = self._found(rows) if rows else None
        if found is None:
            return True
        if len(self.page.links) >= self._limit:
            self.page.next = self.page.links[-1].position
            return False
        self.page.links.append(found)
        return True

    def _found(self, rows: Sequence[StoredLink]) -> FoundLink | None:
        """Return the link that the rows of an item are; None if it is not to be shown."""
        if len(rows) == 1 and not rows[0].link.origin:
            # Nearly all are so, and there may be a thousand of them.
            owner = self._owners.showing(rows[0].link.item)
            return None if owner is None else FoundLink(rows[0].link, [owner], rows[0].position)
        if any(hides(row.link.origin) for row in rows):
            return None
        owned: dict[RepositoryId, Owned] = {}
        links = []
        for row in rows:
            owner = self._owners.showing(row.link.item)
            if owner is not None:
                # One repository has a commit once, though it was told of it with two dates.
                owned[owner.repository.id] = owner
                links.append(row.link)
        if not links:
            return None
        # A fork's commits were made in what it is a fork of, as a rule.
        places = sorted(owned.values(), key=lambda owner: owner.repository.is_fork)
        return FoundLink(_as_one(links), places, rows[-1].position)


def _as_one(links: Sequence[Link]) -> Link:
    """Return the links to one item as one, with all that is evidence."""
    if len(links) == 1:
        return links[0]
    # What the item says itself comes first within a repository, and knows it best.
    said = [link for link in links if not link.origin] or links
    # Orphaned is what no branch holds in any of its repositories.
    best = min(said, key=lambda link: "orphaned" in link.item.flags)
    evidence = dict.fromkeys(e for link in links for e in link.evidence)
    return replace(best, evidence=tuple(evidence), origin=ITSELF)


def _are_one(item: Item, other: Item) -> bool:
    if item.kind != other.kind or item.id != other.id:
        return False
    return item.kind == "commit" or item.repository == other.repository
