"""What an export tells, and what it never tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.configuration import Connection, Integration, Tracker
from shared.services import ONE_GROUP
from shared.transfer.documents import ConnectionDocument, IntegrationDocument, TrackerDocument

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


def test_everything_that_was_set_is_in_the_document(
    exported: dict[str, Any], sample: SampleOrganization
) -> None:
    [integration] = exported["integrations"]
    trackers = {tracker["id"]: tracker for tracker in exported["trackers"]}

    assert exported["version"] == 1
    assert exported["exported_at"] == "2026-11-21T09:00:00Z"
    assert sorted(trackers) == ["default", "jira"]
    assert trackers["jira"]["projects"] == ["PAY"]
    assert trackers["jira"]["sources"]["tags"] is True
    assert trackers["jira"]["aliases"] == {"OLD": "PAY"}
    assert trackers["jira"]["number_since"] == "2026-01-01T00:00:00Z"
    assert integration["url"] == sample.url
    assert integration["trackers"] == ["default", "jira"]
    assert integration["index"]["work_items"] is True
    assert integration["repositories"]["jmespath"] == "[?name=='shop']"
    assert integration["pull_request_window_days"] == 30
    assert integration["connection"]["kind"] == "pat"
    assert integration["connection"]["email"] == "admin@example.com"


def test_nothing_that_opens_anything_is_in_the_document(
    source: Installation, sample: SampleOrganization
) -> None:
    [record] = source.services.integrations.list(ONE_GROUP)
    integration = record.value
    [connection] = source.services.connections.list(ONE_GROUP)
    [webhook] = source.services.webhooks.list(ONE_GROUP)
    trackers = [tracker.value for tracker in source.services.trackers.list(ONE_GROUP)]

    body = source.call("GET", "export").body.decode()

    for secret in (
        sample.token,
        source.admin,
        source.admin.split("_")[1],
        connection.value.sealed_secret,
        *webhook.value.sealed_passwords,
        integration.webhook_id,
        *(tracker.table_id for tracker in trackers),
    ):
        assert secret not in body


def test_document_has_every_setting_that_there_is() -> None:
    made_here = {"webhook_id", "created_at", "former_trackers", "is_paused", "is_removed"}
    assert set(IntegrationDocument.__struct_fields__) - {"connection"} == (
        set(Integration.__struct_fields__) - made_here
    )
    assert set(TrackerDocument.__struct_fields__) == (
        set(Tracker.__struct_fields__) - {"table_id", "created_at"}
    )
    of_the_secret = {
        "sealed_secret", "host_key", "public_key", "expires_at", "refused_since", "refusal",
    }  # fmt: skip
    assert set(ConnectionDocument.__struct_fields__) == (
        set(Connection.__struct_fields__) - of_the_secret
    )


def test_removed_integration_is_not_exported(source: Installation) -> None:
    [integration] = source.call("GET", "integrations").json["integrations"]
    source.call("DELETE", f"integrations/{integration['id']}")

    assert source.call("GET", "export").json["integrations"] == []


def test_export_is_noted(source: Installation) -> None:
    source.call("GET", "export")

    entries = source.call("GET", "audit").json["entries"]

    assert "configuration_exported" in {entry["action"] for entry in entries}
