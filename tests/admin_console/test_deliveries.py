"""An admin looks at deliveries, has them processed again, and fetches what never came."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from shared.hooks.receiving import receive
from shared.model import IntegrationId
from tests.shared.web.in_memory import NOW

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from shared.messages import Job
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def integration_id(installation: Installation, sample: SampleOrganization) -> str:
    found = installation.connect(sample)
    installation.work()
    return found


@pytest.fixture
def path(integration_id: str) -> str:
    return f"integrations/{integration_id}/deliveries"


def take_in(
    installation: Installation, integration_id: str, event_type: str = "build.complete", **more: Any
) -> None:
    """Take in an event of now."""
    number = len(installation.storage.tables.tables)
    event = {
        "id": f"event-{installation.clock.now():%H%M%S%f}-{number}",
        "eventType": event_type,
        "createdDate": f"{installation.clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "message": {"text": "a-secret-of-theirs"},
        **more,
    }
    receive(
        installation.services,
        installation.integration(integration_id).webhook_id,
        authorization=installation.hook_credentials(integration_id),
        body=msgspec.json.encode(event),
    )


def rows(installation: Installation, path: str, query: str = "") -> list[dict[str, Any]]:
    """Return all pages."""
    found, cursor = [], ""
    while cursor is not None:
        page = installation.call("GET", f"{path}?{query}&cursor={cursor}").json
        found += page["deliveries"]
        cursor = page["next"]
    return found


def waiting(installation: Installation, reason: str) -> list[Job]:
    return [job for job in installation.waiting() if job.reason == reason]


def test_a_delivery_is_told_without_its_body(
    installation: Installation, integration_id: str, path: str
) -> None:
    now = f"{installation.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    for _ in range(3):
        take_in(installation, integration_id, id="the-event")
    installation.work()

    answer = installation.call("GET", path)

    [row] = answer.json["deliveries"]
    assert row.pop("id").endswith(".the-event")
    assert row.pop("size") > 100
    assert row == {
        "event_type": "build.complete",
        "state": "ignored",
        "detail": "events of type build.complete touch no link",
        "repeats": 2,
        "created_at": now,
        "received_at": now,
    }
    assert answer.json["next"] is None
    assert b"a-secret-of-theirs" not in answer.body


def test_deliveries_are_listed_newest_first_by_pages_states_and_types(
    installation: Installation, integration_id: str, path: str
) -> None:
    for number in range(12):
        take_in(installation, integration_id, f"type-{number % 2}")
        if number == 5:
            installation.work()
        installation.clock.advance(timedelta(hours=5))

    everything = rows(installation, path, "limit=5")
    ignored = rows(installation, path, "state=ignored&limit=4")
    both = rows(installation, path, "state=accepted,ignored,failed&limit=1")
    of_a_type = rows(installation, path, "event_type=type-1&state=accepted&limit=2")

    received = [row["received_at"] for row in everything]
    assert received == sorted(received, reverse=True)
    assert [row["state"] for row in everything] == ["accepted"] * 6 + ["ignored"] * 6
    assert ignored == everything[6:]
    assert both == everything
    assert of_a_type == [r for r in everything[:6] if r["event_type"] == "type-1"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("state=lost", "state"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=MS4u", "cursor"),  # one of our form, of no place in the ledger
    ],
)
def test_a_list_that_makes_no_sense_is_refused_by_field(
    installation: Installation, path: str, query: str, field: str
) -> None:
    answer = installation.call("GET", f"{path}?{query}")

    assert answer.fields.keys() == {field}


def test_a_type_with_odd_characters_finds_nothing(installation: Installation, path: str) -> None:
    assert rows(installation, path, "event_type=x'%20or%20RowKey%20ne%20'") == []


def test_one_delivery_is_processed_again(
    installation: Installation, integration_id: str, path: str
) -> None:
    take_in(installation, integration_id)
    installation.work()
    [row] = rows(installation, path)

    answer = installation.call("POST", f"{path}/{row['id']}/replay")

    assert (answer.status, answer.body) == (202, b"")
    assert [row["state"] for row in rows(installation, path)] == ["accepted"]
    assert [job.delivery for job in waiting(installation, "hook")] == [row["id"]]


@pytest.mark.parametrize("odd", ["x", "20261121.0000000000000.a", "a%23b", "a%2Fb", "%01"])
def test_a_delivery_that_is_not_kept_is_not_found(
    installation: Installation, path: str, odd: str
) -> None:
    assert installation.call("POST", f"{path}/{odd}/replay").problem == (404, "not_found")


def test_failed_deliveries_are_replayed_unless_another_state_is_named(
    installation: Installation, path: str
) -> None:
    plain = installation.call("POST", f"{path}/replay")
    named = installation.call(
        "POST",
        f"{path}/replay",
        {"state": "done", "from": "2026-11-20T10:00:00+01:00", "to": "2026-11-21T00:00:00Z"},
    )

    assert (plain.status, plain.json["state"], plain.json["from"]) == (202, "failed", None)
    assert named.json == {
        "state": "done",
        "from": "2026-11-20T09:00:00Z",
        "to": "2026-11-21T00:00:00Z",
    }
    assert [job.state for job in waiting(installation, "replay")] == ["failed", "done"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"state": "accepted"}, "state"),
        ({"from": "2026-11-20T10:00:00"}, "from"),
        ({"from": "2026-11-20T10:00:00Z", "to": "2026-11-19T10:00:00Z"}, "from"),
        ({"since": "2026-11-20T10:00:00Z"}, "since"),
    ],
)
def test_a_replay_that_makes_no_sense_is_refused_by_field(
    installation: Installation, path: str, body: object, field: str
) -> None:
    assert installation.call("POST", f"{path}/replay", body).fields.keys() == {field}
    assert waiting(installation, "replay") == []


def test_what_was_lost_is_fetched_from_all_of_the_history_or_since_a_time(
    installation: Installation, path: str
) -> None:
    everything = installation.call("POST", f"{path}/refill")
    recent = installation.call("POST", f"{path}/refill", {"since": "2026-11-21T08:00:00Z"})

    assert (everything.status, everything.json) == (202, {"since": None})
    assert (recent.status, recent.json) == (202, {"since": "2026-11-21T08:00:00Z"})
    assert [job.since for job in waiting(installation, "refill")] == [
        None,
        NOW - timedelta(hours=1),
    ]


@pytest.mark.parametrize(
    ("method", "route"),
    [("GET", ""), ("POST", "/replay"), ("POST", "/refill"), ("POST", "/x/replay")],
)
def test_an_unknown_integration_has_no_deliveries_and_a_plugin_sees_none(
    installation: Installation, path: str, method: str, route: str
) -> None:
    plugin = installation.token("links:read", "code:read", "code:write")

    unknown = installation.call(method, f"integrations/nothing/deliveries{route}")
    forbidden = installation.call(method, f"{path}{route}", token=plugin)

    assert unknown.problem == (404, "not_found")
    assert forbidden.problem == (403, "scope_missing")


def test_deliveries_of_another_integration_are_not_found(
    installation: Installation, sample: SampleOrganization, integration_id: str, path: str
) -> None:
    other = f"integrations/{installation.connect(sample)}/deliveries"
    take_in(installation, integration_id)
    [row] = rows(installation, path)

    assert rows(installation, other) == []
    answer = installation.call("POST", f"{other}/{row['id']}/replay")
    assert answer.problem == (404, "not_found")
    assert IntegrationId(integration_id) not in {j.integration for j in waiting(installation, "x")}
