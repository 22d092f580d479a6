from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from devhost.sample_organization import SampleOrganization, Where
from shared.configuration import IndexSwitches, Selection
from shared.connections.presenting import secret_purpose
from shared.errors import (
    BadRequestError,
    ConflictError,
    DevlinksError,
    SignedOutError,
    WouldDisconnectError,
)
from shared.integrations import changing, connections, credentials
from shared.integrations.connections import Changes, NewConnection
from shared.services import ONE_GROUP
from tests.shared.integrations.conftest import connect, wanted
from tests.shared.web.in_memory import Installation

if TYPE_CHECKING:
    from pathlib import Path

    from shared.configuration import ConnectionKind, Integration


def token_of(installation: Installation, integration: Integration) -> str:
    record = installation.services.connections.get(ONE_GROUP, integration.id)
    assert record is not None
    purpose = secret_purpose(integration.id)
    return installation.services.vault.open(record.value.sealed_secret, purpose=purpose)


def change(
    installation: Installation, integration: Integration, sample: SampleOrganization, **more: Any
) -> Integration:
    options = {name: more.pop(name) for name in ("connection", "confirmed") if name in more}
    fields = wanted(sample, **more)
    return connections.change(installation.services, integration.id, fields, **options)


def test_change_keeps_the_id_the_webhook_and_the_connection(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)

    changed = change(installation, made, sample, name="Ours", pull_request_window_days=30)

    assert (changed.name, changed.pull_request_window_days) == ("Ours", 30)
    assert (changed.id, changed.webhook_id, changed.created_at) == (
        made.id,
        made.webhook_id,
        made.created_at,
    )
    assert installation.integration(made.id) == changed
    assert token_of(installation, changed) == sample.token


def test_changed_integration_is_discovered_again(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)
    installation.work()

    change(installation, made, sample, name="Ours")

    assert [job.reason for job in installation.waiting()] == ["discover"]


def test_kinds_that_are_switched_on_are_indexed(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample, index=IndexSwitches(branches=False))
    installation.work()

    change(installation, made, sample)

    reasons = [job.reason for job in installation.waiting()]
    assert reasons.count("asked") >= 15


def test_new_connection_replaces_the_old_one_and_keeps_everything_else(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)
    installation.work()
    links = installation.call("GET", "links/PAY-1").json
    other = sample.issue_token().value

    change(installation, made, sample, connection=NewConnection(other))

    assert token_of(installation, made) == other
    assert installation.call("GET", "links/PAY-1").json == links


def test_what_is_said_of_a_connection_is_changed_without_a_new_token(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)

    said = NewConnection("", "other@example.com", None)
    change(installation, made, sample, connection=said)

    record = installation.services.connections.get(ONE_GROUP, made.id)
    assert record is not None
    assert (record.value.email, record.value.expires_at) == ("other@example.com", None)
    assert token_of(installation, made) == sample.token


@pytest.mark.parametrize("token", ["two words", "wrong"])
def test_connection_that_is_refused_replaces_nothing(
    installation: Installation, sample: SampleOrganization, token: str
) -> None:
    made = connect(installation, sample)

    with pytest.raises((SignedOutError, BadRequestError)):
        change(installation, made, sample, name="Ours", connection=NewConnection(token))

    assert token_of(installation, made) == sample.token
    assert installation.integration(made.id) == made


def test_refused_credential_is_accepted_again_once_it_is_replaced(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)
    sample.revoke_token()
    installation.work()
    assert installation.call("GET", f"integrations/{made.id}").json["state"] == "needs_reconnect"

    change(installation, made, sample, connection=NewConnection(sample.issue_token().value))
    installation.work()

    assert installation.call("GET", f"integrations/{made.id}").json["state"] == "idle"


NONE = Selection(jmespath="[?name=='none']")


@pytest.mark.parametrize(
    "selection",
    [NONE, Selection(mode="selected"), Selection(jmespath="[?name<'x' && name=='part-01']")],
    ids=["filter", "selected", "odd filter"],
)
def test_change_that_disconnects_more_than_ten_repositories_has_to_be_meant(
    installation: Installation, sample: SampleOrganization, selection: Selection
) -> None:
    made = connect(installation, sample)
    installation.work()

    with pytest.raises(WouldDisconnectError) as refused:
        change(installation, made, sample, repositories=selection)

    count = refused.value.count
    assert count in {14, 15}
    assert installation.integration(made.id) == made
    with pytest.raises(WouldDisconnectError):
        change(installation, made, sample, repositories=selection, confirmed=count - 1)

    changed = change(installation, made, sample, repositories=selection, confirmed=count)

    assert changed.repositories == selection


def test_change_that_disconnects_ten_repositories_needs_no_word(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)
    installation.work()
    five = Selection(jmespath="[?contains('part-00 part-01 part-02 part-03 part-04', name)]")

    changed = change(installation, made, sample, repositories=five)

    assert changed.repositories == five


def test_new_connection_does_not_hide_that_a_change_disconnects(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)
    installation.work()
    connection = NewConnection(sample.issue_token().value)

    with pytest.raises(WouldDisconnectError):
        change(installation, made, sample, repositories=NONE, connection=connection)

    assert token_of(installation, made) == sample.token


def test_listing_that_fails_is_not_taken_for_a_disconnection(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)
    installation.work()
    sample.faults.empty_body(where=Where(route="git/repositories"))

    with pytest.raises(DevlinksError) as refused:
        change(installation, made, sample, repositories=NONE)

    assert not isinstance(refused.value, WouldDisconnectError)
    assert installation.integration(made.id) == made


def test_change_that_meets_another_one_is_told(
    installation: Installation, sample: SampleOrganization, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connect(installation, sample)
    listed = credentials.show

    def change_meanwhile(*arguments: Any) -> Any:
        change(installation, made, sample, name="Theirs")
        return listed(*arguments)

    monkeypatch.setattr(changing, "show", change_meanwhile)

    with pytest.raises(ConflictError):
        change(installation, made, sample, connection=NewConnection(sample.token), name="Ours")

    assert installation.integration(made.id).name == "Theirs"


@pytest.mark.parametrize(
    ("kind", "field"), [("pat", "connection.token"), ("basic", "connection.password")]
)
@pytest.mark.parametrize("url", ["https://evil.example/tfs/Main", "http://localhost:9/tfs/Main"])
@pytest.mark.parametrize("hooks_only", [False, True])
def test_kept_secret_is_not_shown_to_another_server(
    tmp_path: Path, kind: ConnectionKind, field: str, url: str, *, hooks_only: bool
) -> None:
    with SampleOrganization(tmp_path, name="Main", server_folder="tfs") as server:
        server.add_project("Shop")
        server.create_repository("Shop", "web")
        installation = Installation()
        given = (
            NewConnection(server.token)
            if kind == "pat"
            else NewConnection(kind="basic", user_name="SHOP\\reader", password=server.token)
        )
        fields = Changes("", server.url)
        made = connections.connect(installation.services, "azure_devops_server", fields, given)

        with pytest.raises(BadRequestError) as refused:
            connections.change(
                installation.services,
                made.id,
                replace(fields, name="Ours", url=url, hooks_only=hooks_only),
            )

    assert set(refused.value.fields) == {field}
    assert installation.integration(made.id) == made
