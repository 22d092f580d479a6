"""What a connection shows to the git host."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from shared.configuration import Connection
from shared.connections.opening import integration_of, open_organization
from shared.connections.presenting import credential_of, secret_purpose
from shared.errors import SignedOutError, SignInNotSetUpError
from shared.interfaces.git_host_family import Credential
from shared.services import ONE_GROUP, SignIn
from tests.shared.connections.conftest import INTEGRATION
from tests.shared.connections.identity_servers import TENANT, Apps
from tests.shared.web.in_memory import NOW

if TYPE_CHECKING:
    from shared.configuration import ConnectionKind
    from shared.services import Services

CLIENT = "22222222-2222-4222-8222-222222222222"


def shown(services: Services, connection: Connection) -> Credential:
    return credential_of(services, integration_of(services, INTEGRATION), connection)


def test_oauth_shows_the_access_token_with_its_directory(services: Services) -> None:
    credential = shown(services, Connection("oauth"))

    assert credential == Credential("oauth", "access-1", tenant_id=TENANT)


@pytest.mark.parametrize("kind", ["managed_identity", "service_principal"])
def test_app_shows_the_token_that_the_identity_server_gives_it(
    services: Services, kind: ConnectionKind
) -> None:
    apps = Apps(services.clock, "its token")
    known = replace(services, sign_in=SignIn("", identities=apps))
    sealed = services.vault.seal("client secret", purpose=secret_purpose(INTEGRATION))
    connection = Connection(kind, sealed, tenant_id=TENANT, client_id=CLIENT)

    credential = shown(known, connection)

    assert (credential.secret, credential.tenant_id) == ("its token", TENANT)
    assert apps.asked == [(kind, TENANT, CLIENT, "client secret")]


def test_app_without_an_identity_server_is_told_what_to_set(services: Services) -> None:
    with pytest.raises(SignInNotSetUpError) as refused:
        shown(services, Connection("managed_identity"))

    assert "ENTRA_TENANT_ID" in refused.value.next_step


def test_personal_access_token_is_shown_as_it_is_and_nobody_is_asked(services: Services) -> None:
    sealed = services.vault.seal("token", purpose=secret_purpose(INTEGRATION))

    assert shown(services, Connection("pat", sealed)) == Credential("pat", "token")


@pytest.mark.parametrize(
    ("kind", "said"),
    [("oauth", "Sign in on"), ("managed_identity", "identity"), ("service_principal", "secret")],
)
def test_refused_connection_is_not_tried_and_says_what_its_kind_needs(
    services: Services, kind: ConnectionKind, said: str
) -> None:
    refused = Connection(kind, refused_since=NOW, refusal="It was refused.")
    services.connections.put(ONE_GROUP, INTEGRATION, refused)

    with pytest.raises(SignedOutError, match="It was refused") as error:
        open_organization(services, integration_of(services, INTEGRATION), "contoso")

    assert said in error.value.next_step
