from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from shared.configuration import Connection, HookState, Integration
from shared.cursors import Cursor, Failure, Walk
from shared.integrations.status import BudgetStatus, Status, status_of
from shared.model import (
    CommitId,
    IntegrationId,
    ProjectId,
    Repository,
    RepositoryId,
    TrackerId,
    WebhookId,
)
from shared.progress import DiscoveryRecord, RepositoryRecord
from shared.scheduling.budgets import note_pause
from shared.services import ONE_GROUP
from tests.shared.web.in_memory import NOW, Installation

if TYPE_CHECKING:
    from shared.services import Services

HEAD = CommitId("a" * 40)
FAILURE = Failure("missing", "Azure DevOps hides it.", NOW, 2)
DONE = Cursor(verified={"main": HEAD}, last_indexed_at=NOW, commits_seen=7, links=3)
NEW = Cursor()
GOING = Cursor(walk=Walk({"main": HEAD}))
FAILED = Cursor(failure=FAILURE)
FOUND = DiscoveryRecord(discovered_at=NOW)
INTEGRATION = Integration(
    id=IntegrationId("i1"),
    name="Contoso",
    git_host="azure_devops",
    url="https://dev.azure.com/contoso",
    organizations=("contoso",),
    trackers=(TrackerId("default"),),
    webhook_id=WebhookId("w"),
    created_at=NOW,
)


class Kept:
    """An integration, and what jobs left behind of it."""

    def __init__(self, *, public_url: str = "https://links.example.com") -> None:
        self.installation = Installation(public_url=public_url)
        self.services: Services = self.installation.services
        self.services.connections.put(ONE_GROUP, "i1", Connection("pat", ""))
        self.integration = INTEGRATION

    def discovered(self, record: DiscoveryRecord = FOUND) -> Kept:
        self.services.discoveries.put(ONE_GROUP, "i1", record)
        return self

    def repository(self, cursor: Cursor | None = None, **state: Any) -> RepositoryRecord:
        """Keep one more repository."""
        number = len(self.services.repositories.list("i1"))
        shown = Repository(
            RepositoryId(f"r{number}"), f"part-{number}", ProjectId("p"), "Shop", "contoso", ""
        )
        record = RepositoryRecord(shown, **state)
        self.services.repositories.put("i1", shown.id, record)
        if cursor is not None:
            self.services.cursors.put("i1", shown.id, cursor)
        return record

    def connection(self, **state: Any) -> None:
        self.services.connections.put(ONE_GROUP, "i1", Connection("pat", "", **state))

    def pause(self, until: timedelta) -> None:
        note_pause(self.services, self.integration, until=NOW + until)

    @property
    def status(self) -> Status:
        return status_of(self.services, self.integration)

    @property
    def alarms(self) -> dict[str, str]:
        return {alarm.code: alarm.text for alarm in self.status.alarms}


@pytest.fixture
def kept() -> Kept:
    return Kept()


def test_integration_that_was_never_discovered_is_new(kept: Kept) -> None:
    status = kept.status

    assert status.state == "new"
    assert status.progress.repositories_total == 0
    assert (status.last_reindex_at, status.next_reindex_at, status.budget) == (None, None, None)
    assert status.alarms == ()


def test_integration_that_could_never_be_discovered_has_failed(kept: Kept) -> None:
    kept.discovered(DiscoveryRecord(failure=FAILURE))

    assert kept.status.state == "failed"
    assert kept.alarms == {"missing": "Azure DevOps hides it."}


@pytest.mark.parametrize(
    ("cursors", "state"),
    [
        ([], "idle"),
        ([DONE], "idle"),
        ([DONE, DONE], "idle"),
        ([NEW], "indexing"),
        ([DONE, GOING], "indexing"),
        ([DONE, FAILED], "degraded"),
        ([GOING, FAILED], "indexing"),
        ([None], "indexing"),
    ],
)
def test_state_follows_from_the_repositories(
    kept: Kept, cursors: list[Cursor | None], state: str
) -> None:
    kept.discovered()
    for cursor in cursors:
        kept.repository(cursor)

    assert kept.status.state == state


def test_repositories_that_are_not_indexed_do_not_count(kept: Kept) -> None:
    kept.discovered()
    kept.repository(DONE)
    kept.repository(FAILED, left_out="disabled")
    kept.repository(GOING, is_gone=True)
    kept.repository(None, left_out="empty")

    assert kept.status.state == "idle"
    assert kept.status.progress.repositories_total == 1


def test_organization_that_could_not_be_listed_degrades_the_integration(kept: Kept) -> None:
    kept.discovered(DiscoveryRecord(discovered_at=NOW, failures={"fabrikam": FAILURE}))
    kept.repository(DONE)

    assert kept.status.state == "degraded"
    assert kept.alarms == {"organization_missing": "fabrikam: Azure DevOps hides it."}


def test_paused_integration_is_paused_whatever_else_it_is(kept: Kept) -> None:
    kept.discovered().repository(GOING)
    kept.connection(refused_since=NOW, refusal="refused")
    kept.integration = replace(kept.integration, is_paused=True)

    assert kept.status.state == "paused"


def test_integration_whose_credential_is_refused_needs_to_be_reconnected(kept: Kept) -> None:
    kept.discovered().repository(GOING)
    kept.connection(refused_since=NOW, refusal="The token has expired.")

    assert kept.status.state == "needs_reconnect"
    [alarm] = kept.status.alarms
    assert (alarm.code, alarm.text, alarm.since) == ("signed_out", "The token has expired.", NOW)


def test_integration_that_was_asked_to_wait_is_throttled_until_then(kept: Kept) -> None:
    kept.discovered().repository(GOING)
    kept.pause(timedelta(minutes=5))

    before = kept.status
    kept.installation.clock.advance(timedelta(minutes=5))
    after = kept.status

    assert before.state == "throttled"
    assert before.budget == BudgetStatus(None, None, None, NOW + timedelta(minutes=5))
    assert (after.state, after.budget) == ("indexing", None)


def test_integration_that_only_listens_says_so_once_it_is_indexed(kept: Kept) -> None:
    kept.integration = replace(kept.integration, hooks_only=True)
    kept.discovered().repository(DONE)

    assert kept.status.state == "hooks_only"


@pytest.mark.parametrize(
    ("days", "says"), [(15, None), (13, "13 days"), (1, "1 days"), (-3, "0 days")]
)
def test_token_that_soon_expires_is_an_alarm(kept: Kept, days: int, says: str | None) -> None:
    kept.connection(expires_at=NOW + timedelta(days=days, hours=1))

    text = kept.alarms.get("credential_expires")

    assert (text is None) == (says is None)
    assert says is None or says in str(text)


def test_installation_without_an_address_says_that_no_hook_is_set_up() -> None:
    kept = Kept(public_url="")
    kept.discovered()

    assert kept.status.state == "idle"
    assert "PUBLIC_URL" in kept.alarms["no_public_url"]


def test_integration_without_webhooks_misses_none() -> None:
    kept = Kept(public_url="")
    kept.integration = replace(kept.integration, webhooks=False)

    assert kept.alarms == {}


def test_hooks_that_are_refused_are_an_alarm_with_the_reason(kept: Kept) -> None:
    kept.services.hook_states.put(ONE_GROUP, "i1", HookState((), NOW, "You may not edit them."))

    [alarm] = kept.status.alarms

    assert (alarm.code, alarm.since) == ("hooks_refused", NOW)
    assert "You may not edit them." in alarm.text
