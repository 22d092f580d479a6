"""Links to ask for: of a whole indexed organization, and put by hand."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from devhost.sample_organization import Clock, SampleOrganization, tell_stories
from shared.configuration import Integration
from shared.model import (
    IntegrationId,
    PageAddresses,
    ProjectId,
    Repository,
    RepositoryId,
    TrackerId,
    WebhookId,
)
from shared.progress import RepositoryRecord
from shared.services import ONE_GROUP
from tests.making import FORK, REPOSITORY
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.model import Mention

OWNER = IntegrationId("i1")
BUSY = "PAY-500"
"""An issue with 120 links: 12 branches, 8 pull requests, 100 commits, one of them a fork's own."""


@pytest.fixture(scope="session")
def indexed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Return an installation that has indexed the organization of the stories; only read it."""
    folder = tmp_path_factory.mktemp("stories")
    with SampleOrganization(folder, clock=Clock(NOW, running=False)) as sample:
        tell_stories(sample)
        _be_busy(sample)
        installation = Installation(clock=sample.clock, services_url=sample.base_url)
        installation.connect(sample)
        installation.work()
        # Changes are told two minutes after they were made.
        sample.clock.advance(timedelta(minutes=5))
        yield installation


def _be_busy(sample: SampleOrganization) -> None:
    sample.add_project("Busy")
    sample.create_repository("Busy", "engine")
    for number in range(99):
        moment = NOW - timedelta(hours=100 - number)
        sample.push("engine", "main", f"{BUSY} Step {number:02}", at=moment)
    sample.fork_repository("engine", "Busy", "engine-fork")
    sample.push("engine-fork", "main", f"{BUSY} Only in the fork", at=NOW)
    for number in range(12):
        sample.create_branch("engine", f"work/{BUSY}-{number:02}")
    for number in range(8):
        sample.clock.advance(timedelta(minutes=1))
        sample.push("engine", f"topic-{number}", f"Work {number}")
        sample.open_pull_request("engine", f"topic-{number}", f"{BUSY} Topic {number}")


@pytest.fixture
def installation() -> Installation:
    """Return an installation with a repository and its fork, and no link yet."""
    made = Installation()
    add_integration(made, OWNER)
    add_repository(made, REPOSITORY, "shop")
    add_repository(made, FORK, "shop-fork")
    return made


def add_integration(installation: Installation, integration: IntegrationId) -> None:
    """Keep an integration of the default tracker."""
    kept = Integration(
        id=integration,
        name="Contoso",
        git_host="azure_devops",
        url="https://dev.azure.com/contoso",
        organizations=("contoso",),
        trackers=(TrackerId("default"),),
        webhook_id=WebhookId("w"),
        created_at=NOW,
    )
    installation.services.integrations.put(ONE_GROUP, integration, kept)


def add_repository(
    installation: Installation,
    repository: RepositoryId,
    name: str,
    *,
    owner: IntegrationId = OWNER,
    tracker: str = "default",
) -> RepositoryRecord:
    """Keep a repository that its owner indexes."""
    url = f"https://dev.azure.com/contoso/Shop/_git/{name}"
    record = RepositoryRecord(
        Repository(
            id=repository,
            name=name,
            project_id=ProjectId("p"),
            project="Shop",
            organization="contoso",
            url=url,
            pages=PageAddresses(
                f"{url}/commit/{{}}", f"{url}?version=GB{{}}", f"{url}/pullrequest/{{}}"
            ),
        )
    )
    installation.services.repositories.put(owner, repository, record)
    installation.services.owners.put(tracker, repository, owner)
    return record


def become(installation: Installation, repository_id: RepositoryId, **state: Any) -> None:
    """Have discovery find a repository otherwise, long enough ago for all readers to notice."""
    record = installation.services.repositories.get(OWNER, repository_id)
    assert record is not None, "the repository is known"
    installation.services.repositories.put(OWNER, repository_id, replace(record.value, **state))
    installation.clock.advance(timedelta(minutes=1))


def put(installation: Installation, *mentions: Mention, tracker: str = "default") -> None:
    """Store what items mention, as indexing does."""
    record = installation.services.trackers.get(ONE_GROUP, tracker)
    assert record is not None, "there is such a tracker"
    links = installation.storage.links(record.value)
    links.replace([m for m in mentions if m.item.kind != "commit"])
    writer = links.writer()
    writer.put(m for m in mentions if m.item.kind == "commit")
    writer.flush()
