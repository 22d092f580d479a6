"""The audit tells who did what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from shared.access import api_tokens
from tests.admin_console.test_deliveries import rows, take_in

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


@pytest.fixture
def integration_id(installation: Installation, sample: SampleOrganization) -> str:
    found = installation.connect(sample)
    installation.work()
    return found


def entries(installation: Installation, query: str = "") -> list[dict[str, Any]]:
    """Return all pages of the audit."""
    found, cursor = [], ""
    while cursor is not None:
        page = installation.call("GET", f"audit?{query}&cursor={cursor}").json
        found += page["entries"]
        cursor = page["next"]
    return found


def test_what_an_admin_did_is_told_newest_first_with_the_token_that_did_it(
    installation: Installation, sample: SampleOrganization, integration_id: str
) -> None:
    path = f"integrations/{integration_id}"
    take_in(installation, integration_id)
    installation.work()
    [delivery] = rows(installation, f"{path}/deliveries")
    for method, route, body in (
        ("POST", f"{path}/webhook/rotate", None),
        ("POST", f"{path}/deliveries/{delivery['id']}/replay", None),
        ("POST", f"{path}/deliveries/replay", {}),
        ("POST", f"{path}/deliveries/refill", {}),
        ("PATCH", path, {"name": "Other"}),
        ("PATCH", path, {"connection": {"token": sample.token}}),
        ("DELETE", path, None),
    ):
        assert installation.call(method, route, body).status in {200, 202}
        installation.work()

    found = entries(installation, "limit=3")

    assert [entry["action"] for entry in found] == [
        "integration_removed",
        "connection_replaced",
        "integration_changed",
        "deliveries_refilled",
        "deliveries_replayed",
        "delivery_replayed",
        "webhook_rotated",
        "integration_added",
    ]
    assert {entry["integration_id"] for entry in found} == {integration_id}
    token = api_tokens.recognise(installation.services, installation.admin)
    assert all(e["by"] == {"kind": "token", "id": token.id, "name": "Tests"} for e in found)
    assert found[5]["detail"] == delivery["id"]
    assert sample.token not in str(found)


def test_what_was_refused_is_not_told_as_done(
    installation: Installation, integration_id: str
) -> None:
    before = entries(installation)

    installation.call("POST", f"integrations/{integration_id}/deliveries/nothing/replay")
    installation.call("POST", "integrations/nothing/deliveries/replay")
    installation.call("DELETE", "integrations/nothing")

    assert entries(installation) == before


def test_an_event_of_another_organization_changes_nothing_and_is_told_once_an_hour(
    installation: Installation, integration_id: str
) -> None:
    foreign = {
        "resource": {
            "refUpdates": [
                {"name": "refs/heads/main", "oldObjectId": "0" * 40, "newObjectId": "a" * 40}
            ],
            "commits": [{"commitId": "a" * 40, "comment": "PAY-1 Not ours"}],
            "repository": {
                "id": "11111111-1111-4111-8111-111111111111",
                "name": "PAY-2",
                "project": {"id": "22222222-2222-4222-8222-222222222222", "name": "Theirs"},
            },
        },
        "resourceContainers": {"project": {"id": "22222222-2222-4222-8222-222222222222"}},
    }
    before = len(installation.call("GET", "links/PAY-1").json["links"])

    for number in range(5):
        take_in(installation, integration_id, "git.push", id=f"foreign-{number}", **foreign)
        installation.work()

    told = [e for e in entries(installation) if e["action"] == "foreign_event_dropped"]
    assert len(told) == 1
    assert told[0]["by"]["kind"] == "hook"
    assert "22222222-2222-4222-8222-222222222222" in told[0]["detail"]
    assert "Not ours" not in str(told)
    assert len(installation.call("GET", "links/PAY-1").json["links"]) == before
    states = {r["state"] for r in rows(installation, f"integrations/{integration_id}/deliveries")}
    assert states == {"ignored"}
    assert [job.reason for job in installation.waiting()] == []


@pytest.mark.parametrize(("query", "field"), [("cursor=MS4u", "cursor"), ("limit=x", "limit")])
def test_a_page_that_makes_no_sense_is_refused_by_field(
    installation: Installation, query: str, field: str
) -> None:
    assert installation.call("GET", f"audit?{query}").fields.keys() == {field}


def test_only_an_admin_sees_the_audit(installation: Installation) -> None:
    plugin = installation.token("links:read", "code:read", "code:write")

    assert installation.call("GET", "audit", token=plugin).problem == (403, "scope_missing")
