"""A list of integrations costs as much for hundreds as for a few."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared.configuration import Connection, Integration
from shared.integrations.overview import MOST_LOOKED_AT, of_integrations, states_of
from shared.integrations.status import status_of
from shared.model import IntegrationId, ProjectId, Repository, RepositoryId, WebhookId
from shared.progress import DiscoveryRecord, RepositoryRecord
from shared.scheduling.budgets import note_pause
from shared.scheduling.summaries import mark_stale
from shared.services import ONE_GROUP
from shared.storage.memory import MemoryRecords
from tests.shared.integrations.test_status import DONE, FAILED, GOING, INTEGRATION
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from shared.cursors import Cursor
    from shared.integrations.status import IntegrationState


class Many:
    """Integrations with a repository each."""

    def __init__(self, count: int, cursor: Cursor = DONE) -> None:
        self.installation = Installation()
        self.services = self.installation.services
        self.integrations = [self._add(number, cursor) for number in range(count)]

    def _add(self, number: int, cursor: Cursor) -> Integration:
        name = f"i{number:03}"
        made = replace(INTEGRATION, id=IntegrationId(name), webhook_id=WebhookId(name))
        found = DiscoveryRecord(discovered_at=NOW)
        services = self.services
        services.integrations.put(ONE_GROUP, name, made)
        services.discoveries.put(ONE_GROUP, name, found)
        services.connections.put(ONE_GROUP, name, Connection("basic", user_name=name))
        shown = Repository(RepositoryId("r"), "part", ProjectId("p"), "Shop", "contoso", "")
        services.repositories.put(name, "r", RepositoryRecord(shown))
        services.cursors.put(name, "r", cursor)
        return made

    def move(self, number: int, cursor: Cursor) -> None:
        """Have a repository stand elsewhere, of which somebody tells."""
        name = self.integrations[number].id
        self.services.cursors.put(name, "r", cursor)
        mark_stale(self.services, name)

    @property
    def states(self) -> list[IntegrationState]:
        connections = of_integrations(self.services.connections, self.integrations)
        return states_of(self.services, self.integrations, connections)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what is read of records, once it is asked for."""
    counted: Counter[str] = Counter()
    for name in ("get", "list"):
        method = getattr(MemoryRecords, name)

        def counting(records: Any, *args: Any, _how: Any = (name, method), **more: Any) -> Any:
            counted[_how[0]] += 1
            return _how[1](records, *args, **more)

        monkeypatch.setattr(MemoryRecords, name, counting)
    return counted


def seen_by_all(many: Many) -> None:
    for integration in many.integrations:
        status_of(many.services, integration)


@pytest.mark.parametrize("count", [10, 200])
def test_list_whose_states_are_known_costs_three_reads(count: int, request: Any) -> None:
    many = Many(count)
    seen_by_all(many)
    connections = of_integrations(many.services.connections, many.integrations)
    reads = request.getfixturevalue("reads")

    states = states_of(many.services, many.integrations, connections)

    # Discoveries, summaries, budgets. `list` of memory gets each record that it returns.
    assert reads["list"] == 3
    assert states == ["idle"] * count


@pytest.mark.parametrize("count", [10, 200])
def test_list_of_which_nothing_is_known_looks_at_a_few(count: int, request: Any) -> None:
    many = Many(count)
    connections = of_integrations(many.services.connections, many.integrations)
    reads = request.getfixturevalue("reads")

    states = states_of(many.services, many.integrations, connections)

    # Of each that is looked at: repositories, cursors, pull requests.
    assert reads["list"] == 3 + 3 * MOST_LOOKED_AT
    assert states.count("idle") == MOST_LOOKED_AT


def test_list_looked_at_often_enough_knows_all() -> None:
    many = Many(3 * MOST_LOOKED_AT)

    for _ in range(3):
        states = many.states

    assert states == ["idle"] * 3 * MOST_LOOKED_AT


def test_what_somebody_tells_of_is_shown_at_once() -> None:
    many = Many(20)
    seen_by_all(many)

    many.move(7, FAILED)
    many.move(11, GOING)

    states = many.states
    assert (states[7], states[11], states.count("idle")) == ("degraded", "indexing", 18)


@pytest.mark.parametrize(
    ("cursor", "waits", "state"),
    [
        (GOING, timedelta(seconds=59), "indexing"),
        (GOING, timedelta(minutes=1), "idle"),
        (FAILED, timedelta(minutes=14), "degraded"),
        (FAILED, timedelta(minutes=15), "idle"),
    ],
)
def test_what_ends_without_a_word_is_seen_soon(
    cursor: Cursor, waits: timedelta, state: str
) -> None:
    many = Many(1, cursor)
    seen_by_all(many)
    many.services.cursors.put("i000", "r", DONE)
    many.installation.clock.advance(waits)

    assert many.states == [state]


def test_states_that_need_no_look_at_repositories_are_those_of_now() -> None:
    many = Many(4)
    seen_by_all(many)
    many.integrations[0] = replace(many.integrations[0], is_paused=True)
    refused = Connection("basic", user_name="i001", refused_since=NOW)
    many.services.connections.put(ONE_GROUP, "i001", refused)
    until = NOW + timedelta(minutes=5)
    note_pause(many.services, many.integrations[2], until=until)

    assert many.states == ["paused", "needs_reconnect", "throttled", "idle"]


def test_integration_that_was_never_discovered_is_new_without_a_look() -> None:
    many = Many(2)
    many.services.discoveries.delete(ONE_GROUP, "i001")

    assert many.states == ["idle", "new"]


def test_no_integrations_have_no_states() -> None:
    assert Many(0).states == []


def test_list_over_http_tells_the_same_as_each_by_itself() -> None:
    many = Many(3, GOING)
    many.move(1, DONE)

    listed = many.installation.call("GET", "integrations").json["integrations"]

    alone = [many.installation.call("GET", f"integrations/i00{n}").json for n in range(3)]
    assert listed == alone
    assert [row["state"] for row in listed] == ["indexing", "idle", "indexing"]
