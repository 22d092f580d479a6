"""Connections that sign in at an identity server first: OAuth, and an app's own identity."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from devhost.sample_organization import Clock, SampleOrganization
from shared.configuration import Selection
from shared.connections.granting import accept
from shared.connections.presenting import secret_purpose
from shared.errors import (
    BadRequestError,
    IdentityClientRefusedError,
    NotAddedError,
    SignedOutError,
    SignInNotSetUpError,
)
from shared.integrations import connections
from shared.integrations.choosing import organizations_to_choose
from shared.integrations.connections import NewConnection
from shared.services import ONE_GROUP
from tests.identity_server.certificates import CertifiedKey
from tests.shared.connections.identity_servers import TENANT, Apps, StrictServer
from tests.shared.integrations.conftest import connect, wanted
from tests.shared.web.in_memory import NOW

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from shared.configuration import Connection, Integration
    from shared.integrations.alarms import Alarm
    from tests.shared.web.in_memory import Installation

CLIENT = "22222222-2222-4222-8222-222222222222"
HOST = "https://links.example.com"
APP = NewConnection(
    kind="service_principal", tenant_id=TENANT, client_id=CLIENT, client_secret="s3cret"
)


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[SampleOrganization]:
    """Return an organization with one repository."""
    with SampleOrganization(tmp_path, clock=Clock(NOW, running=False)) as started:
        started.add_project("Shop")
        started.create_repository("Shop", "web")
        started.push("web", "main", "PAY-1 Start")
        yield started


@pytest.fixture
def server(installation: Installation) -> StrictServer:
    """Return an identity server that the installation knows."""
    server = StrictServer(installation.clock.now)
    sign_in = replace(installation.services.sign_in, console_url=HOST, server=server)
    installation.services = replace(installation.services, sign_in=sign_in)
    return server


@pytest.fixture
def apps(installation: Installation, sample: SampleOrganization) -> Apps:
    """Return what gives apps a token that the organization takes."""
    token = sample.issue_token(kind="entra", by="Release app").value
    sample.organization.tenant_id = TENANT
    apps = Apps(installation.clock.now, token)
    sign_in = replace(installation.services.sign_in, identities=apps)
    installation.services = replace(installation.services, sign_in=sign_in)
    return apps


def connected(
    installation: Installation, sample: SampleOrganization, given: NewConnection, **more: Any
) -> Integration:
    return connections.connect(installation.services, "azure_devops", wanted(sample, **more), given)


def allowed(
    installation: Installation, sample: SampleOrganization, server: StrictServer
) -> Integration:
    """Return an integration that somebody has allowed access, and indexed."""
    made = connected(installation, sample, NewConnection(kind="oauth"))
    allow(installation, sample, server, made)
    installation.work()
    return made


def allow(
    installation: Installation,
    sample: SampleOrganization,
    server: StrictServer,
    integration: Integration,
) -> None:
    owner = sample.person("Release manager")
    sample.organization.accepts = lambda token: owner if token.startswith("access-") else None
    accept(installation.services, integration.id, server.grant())


def connection_of(installation: Installation, integration: Integration) -> Connection:
    record = installation.services.connections.get(ONE_GROUP, integration.id)
    assert record is not None
    return record.value


def alarms(installation: Installation, integration: Integration) -> dict[str, Alarm]:
    status = installation.call("GET", f"integrations/{integration.id}/status").json
    return {alarm["code"]: alarm for alarm in status["alarms"]}


def everything_kept(installation: Installation) -> list[object]:
    services = installation.services
    return [*services.integrations.list(ONE_GROUP), *services.connections.list(ONE_GROUP)]


@pytest.mark.usefixtures("server")
def test_oauth_is_kept_without_a_call_and_says_where_somebody_signs_in(
    installation: Installation, sample: SampleOrganization
) -> None:
    body = {"git_host": "azure_devops", "url": sample.base_url, "connection": {"kind": "oauth"}}

    made = installation.call("POST", "integrations", body)

    assert made.status == 201, made.body
    page = f"{HOST}/api/console/integrations/{made.json['id']}/connection"
    assert made.json["connection"]["finish_url"] == page
    assert made.json["state"] == "needs_reconnect"
    integration = installation.integration(made.json["id"])
    alarm = alarms(installation, integration)["needs_reconnect"]
    assert "Nobody has allowed access" in alarm["text"]  # type: ignore[index]
    assert alarm["help_url"] == page  # type: ignore[index]
    assert len(sample.calls) == 0
    assert installation.waiting() == []


def test_token_has_nothing_to_finish(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)

    answer = installation.call("GET", f"integrations/{made.id}").json

    assert "finish_url" not in answer["connection"]


@pytest.mark.parametrize("kind", ["oauth", "managed_identity"])
def test_nothing_is_kept_where_no_identity_server_is_known(
    installation: Installation, sample: SampleOrganization, kind: Any
) -> None:
    with pytest.raises(SignInNotSetUpError):
        connected(installation, sample, NewConnection(kind=kind))

    assert everything_kept(installation) == []


def test_what_is_indexed_stays_when_oauth_replaces_a_token(
    installation: Installation, sample: SampleOrganization, server: StrictServer
) -> None:
    made = connect(installation, sample)
    installation.work()
    links = installation.call("GET", "links/PAY-1").json["links"]

    connections.reconnect(installation.services, made.id, NewConnection(kind="oauth"))
    installation.work()
    between = installation.call("GET", f"integrations/{made.id}").json["state"]
    allow(installation, sample, server, made)
    installation.work()

    assert between == "needs_reconnect"
    assert installation.call("GET", f"integrations/{made.id}").json["state"] == "idle"
    assert installation.call("GET", "links/PAY-1").json["links"] == links != []
    assert connection_of(installation, made).sealed_secret == ""


def test_grant_goes_with_its_kind_of_connection(
    installation: Installation, sample: SampleOrganization, server: StrictServer
) -> None:
    made = allowed(installation, sample, server)

    connections.reconnect(installation.services, made.id, NewConnection(sample.token))

    assert installation.services.grants.list(ONE_GROUP) == []
    installation.work()
    assert installation.call("GET", f"integrations/{made.id}").json["state"] == "idle"


def test_grant_goes_with_its_integration(
    installation: Installation, sample: SampleOrganization, server: StrictServer
) -> None:
    made = allowed(installation, sample, server)

    connections.remove(installation.services, made.id)
    installation.work()

    assert installation.services.grants.list(ONE_GROUP) == []


def test_grant_stays_when_anything_else_is_changed_or_asked_for_again(
    installation: Installation, sample: SampleOrganization, server: StrictServer
) -> None:
    made = allowed(installation, sample, server)
    [before] = installation.services.grants.list(ONE_GROUP)

    changed = installation.call("PATCH", f"integrations/{made.id}", {"name": "Ours"})
    again = installation.call("PUT", f"integrations/{made.id}/connection", {"kind": "oauth"})

    assert (changed.status, again.status) == (200, 200), again.body
    assert installation.services.grants.list(ONE_GROUP) == [before]
    assert again.json["state"] != "needs_reconnect"


def test_filter_is_judged_with_what_was_allowed(
    installation: Installation, sample: SampleOrganization, server: StrictServer
) -> None:
    for number in range(11):
        sample.create_repository("Shop", f"part-{number}")
        sample.push(f"part-{number}", "main", "PAY-1 Start")
    made = allowed(installation, sample, server)
    none = Selection(jmespath="[?name=='none']")

    patched = installation.call(
        "PATCH", f"integrations/{made.id}", {"repositories": {"jmespath": none.jmespath}}
    )

    assert patched.problem == (409, "would_disconnect")


def test_grant_that_is_refused_needs_a_sign_in_and_is_asked_for_anew(
    installation: Installation, sample: SampleOrganization, server: StrictServer
) -> None:
    made = allowed(installation, sample, server)
    server.is_revoked = True
    installation.clock.advance(timedelta(hours=2))
    assert installation.call("POST", f"integrations/{made.id}/reindex", {}).status == 202
    installation.work()

    waiting = installation.call("GET", f"integrations/{made.id}").json["state"]
    again = installation.call("PUT", f"integrations/{made.id}/connection", {"kind": "oauth"})
    allow(installation, sample, server, made)
    installation.work()

    assert waiting == "needs_reconnect"
    assert again.status == 200, again.body
    assert installation.call("GET", f"integrations/{made.id}").json["state"] == "idle"


def test_refused_registration_is_an_alarm_and_the_connection_is_kept(
    installation: Installation, sample: SampleOrganization, server: StrictServer
) -> None:
    made = allowed(installation, sample, server)
    server.fails = IdentityClientRefusedError("invalid_client")
    installation.clock.advance(timedelta(minutes=40))

    installation.call("POST", f"integrations/{made.id}/reindex", {})
    installation.work()

    alarm = alarms(installation, made)["identity_client_refused"]
    assert "Renew the client secret" in alarm["text"]  # type: ignore[index]
    assert installation.call("GET", f"integrations/{made.id}").json["state"] == "idle"
    assert connection_of(installation, made).refused_since is None


def test_managed_identity_is_connected_with_no_secret_at_all(
    installation: Installation, sample: SampleOrganization, apps: Apps
) -> None:
    made = connected(installation, sample, NewConnection(kind="managed_identity"))
    installation.work()

    assert apps.asked[0] == ("managed_identity", "", "", "")
    assert connection_of(installation, made).sealed_secret == ""
    assert installation.call("GET", "links/PAY-1").json["links"]


def test_service_principal_is_kept_sealed_and_told_without_its_secret(
    installation: Installation, sample: SampleOrganization, apps: Apps
) -> None:
    made = connected(installation, sample, APP)

    kept = connection_of(installation, made)
    answer = installation.call("GET", f"integrations/{made.id}").json["connection"]

    assert apps.asked == [("service_principal", TENANT, CLIENT, "s3cret")]
    purpose = secret_purpose(made.id)
    assert installation.services.vault.open(kept.sealed_secret, purpose=purpose) == "s3cret"
    assert (answer["tenant_id"], answer["client_id"]) == (TENANT, CLIENT)
    assert "s3cret" not in f"{answer} {kept} {APP}"


def test_change_of_anything_else_keeps_the_service_principal(
    installation: Installation, sample: SampleOrganization, apps: Apps
) -> None:
    made = connected(installation, sample, APP)
    before = connection_of(installation, made)

    patched = installation.call("PATCH", f"integrations/{made.id}", {"name": "Ours"})

    assert patched.status == 200, patched.body
    assert connection_of(installation, made) == before
    assert len(apps.asked) == 1


def test_certificate_is_counted_down(
    installation: Installation, sample: SampleOrganization, apps: Apps
) -> None:
    made_with = CertifiedKey.make("devlinks")
    both = f"{made_with.certificate}\n{made_with.key}"
    given = NewConnection(
        kind="service_principal", tenant_id=TENANT, client_id=CLIENT, certificate=both
    )

    made = connected(installation, sample, given)

    ends_at = connection_of(installation, made).expires_at
    assert ends_at is not None
    assert apps.asked[0][3] == both
    installation.clock.advance_to(ends_at - timedelta(days=3, hours=1))
    assert "credential_expires" in alarms(installation, made)


PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"kind": "service_principal"}, {"tenant_id", "client_id"}),
        ({"tenant_id": "contoso.com"}, {"tenant_id"}),
        ({"client_id": "x' or 1"}, {"client_id"}),
        ({"client_secret": ""}, {"client_secret"}),
        ({"client_secret": "two words"}, {"client_secret"}),
        ({"certificate": PEM}, {"certificate"}),
        ({"client_secret": "", "certificate": PEM}, {"certificate"}),
        ({"token": "t"}, {"token"}),
        (
            {"kind": "managed_identity", "client_id": CLIENT, "client_secret": "s"},
            {"client_secret"},
        ),
        ({"kind": "managed_identity", "client_id": "no guid"}, {"client_id"}),
        ({"kind": "oauth", "token": "t"}, {"token"}),
        ({"kind": "pat", "token": "t", "tenant_id": TENANT}, {"tenant_id"}),
    ],
)
@pytest.mark.usefixtures("server")
def test_field_that_does_not_fit_is_named_before_anybody_is_asked(
    installation: Installation,
    sample: SampleOrganization,
    apps: Apps,
    fields: dict[str, str],
    named: set[str],
) -> None:
    whole = {
        "kind": "service_principal",
        "tenant_id": TENANT,
        "client_id": CLIENT,
        "client_secret": "s",
    }
    body = fields if "kind" in fields else {**whole, **fields}

    with pytest.raises(BadRequestError) as refused:
        connected(installation, sample, NewConnection(**body))  # type: ignore[arg-type]

    assert set(refused.value.fields) == {f"connection.{name}" for name in named}
    assert apps.asked == []
    assert len(sample.calls) == 0


def test_app_that_the_identity_server_refuses_is_not_kept(
    installation: Installation, sample: SampleOrganization, apps: Apps
) -> None:
    apps.fails = SignedOutError("The client secret is wrong.")

    with pytest.raises(SignedOutError, match="client secret"):
        connected(installation, sample, APP)

    assert everything_kept(installation) == []


def test_app_that_nobody_added_is_not_kept_and_loses_nothing_later(
    installation: Installation, sample: SampleOrganization, apps: Apps
) -> None:
    outsiders = sample.behaviour.outsiders
    outsiders.add(sample.person("Release app").id)
    with pytest.raises(NotAddedError):
        connected(installation, sample, APP)
    assert everything_kept(installation) == []

    outsiders.clear()
    made = connected(installation, sample, APP)
    installation.work()
    outsiders.add(sample.person("Release app").id)
    installation.clock.advance(timedelta(hours=2))
    installation.call("POST", f"integrations/{made.id}/reindex", {})
    installation.work()

    assert apps.asked
    assert {"organization_not_added", "not_added"} & set(alarms(installation, made))
    assert installation.call("GET", "links/PAY-1").json["links"]


def test_token_offers_no_other_organization_than_its_own(
    installation: Installation, sample: SampleOrganization
) -> None:
    made = connect(installation, sample)

    assert organizations_to_choose(installation.services, made) == ("contoso",)


def test_organizations_that_are_indexed_stay_to_be_chosen(
    installation: Installation, sample: SampleOrganization, server: StrictServer
) -> None:
    sample.behaviour.other_accounts.append("Fabrikam")
    made = allowed(installation, sample, server)

    assert organizations_to_choose(installation.services, made) == ("contoso", "Fabrikam")
