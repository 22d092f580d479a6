"""What an import makes of a document, and of a second one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from admin_console.transfer import read_document
from shared.access.auditing import OPERATOR
from shared.services import ONE_GROUP
from shared.transfer.importing import carry_out, preview
from shared.transfer.planning import plan

if TYPE_CHECKING:
    from devhost.sample_organization import SampleOrganization
    from tests.shared.web.in_memory import Installation


def bring(installation: Installation, document: dict[str, Any]) -> Any:
    answered = installation.call("POST", "import", document)
    assert answered.status == 200, answered.body
    return answered.json


def names(things: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(thing["kind"], thing["name"]) for thing in things]


def without(document: dict[str, Any], *fields: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in fields}


def test_another_installation_is_set_up_alike(
    source: Installation, target: Installation, exported: dict[str, Any]
) -> None:
    outcome = bring(target, exported)

    assert names(outcome["made"]) == [("tracker", "Jira"), ("integration", "Contoso")]
    assert names(outcome["unchanged"]) == [("tracker", "Default")]
    assert (outcome["changed"], outcome["refused"]) == ([], [])
    assert target.call("GET", "export").json == exported


def test_same_document_twice_changes_nothing_more(
    target: Installation, exported: dict[str, Any]
) -> None:
    first = bring(target, exported)

    second = bring(target, exported)

    assert (second["made"], second["changed"], second["refused"]) == ([], [], [])
    known = {thing["id"] for thing in second["unchanged"]}
    assert {thing["id"] for thing in first["made"]} < known
    assert len(target.call("GET", "integrations").json["integrations"]) == 1


def test_own_document_changes_nothing(source: Installation, exported: dict[str, Any]) -> None:
    outcome = bring(source, exported)

    assert names(outcome["unchanged"]) == [
        ("tracker", "Default"), ("tracker", "Jira"), ("integration", "Contoso"),
    ]  # fmt: skip


def test_imported_integration_waits_for_a_connection_and_says_so(
    target: Installation, exported: dict[str, Any], sample: SampleOrganization
) -> None:
    [made] = [m for m in bring(target, exported)["made"] if m["kind"] == "integration"]
    calls = len(sample.calls)

    target.work()

    assert len(sample.calls) == calls, "nobody is called without a secret"
    status = target.call("GET", f"integrations/{made['id']}/status").json
    assert status["state"] == "needs_reconnect"
    assert "replace its connection" in made["next_step"]
    assert made["next_step"] in [alarm["text"] for alarm in status["alarms"]]


def test_imported_integration_is_indexed_and_gets_hooks_once_it_is_connected(
    target: Installation, exported: dict[str, Any], sample: SampleOrganization
) -> None:
    [made] = [m for m in bring(target, exported)["made"] if m["kind"] == "integration"]

    connected = target.call(
        "PUT", f"integrations/{made['id']}/connection", {"kind": "pat", "token": sample.token}
    )
    target.work()

    assert connected.status == 200, connected.body
    status = target.call("GET", f"integrations/{made['id']}/status").json
    assert status["state"] == "idle"
    assert status["progress"]["links"] > 0
    hooks = [hook.consumer_inputs["url"] for hook in sample.organization.subscriptions.all()]
    assert hooks
    webhook = target.integration(made["id"]).webhook_id
    assert all(url.endswith(f"/webhooks/{webhook}") for url in hooks)


@pytest.mark.parametrize(
    "connection",
    [
        {"kind": "oauth"},
        {"kind": "service_principal", "tenant_id": "1" * 8 + "-1111-1111-1111-" + "1" * 12},
        {"kind": "pat"},
        {"kind": "basic", "user_name": "builder"},
        {"kind": "ssh_key"},
    ],
    ids=lambda connection: connection["kind"],
)
def test_whatever_needs_a_secret_waits_for_it_even_when_it_is_looked_at(
    target: Installation, exported: dict[str, Any], connection: dict[str, str]
) -> None:
    if connection["kind"] in {"basic", "ssh_key"}:
        url = "git@127.0.0.1:shop.git" if connection["kind"] == "ssh_key" else "https://127.0.0.1/x"
        exported["integrations"][0] |= {"git_host": "git", "url": url, "organizations": []}
    exported["integrations"][0] |= {"connection": connection}
    [_, made] = bring(target, exported)["made"]

    target.call("POST", f"integrations/{made['id']}/pause")
    target.call("POST", f"integrations/{made['id']}/resume")
    target.work()

    status = target.call("GET", f"integrations/{made['id']}/status").json
    assert status["state"] == "needs_reconnect", status
    assert made["next_step"]


def test_what_needs_no_secret_is_looked_at_at_once(
    target: Installation, exported: dict[str, Any]
) -> None:
    [integration] = exported["integrations"]
    integration |= {"connection": {"kind": "none"}, "hooks_only": True}

    [_, made] = bring(target, exported)["made"]
    target.work()

    assert made["next_step"] == ""
    status = target.call("GET", f"integrations/{made['id']}/status").json
    assert status["state"] == "hooks_only"


def test_changed_settings_are_brought_into_what_is_there(
    source: Installation, exported: dict[str, Any]
) -> None:
    [integration] = exported["integrations"]
    integration |= {"name": "Ours", "pull_request_window_days": 90}
    exported["trackers"][1]["projects"] = ["PAY", "OPS"]

    outcome = bring(source, exported)

    assert names(outcome["changed"]) == [("tracker", "Jira"), ("integration", "Ours")]
    [shown] = source.call("GET", "integrations").json["integrations"]
    assert (shown["name"], shown["pull_request_window_days"]) == ("Ours", 90)
    assert shown["connection"]["kind"] == "pat"
    assert source.call("GET", "trackers/jira").json["projects"] == ["PAY", "OPS"]


def test_what_its_git_host_forbids_is_told_and_the_others_go_on(
    source: Installation, exported: dict[str, Any], sample: SampleOrganization
) -> None:
    [integration] = exported["integrations"]
    integration["repositories"] = {"mode": "all", "jmespath": "[?name=='other']"}
    integration["index"] = {**integration["index"], "work_items": False}
    exported["trackers"].append({"id": "ops", "name": "Ops"})
    sample.faults.outage(times=None)

    outcome = bring(source, exported)

    assert names(outcome["made"]) == [("tracker", "Ops")]
    [refused] = outcome["refused"]
    assert (refused["kind"], refused["code"]) == ("integration", "git_host_unavailable")
    assert source.integration(refused["id"]).repositories.jmespath == "[?name=='shop']"


def test_secret_of_an_integration_is_not_led_to_another_address(
    source: Installation, exported: dict[str, Any], sample: SampleOrganization
) -> None:
    [before] = source.services.integrations.list(ONE_GROUP)
    [integration] = exported["integrations"]
    integration["url"] = f"{sample.base_url}/elsewhere"
    integration["organizations"] = ["elsewhere"]
    calls = len(sample.calls)

    outcome = bring(source, exported)
    source.work()

    [made] = outcome["made"]
    assert made["id"] != before.key
    assert source.integration(before.key) == before.value
    connection = source.services.connections.get(ONE_GROUP, made["id"])
    assert connection is not None
    assert connection.value.sealed_secret == ""
    assert not [call for call in list(sample.calls)[calls:] if "elsewhere" in str(call)]


@pytest.mark.parametrize("foreign", ["", "../x", "X" * 32, "i1", "a' or '1", "é" * 32])
def test_id_that_is_not_of_our_form_is_replaced(
    target: Installation, exported: dict[str, Any], foreign: str
) -> None:
    exported["integrations"][0]["id"] = foreign

    [_, made] = bring(target, exported)["made"]

    assert made["id"] != foreign
    assert target.call("GET", f"integrations/{made['id']}").status == 200


def test_id_of_another_integration_is_replaced_however_often_it_is_imported(
    target: Installation, exported: dict[str, Any]
) -> None:
    server = {"git_host": "azure_devops_server", "url": "https://tfs.example.com/tfs/Main"}
    body = {**server, "hooks_only": True, "connection": {"kind": "none"}}
    theirs = target.call("POST", "integrations", body).json["id"]
    exported["integrations"][0]["id"] = theirs

    [_, made] = bring(target, exported)["made"]
    again = bring(target, exported)

    assert made["id"] != theirs
    assert target.integration(theirs).url == server["url"]
    assert again["made"] == []


def test_address_is_brought_to_the_form_that_is_used(
    target: Installation, exported: dict[str, Any], sample: SampleOrganization
) -> None:
    exported["integrations"][0]["url"] = f"{sample.url}/Shop/_git/shop?path=%2F#x"

    [_, made] = bring(target, exported)["made"]

    assert target.integration(made["id"]).url == sample.url


def test_webhook_is_made_anew(
    source: Installation, target: Installation, exported: dict[str, Any]
) -> None:
    [_, made] = bring(target, exported)["made"]

    [theirs] = source.services.webhooks.list(ONE_GROUP)
    [ours] = target.services.webhooks.list(ONE_GROUP)
    assert ours.key != theirs.key
    assert ours.value.integration == made["id"]


def test_import_is_noted_with_each_thing(target: Installation, exported: dict[str, Any]) -> None:
    bring(target, exported)

    entries = target.call("GET", "audit").json["entries"]
    noted = sorted(entry["action"] for entry in entries)

    assert noted == ["configuration_imported", "integration_added", "tracker_added"]
    [summary] = [e for e in entries if e["action"] == "configuration_imported"]
    assert summary["detail"] == "2 made, 0 changed, 1 unchanged, 0 refused"


def test_preview_tells_what_would_be_done_and_does_nothing(
    target: Installation, exported: dict[str, Any]
) -> None:
    document = read_document(msgspec.json.encode(exported))
    planned = plan(target.services, document)

    told = preview(planned)

    assert target.call("GET", "integrations").json["integrations"] == []
    done = carry_out(target.services, planned, by=OPERATOR)
    assert told == done


def test_as_much_as_an_installation_exports_can_be_imported(
    source: Installation, exported: dict[str, Any]
) -> None:
    ids = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(30_000)]
    selection = {"mode": "selected", "jmespath": "", "selected": ids}
    server = {"git_host": "azure_devops_server", "connection": {"kind": "none"}}
    more = {"url": "https://tfs.example.com/tfs/Main", "organizations": [], "hooks_only": True}
    wide = {**exported["integrations"][0], **server, **more, "repositories": selection}
    exported["integrations"].append({**wide, "id": "a" * 32, "name": "Wide"})

    made = bring(source, exported)["made"]

    assert names(made) == [("integration", "Wide")]
    assert len(source.integration("a" * 32).repositories.selected) == 30_000
