"""A preview of rules works for a while, and says when there was more."""

from __future__ import annotations

from dataclasses import replace as with_parts
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from shared.index.indexing import Target, mention_of_commit
from shared.index.rule_changes import WORKS_FOR, prefixes, preview
from shared.index.targets import rules_of
from shared.model import Commit, ProjectId, Repository, RepositoryId
from shared.progress import RepositoryRecord
from shared.services import ONE_GROUP
from tests.making import sha
from tests.shared.integrations.test_status import INTEGRATION
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from datetime import datetime

COMMITS = 2500


class Hurried:
    """A clock that moves on by a part of the time there is with each look at it."""

    def __init__(self, looks: int) -> None:
        self._now = NOW
        self._step = WORKS_FOR / looks + timedelta(milliseconds=1)

    def __call__(self) -> datetime:
        self._now += self._step
        return self._now


@pytest.fixture(scope="module")
def installation() -> Installation:
    """Return an installation with two repositories of many commits."""
    made = Installation()
    services, tracker = made.services, made.tracker
    services.integrations.put(ONE_GROUP, INTEGRATION.id, INTEGRATION)
    for name in ("r1", "r2"):
        repository = Repository(RepositoryId(name), name, ProjectId("p"), "Shop", "contoso", "")
        services.repositories.put(INTEGRATION.id, name, RepositoryRecord(repository))
        services.owners.put(tracker.id, name, INTEGRATION.id)
        reading = rules_of(services, tracker, repository).for_repository(name)
        target = Target(INTEGRATION.id, repository.id, reading)
        writer = services.storage.links(tracker).writer()
        writer.put(
            mention_of_commit(Commit(sha(n), f"PAY-{n} Do it", "", NOW), target)
            for n in range(1, COMMITS + 1)
        )
        writer.flush()
    return made


def test_preview_reads_all_there_is_time_for(installation: Installation) -> None:
    tracker = installation.tracker

    found = preview(installation.services, tracker, replace(tracker, projects=("OPS",)))

    assert (found.mentions_read, found.is_truncated) == (2 * COMMITS, False)
    assert dict(found.removed) == {"PAY": 2 * COMMITS}
    assert len(found.examples) == 5


@pytest.mark.parametrize(("looks", "read"), [(1, 499), (3, 1499), (6, 2999), (20, 2 * COMMITS)])
def test_preview_stops_when_time_is_up_and_says_so(
    installation: Installation, looks: int, read: int
) -> None:
    services = with_parts(installation.services, clock=Hurried(looks))
    tracker = installation.tracker

    found = preview(services, tracker, replace(tracker, projects=("OPS",)))

    assert found.mentions_read == read
    assert found.is_truncated == (read < 2 * COMMITS)
    assert found.removed.total() == read


def test_prefixes_of_a_part_are_told_as_such(installation: Installation) -> None:
    services = with_parts(installation.services, clock=Hurried(2))

    found = prefixes(services, installation.tracker)

    assert found.is_truncated
    assert found.statistics.prefixes["PAY"].mentions == 999


def test_what_another_integration_owns_is_looked_at_once(installation: Installation) -> None:
    services, tracker = installation.services, installation.tracker
    other = replace(INTEGRATION, id="i2")
    services.integrations.put(ONE_GROUP, "i2", other)
    for record in services.repositories.list(INTEGRATION.id):
        services.repositories.put("i2", record.key, record.value)

    found = preview(services, tracker, replace(tracker, projects=("OPS",)))
    services.integrations.delete(ONE_GROUP, "i2")

    assert found.mentions_read == 2 * COMMITS
