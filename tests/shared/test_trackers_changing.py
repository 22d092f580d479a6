from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared import trackers
from shared.configuration import DEFAULT_TRACKER, Integration, Sources, Tracker
from shared.errors import BadRequestError, ChangedError
from shared.interfaces import Record
from shared.model import IntegrationId, ProjectId, Repository, RepositoryId, TrackerId, WebhookId
from shared.progress import Job, RepositoryRecord
from shared.services import ONE_GROUP, Services
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Sequence


@pytest.fixture
def installation() -> Installation:
    return Installation()


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


def jobs_of(installation: Installation) -> list[Job]:
    return [job for jobs in installation.storage.queues.waiting.values() for job in jobs]


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "jira"},
        {"url": "https://jira.example.com"},
        {"grammars": ("jira",)},
        {"projects": ("PAY",)},
        {"sources": Sources(description=False)},
        {"number_range": (1, 5)},
        {"number_since": NOW},
        {"aliases": {"OLD": "NEW"}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_change_of_what_a_key_is_judges_all_mentions_anew(
    installation: Installation, change: dict[str, Any]
) -> None:
    services = installation.services
    feed(services, "r1", "r2")
    feed(services, "r3", name="i2", trackers_of=["default"])

    trackers.change_tracker(services, replace(installation.tracker, **change))

    jobs = jobs_of(installation)
    assert {(job.reason, job.integration, job.repository) for job in jobs} == {
        ("rules", "i1", "r1"),
        ("rules", "i1", "r2"),
        ("rules", "i2", "r3"),
    }


@pytest.mark.parametrize("change", [{"name": "Our Jira"}, {"origins": ("https://x",)}, {}])
def test_other_changes_judge_nothing_anew(
    installation: Installation, change: dict[str, Any]
) -> None:
    feed(installation.services, "r1")

    trackers.change_tracker(installation.services, replace(installation.tracker, **change))

    assert jobs_of(installation) == []


def test_only_integrations_that_feed_the_tracker_are_judged_anew(
    installation: Installation,
) -> None:
    services = installation.services
    jira = make(services)
    feed(services, "r1", name="i1")
    feed(services, "r2", name="i2", trackers_of=["default", "jira"])
    feed(services, "r3", name="i3", trackers_of=["jira"], is_removed=True)

    trackers.change_tracker(services, replace(jira, projects=("PAY",)))

    assert [job.repository for job in jobs_of(installation)] == ["r2"]


def test_changed_tracker_is_known_at_once(installation: Installation) -> None:
    services = installation.services
    services.known_trackers.get(ONE_GROUP, DEFAULT_TRACKER)

    trackers.change_tracker(services, replace(installation.tracker, name="Ours"))

    known = services.known_trackers.get(ONE_GROUP, DEFAULT_TRACKER)
    assert known is not None
    assert known.name == "Ours"


def test_change_that_makes_no_sense_changes_nothing(installation: Installation) -> None:
    feed(installation.services, "r1")

    with pytest.raises(BadRequestError):
        trackers.change_tracker(installation.services, replace(installation.tracker, grammars=()))

    assert installation.tracker.grammars == ("jira", "azure_boards")
    assert jobs_of(installation) == []


def test_change_that_meets_another_one_is_told(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = installation.services
    old = trackers.tracker_record(services, DEFAULT_TRACKER)
    stale = Record(old.group, old.key, old.value, "an older version")
    monkeypatch.setattr(services.trackers, "get", lambda group, key: stale)

    with pytest.raises(ChangedError):
        trackers.change_tracker(services, replace(old.value, name="Ours"))
