from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from shared import trackers
from shared.configuration import DEFAULT_TRACKER, Sources
from shared.errors import BadRequestError, ChangedError
from shared.interfaces.storage import Record
from shared.services import ONE_GROUP
from tests.shared.trackers.conftest import feed, make
from tests.shared.web.in_memory import NOW, Installation


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

    jobs = installation.waiting()
    assert {(job.reason, job.integration, job.repository) for job in jobs} == {
        ("rules", "i1", "r1"),
        ("rules", "i1", "r2"),
        ("rules", "i2", "r3"),
    }


def test_new_pattern_has_everything_judged_and_then_read_again(
    installation: Installation,
) -> None:
    services = installation.services
    feed(services, "r1")

    trackers.change_tracker(services, replace(installation.tracker, pattern="PAY-[0-9]+"))
    trackers.change_tracker(services, replace(installation.tracker, pattern=""))

    jobs = installation.waiting()
    assert [(job.reason, job.repository) for job in jobs] == [
        ("rules", "r1"),
        ("asked", "r1"),
        ("rules", "r1"),
    ]


@pytest.mark.parametrize("change", [{"name": "Our Jira"}, {"origins": ("https://x",)}, {}])
def test_other_changes_judge_nothing_anew(
    installation: Installation, change: dict[str, Any]
) -> None:
    feed(installation.services, "r1")

    trackers.change_tracker(installation.services, replace(installation.tracker, **change))

    assert installation.waiting() == []


def test_only_integrations_that_feed_the_tracker_are_judged_anew(
    installation: Installation,
) -> None:
    services = installation.services
    jira = make(services)
    feed(services, "r1", name="i1")
    feed(services, "r2", name="i2", trackers_of=["default", "jira"])
    feed(services, "r3", name="i3", trackers_of=["jira"], is_removed=True)

    trackers.change_tracker(services, replace(jira, projects=("PAY",)))

    assert [job.repository for job in installation.waiting()] == ["r2"]


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
    assert installation.waiting() == []


def test_change_that_meets_another_one_is_told(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = installation.services
    old = trackers.tracker_record(services, DEFAULT_TRACKER)
    stale = Record(old.group, old.key, old.value, "an older version")
    monkeypatch.setattr(services.trackers, "get", lambda group, key: stale)

    with pytest.raises(ChangedError):
        trackers.change_tracker(services, replace(old.value, name="Ours"))
