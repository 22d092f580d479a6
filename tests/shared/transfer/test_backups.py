"""A whole installation is taken out of one storage and brought into another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from devhost.sample_organization import SampleOrganization
from devhost.sample_organization.stories import tell_stories
from shared.access.auditing import OPERATOR
from shared.errors import BadRequestError, ConflictError, StorageUnavailableError
from shared.integrations import connections
from shared.integrations.status import status_of
from shared.interfaces.archive import KeptRow, Place
from shared.scheduling.ticking import tick
from shared.services import ONE_GROUP
from shared.transfer.backing_up import back_up, carry_on
from shared.transfer.backup_lines import LEFT_BEHIND, TAKEN, Ending, Opening, Row, read, written
from shared.transfer.restoring import restore
from tests.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from shared.configuration import Integration
    from shared.transfer.backup_lines import Line


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with stories of commits, branches and pull requests."""
    with SampleOrganization(tmp_path / "sample") as organization:
        tell_stories(organization)
        yield organization


@pytest.fixture
def integration(world: World) -> Integration:
    connected = world.connect()
    world.work()
    return connected


@pytest.fixture
def elsewhere(sample: SampleOrganization) -> World:
    """Return an installation with nothing in it."""
    return World(sample)


def test_what_is_restored_holds_every_row_of_links_and_mentions(
    world: World, integration: Integration, elsewhere: World
) -> None:
    text = b"".join(map(written, back_up(world.services)))

    restored = restore(elsewhere.services, map(read, text.splitlines()), by=OPERATOR)

    assert elsewhere.everything() == world.everything()
    assert elsewhere.tracker == world.tracker
    assert elsewhere.links("PAY-21") == world.links("PAY-21") != []
    assert elsewhere.services.cursors.list(integration.id)
    assert restored.integrations == (integration.name,)


def test_no_secret_is_in_a_backup(world: World, integration: Integration) -> None:
    connection = world.services.connections.get(ONE_GROUP, integration.id)
    webhook = world.services.webhooks.get(ONE_GROUP, integration.webhook_id)
    assert connection is not None
    assert webhook is not None

    text = b"".join(map(written, back_up(world.services))).decode()

    assert world.sample.token not in text
    assert connection.value.sealed_secret not in text
    assert webhook.value.sealed_passwords[0] not in text


def test_of_all_records_it_is_decided_whether_they_come_along(world: World) -> None:
    world.services.storage.records("data_keys", str)
    world.services.storage.records("restorations", str)

    names = set(world.storage._records)  # of `Services`, and of what else keeps records

    assert names == TAKEN | set(LEFT_BEHIND)
    assert not TAKEN & set(LEFT_BEHIND)


def test_restored_integration_waits_and_goes_on_once_it_is_connected(
    world: World, integration: Integration, elsewhere: World
) -> None:
    restore(elsewhere.services, back_up(world.services), by=OPERATOR)
    waiting = status_of(elsewhere.services, integration)

    repository = world.sample.organization.repositories.copy().popitem()[1]
    commit = world.sample.push(repository.id, "main", "PAY-7777 After the move")
    connections.change(
        elsewhere.services,
        integration.id,
        connections.Changes(name="Sample", url=world.sample.url, organizations=()),
        connection=connections.NewConnection(world.sample.token),
    )
    elsewhere.clock.pass_by(hours=25)
    tick(elsewhere.services, now=elsewhere.clock())
    elsewhere.work()

    assert waiting.state == "needs_reconnect"
    assert ("commit", commit) in elsewhere.links("PAY-7777")


def test_service_hooks_are_given_the_new_password_as_after_a_rotation(
    world: World, integration: Integration, elsewhere: World
) -> None:
    before = world.services.webhooks.get(ONE_GROUP, integration.webhook_id)
    assert before is not None

    restore(elsewhere.services, back_up(world.services), by=OPERATOR)

    after = elsewhere.services.webhooks.get(ONE_GROUP, integration.webhook_id)
    assert after is not None
    assert after.value.version == before.value.version + 1
    assert not after.value.is_moved
    assert after.value.sealed_passwords != before.value.sealed_passwords


