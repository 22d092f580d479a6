"""Trackers, and what feeds them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared import trackers
from shared.configuration import Integration, Tracker
from shared.model import IntegrationId, ProjectId, Repository, RepositoryId, TrackerId, WebhookId
from shared.progress import RepositoryRecord
from shared.services import ONE_GROUP, Services
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture
def installation() -> Installation:
    return Installation()


@pytest.fixture
def services(installation: Installation) -> Services:
    return installation.services


def make(services: Services, tracker_id: str = "jira", **fields: Any) -> Tracker:
    blank = trackers.new_tracker(services, "Jira", tracker_id=tracker_id)
    return trackers.create_tracker(services, replace(blank, **fields))


def feed(
    services: Services,
    *repositories: str,
    trackers_of: Sequence[str] = ("default",),
    name: str = "i1",
    is_removed: bool = False,
) -> None:
    """Keep an integration with some repositories."""
    integration = Integration(
        id=IntegrationId(name),
        name="Contoso",
        git_host="azure_devops",
        url="https://dev.azure.com/contoso",
        organizations=("contoso",),
        trackers=tuple(map(TrackerId, trackers_of)),
        webhook_id=WebhookId("w"),
        created_at=NOW,
        is_removed=is_removed,
    )
    services.integrations.put(ONE_GROUP, name, integration)
    for repository in repositories:
        shown = Repository(RepositoryId(repository), "x", ProjectId("p"), "P", "contoso", "")
        services.repositories.put(name, repository, RepositoryRecord(shown))
