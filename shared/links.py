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
    from shared.interfaces import StoredLink
    from shared.issue_keys import IssueKey
    from shared.model import Kind, TrackerId
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
    stored = services.storage.links(tracker)
    page = LinkPage()
    while True:
        # Two more than asked for: one to know whether there is more, one for a fork's copy.
        rows = stored.read(issue_key, kinds=kinds, after=after, limit=limit + 2)
        for row in rows:
            if _add(services, tracker, page, row, integrations, limit=limit):
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
    # More than asked for, since some of it may be copies in forks, or not to be shown.
    most = 2 * limit + 2
    stored = services.storage.links(tracker).read_many(issue_keys, limit=most)
    pages: dict[IssueKey, LinkPage] = {}
    for issue_key, rows in stored.items():
        page = LinkPage()
        is_full = False
        for row in rows:
            if not _add(services, tracker, page, row, integrations, limit=limit):
                page.next = page.links[-1].position
                is_full = True
                break
        if not is_full and len(rows) == most:
            page = page_of_links(
                services, tracker, issue_key, integrations=integrations, limit=limit
            )
        pages[issue_key] = page
    return pages


def owned_repository(
    services: Services,
    tracker: Tracker,
    link: Link,
    integrations: Collection[IntegrationId] | None = None,
) -> Owned | None:
    """Return the link's repository if it is indexed now, as it is called now.

    It is looked up through its owner, so that its links stay when another integration takes over.
    """
    owner = services.known_owners.get(tracker.id, link.item.repository)
    if owner is None or (integrations is not None and owner not in integrations):
        return None
    integration = services.known_integrations.get(ONE_GROUP, owner)
    if integration is None or integration.is_removed or tracker.id not in integration.trackers:
        return None
    record = services.known_repositories.get(owner, link.item.repository)
    if record is None or not record.is_live:
        return None
    return Owned(record.repository, integration.id)


def tracker_of(services: Services, tracker_id: TrackerId) -> Tracker | None:
    """Return a tracker as it was within the last half minute."""
    return services.known_trackers.get(ONE_GROUP, tracker_id)


def _add(
    services: Services,
    tracker: Tracker,
    page: LinkPage,
    row: StoredLink,
    integrations: Collection[IntegrationId] | None,
    *,
    limit: int,
) -> bool:
    """Add a row to the page; False when the page is full and the row is of another item."""
    last = page.links[-1] if page.links else None
    item = row.link.item
    is_copy = (
        last is not None
        and item.kind == "commit"
        and last.link.item.kind == "commit"
        and last.link.item.id == item.id
    )
    owned = owned_repository(services, tracker, row.link, integrations)
    if owned is None:
        return True
    if is_copy and last is not None:
        last.owned.append(owned)
        last.position = row.position
        return True
    if len(page.links) >= limit:
        return False
    page.links.append(FoundLink(row.link, [owned], row.position))
    return True