@pytest.mark.parametrize("at", [1, 2, 40, -2, -1])
def test_backup_that_broke_off_is_carried_on(
    world: World, integration: Integration, at: int
) -> None:
    whole = list(back_up(world.services))
    begun = whole[:at]

    rest = carry_on(world.services, lines=len(begun), after=begun[-1])

    assert _rows([*begun, *rest]) == _rows(whole)


def test_restoring_that_broke_off_is_carried_on(
    world: World,
    integration: Integration,
    elsewhere: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shared.transfer.restoring._AT_ONCE", 50)
    lines = list(back_up(world.services))
    archive = elsewhere.storage.archive
    put, times = archive.put, 0

    def failing(rows: Sequence[KeptRow]) -> None:
        nonlocal times
        times += 1
        if times == 3:
            raise StorageUnavailableError("The storage account did not answer.")
        put(rows)

    monkeypatch.setattr(archive, "put", failing)
    with pytest.raises(StorageUnavailableError):
        restore(elsewhere.services, lines, by=OPERATOR)

    restored = restore(elsewhere.services, lines, by=OPERATOR)

    assert elsewhere.everything() == world.everything()
    assert restored.rows == len(_rows(lines)) - 2 * 50, "what was there is not put again"


def test_installation_in_use_is_not_restored_into(
    world: World, integration: Integration, elsewhere: World
) -> None:
    elsewhere.connect()

    with pytest.raises(ConflictError):
        restore(elsewhere.services, back_up(world.services), by=OPERATOR)


def test_second_backup_is_not_mixed_with_the_first(
    world: World, integration: Integration, elsewhere: World
) -> None:
    restore(elsewhere.services, back_up(world.services), by=OPERATOR)

    with pytest.raises(ConflictError):
        restore(elsewhere.services, back_up(world.services), by=OPERATOR)


def test_backup_that_was_cut_off_is_refused(
    world: World, integration: Integration, elsewhere: World
) -> None:
    lines = list(back_up(world.services))[:-1]

    with pytest.raises(BadRequestError):
        restore(elsewhere.services, lines, by=OPERATOR)


@pytest.mark.parametrize("field", ["schema", "version"])
def test_backup_of_a_newer_app_is_refused(
    world: World, integration: Integration, elsewhere: World, field: str
) -> None:
    opening, *rest = back_up(world.services)
    assert isinstance(opening, Opening)

    with pytest.raises(BadRequestError):
        restore(elsewhere.services, [replace(opening, **{field: 99}), *rest], by=OPERATOR)


@pytest.mark.parametrize("text", [b"", b"{}", b'{"is":"row"}', b"\xff"])
def test_line_of_something_else_is_refused(text: bytes) -> None:
    with pytest.raises(BadRequestError):
        read(text)


@pytest.mark.parametrize(
    ("table", "partition", "records"),
    [
        ("state", "sessions.all", "users"),
        ("state", "sessions.all", ""),
        ("others", "users.all", ""),
    ],
)
def test_row_that_says_it_is_of_something_else_is_refused(
    world: World, elsewhere: World, table: str, partition: str, records: str
) -> None:
    opening, *rest = back_up(world.services)
    smuggled = Row(KeptRow(table, Place(partition, "a"), {"d": "{}"}, records))

    with pytest.raises(BadRequestError):
        restore(elsewhere.services, [opening, smuggled, *rest], by=OPERATOR)


def test_row_of_records_that_stay_behind_is_passed_over(world: World, elsewhere: World) -> None:
    opening, *rest = back_up(world.services)
    smuggled = Row(KeptRow("state", Place("sessions.all", "a"), {"d": "{}"}, "sessions"))

    restore(elsewhere.services, [opening, smuggled, *rest], by=OPERATOR)

    assert not elsewhere.services.sessions.list(ONE_GROUP)


def _rows(lines: Sequence[Line]) -> list[tuple[str, str, str]]:
    assert isinstance(lines[-1], Ending)
    found = [line.of for line in lines if isinstance(line, Row)]
    return [(row.table, row.place.partition, row.place.row) for row in found]
