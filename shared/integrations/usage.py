"""How much there is of an integration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from shared.integrations.status import Seen

if TYPE_CHECKING:
    from shared.configuration import Integration
    from shared.services import Services


class Usage(Struct, frozen=True):
    """What is indexed of an integration, counted."""

    repositories: int
    """Those that are indexed."""
    branches: int
    commits: int
    """As often as they were read: a commit of two repositories counts twice."""
    pull_requests: int
    work_items: int
    links: int


def usage_of(services: Services, integration: Integration) -> Usage:
    """Return how much is indexed of an integration now."""
    seen = Seen.of(services, integration)
    live = [
        seen.cursors[r.repository.id] for r in seen.repositories if r.repository.id in seen.cursors
    ]
    projects = services.pull_request_cursors.list(integration.id)
    ids = {record.repository.id for record in seen.repositories}
    return Usage(
        repositories=len(seen.repositories),
        branches=sum(len(cursor.verified.keys() | cursor.heard.keys()) for cursor in live),
        commits=sum(cursor.commits_seen for cursor in live),
        pull_requests=sum(
            count
            for record in projects
            for repository, count in record.value.counts.items()
            if repository in ids
        ),
        work_items=sum(cursor.count for cursor in seen.work_items.values()),
        links=sum(cursor.links for cursor in live),
    )
