"""What a list tells of each repository is what its cursor says."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace

from shared.configuration import Selection
from shared.cursors import Cursor, Failure, Walk
from shared.discovery.repository_pages import page_of_repositories
from shared.integrations import connections
from shared.integrations.status import repository_status
from shared.messages import Job
from shared.model import CommitId, ProjectId, Repository, RepositoryId
from shared.progress import RepositoryRecord
from shared.storage.installation import MemoryStorage
from shared.whereabouts import ShownCursors, Whereabouts, whereabouts_beside, whereabouts_of
from tests.making import sha
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from collections.abc import Mapping

    from devhost.sample_organization import SampleOrganization
    from shared.configuration import Integration
    from shared.integrations.status import RepositoryStatus
    from shared.interfaces.storage import Records
    from tests.world import World

FAILURE = Failure("forbidden", "The token may not read it.", NOW)
RECORD = RepositoryRecord(
    Repository(RepositoryId("r"), "shop", ProjectId("p"), "Shop", "contoso", "")
)
BEFORE = 3
DONE = Cursor(verified={"main": CommitId(sha(1))}, last_indexed_at=NOW, commits_seen=7)


def listed(world: World, integration: Integration) -> list[RepositoryStatus]:
    return page_of_repositories(world.services, integration, limit=200).rows


def by_cursors(world: World, integration: Integration) -> list[RepositoryStatus]:
    records = [record.value for record in world.services.repositories.list(integration.id)]
    return repository_status(world.services, integration, records)


def test_list_tells_what_cursors_say_at_every_moment_of_a_repository_s_life(
    world: World, sample: SampleOrganization
) -> None:
    for name in ("shop", "stock"):
        sample.create_repository("Shop", name)
        sample.push(name, "main", "PAY-1 Begin", "Go on")
    integration = world.connect()
    seen = []

    def look() -> None:
        found = listed(world, integration)
        assert found == by_cursors(world, integration)
        seen.append({row.record.repository.name: row.state for row in found})

    while (job := world.storage.queues.take()) is not None:
        world.run(*job)
        look()
    sample.push("shop", "topic", "PAY-2 Go on")
    shop = world.repository("shop")
    world.run("reindex", Job(integration.id, "due", repository=shop))
    look()
    sample.disable_repository("shop")
    for _ in range(5):
        world.run("reindex", Job(integration.id, "due", repository=shop), attempt=5)
        look()
        world.work()
        look()
    sample.disable_repository("shop", disabled=False)
    world.run("reindex", Job(integration.id, "discover"))
    world.work()
    look()
    changes = connections.Changes("S", sample.url, (), repositories=Selection(mode="selected"))
    connections.change(world.services, integration.id, changes)
    world.work()
    look()

    states = {state for moment in seen for state in moment.values()}
    assert {"new", "idle", "left_out"} <= states


@pytest.mark.parametrize(
    ("cursor", "place"),
    [
        (Cursor(), Whereabouts()),
        (DONE, Whereabouts("idle", 7, 1, NOW)),
        (replace(DONE, failure=FAILURE), Whereabouts("failed", 7, 1, NOW, FAILURE)),
        (
            replace(DONE, walk=Walk({}), heard={"topic": CommitId(sha(2))}),
            Whereabouts("indexing", 7, 2, NOW, is_walking=True),
        ),
    ],
)
def test_it_is_kept_beside_the_record_however_the_cursor_is_written(
    cursor: Cursor, place: Whereabouts
) -> None:
    services = Installation().services
    services.repositories.put("i", "r", RECORD)

    services.cursors.put("i", "r", cursor)
    put = whereabouts_beside(services.repositories.list("i")[0])
    services.cursors.delete("i", "r")
    record = services.cursors.insert("i", "r", replace(cursor, commits_seen=8))
    services.cursors.replace(record, cursor)
    replaced = whereabouts_beside(services.repositories.list("i")[0])

    assert whereabouts_of(cursor) == put == replaced == place


def test_what_a_list_does_not_show_costs_no_request() -> None:
    services = Installation().services
    counted = Counted()
    cursors = ShownCursors(services.storage.records("cursors", Cursor), counted)  # type: ignore[arg-type]  # as far as it is used
    record = cursors.insert("i", "r", DONE)

    record = cursors.replace(record, replace(DONE, next_at=NOW, judged_by={"default": "v"}))
    cursors.replace(record, replace(DONE, last_indexed_at=NOW + timedelta(minutes=1)))

    assert counted.writes == 2


def test_without_a_record_nothing_is_kept() -> None:
    services = Installation().services

    services.cursors.put("i", "r", DONE)

    assert services.repositories.list("i") == []


def test_a_record_that_is_written_anew_keeps_it() -> None:
    services = Installation().services
    services.repositories.put("i", "r", RECORD)
    services.cursors.put("i", "r", DONE)

    services.repositories.put_all("i", {"r": replace(RECORD, is_gone=True)})
    stored = services.repositories.get("i", "r")
    assert stored is not None
    services.repositories.replace(stored, RECORD)

    assert whereabouts_beside(services.repositories.list("i")[0]) == whereabouts_of(DONE)


def test_a_reason_of_any_length_is_kept_short() -> None:
    failure = replace(FAILURE, text="x" * 100_000)

    kept = whereabouts_of(replace(DONE, failure=failure)).failure

    assert kept is not None
    assert len(kept.text) == 2000


class Counted:
    """Counts what is kept beside records."""

    writes = 0

    def put_beside(self, group: str, texts: object) -> None:
        """Count it."""
        self.writes += 1


def test_of_two_workers_at_once_the_later_cursor_is_shown() -> None:
    storage = MemoryStorage()
    cursors = storage.records("cursors", Cursor)
    repositories = storage.records("repositories", RepositoryRecord)
    repositories.insert("i", "r", RECORD)
    begun = ShownCursors(cursors, repositories).insert("i", "r", Cursor())

    class Late:
        """Writes what is shown after somebody else has gone on."""

        def put_beside(self, group: str, texts: Mapping[str, str]) -> None:
            found = cursors.get(group, "r")
            if found is not None and found.value.commits_seen == BEFORE:
                ShownCursors(cursors, repositories).replace(found, DONE)
            repositories.put_beside(group, texts)

    late = ShownCursors(cursors, cast("Records[RepositoryRecord]", Late()))
    late.replace(begun, replace(begun.value, commits_seen=BEFORE))

    shown = repositories.get("i", "r")
    assert shown is not None
    assert whereabouts_beside(shown) == whereabouts_of(DONE)
