from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from shared.entra.app_identities import AppIdentities
from shared.errors import IdentityServerUnavailableError, SignedOutError
from tests.identity_server.process import IdentityServerProcess
from tests.shared.entra.metadata_service import MetadataService

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shared.interfaces.identity import AccessToken
    from tests.identity_server.process import Failure

IDENTITY = "44444444-4444-4444-8444-444444444444"


@pytest.fixture(scope="module")
def hourly() -> Iterator[IdentityServerProcess]:
    """Return a server whose tokens are good for an hour, as Entra's are."""
    with IdentityServerProcess.start(access_token_seconds=3600) as server:
        yield server


@pytest.fixture
def server(hourly: IdentityServerProcess) -> IdentityServerProcess:
    hourly.well()
    return hourly


@pytest.fixture
def identities(server: IdentityServerProcess) -> AppIdentities:
    return AppIdentities(authority=server.url, ca_bundle=server.ca_bundle)


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[MetadataService]:
    """Return the service that this process gets the tokens of its identity from."""
    with MetadataService() as service:
        service.be_found(monkeypatch)
        yield service


def principal(
    identities: AppIdentities, server: IdentityServerProcess, *, secret: str = ""
) -> AccessToken:
    return identities.token(
        "service_principal",
        tenant_id=server.tenant_id,
        client_id=server.client_id,
        secret=secret or server.client_secret,
    )


def test_service_principal_gets_a_token_by_its_secret(
    identities: AppIdentities, server: IdentityServerProcess
) -> None:
    token = principal(identities, server)

    assert server.knows_access_token(token.text)
    ends_in = token.expires_at - datetime.now(UTC)
    assert timedelta(minutes=59) < ends_in < timedelta(minutes=61)
    assert repr(token) == "AccessToken(…)"


def test_service_principal_gets_a_token_by_its_certificate(
    identities: AppIdentities, server: IdentityServerProcess
) -> None:
    token = identities.token(
        "service_principal",
        tenant_id=server.tenant_id,
        client_id=server.certified_client_id,
        secret=server.certificate.certificate + server.certificate.key,
    )

    assert server.knows_access_token(token.text)


def test_token_is_asked_for_once_while_it_lasts(
    identities: AppIdentities, server: IdentityServerProcess
) -> None:
    before = server.token_requests()

    tokens = {principal(identities, server).text for _ in range(3)}

    assert len(tokens) == 1
    assert server.token_requests() == before + 1


def test_other_secret_is_not_answered_with_the_token_of_the_first(
    identities: AppIdentities, server: IdentityServerProcess
) -> None:
    principal(identities, server)

    with pytest.raises(SignedOutError) as raised:
        principal(identities, server, secret="wrong")

    assert "new secret or certificate" in raised.value.next_step


def test_secret_that_was_refused_is_tried_anew(
    identities: AppIdentities, server: IdentityServerProcess
) -> None:
    server.fail("unauthorized_client")
    with pytest.raises(SignedOutError):
        principal(identities, server)

    assert principal(identities, server).text


@pytest.mark.parametrize("kind", ["throttled", "unavailable", "html"])
def test_what_passes_is_not_the_identitys(
    identities: AppIdentities, server: IdentityServerProcess, kind: Failure
) -> None:
    server.fail(kind)

    with pytest.raises(IdentityServerUnavailableError):
        principal(identities, server)

    assert principal(identities, server).text


def test_server_that_is_not_there_passes(server: IdentityServerProcess) -> None:
    identities = AppIdentities(authority="https://localhost:1", ca_bundle=server.ca_bundle)

    with pytest.raises(IdentityServerUnavailableError):
        principal(identities, server)


def test_certificate_that_only_the_environment_vouches_for_is_refused(
    server: IdentityServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", server.ca_bundle)

    with pytest.raises(IdentityServerUnavailableError, match="certificate"):
        principal(AppIdentities(authority=server.url), server)


@pytest.mark.parametrize(
    ("tenant", "secret"),
    [
        ("../common", "s3cret"),
        ("", "s3cret"),
        ("contoso.com", ""),
        ("contoso.com", "-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----\n"),
    ],
)
def test_principal_that_cannot_be_one_is_refused_without_a_call(
    identities: AppIdentities, server: IdentityServerProcess, tenant: str, secret: str
) -> None:
    before = server.token_requests()

    with pytest.raises(SignedOutError):
        identities.token("service_principal", tenant_id=tenant, client_id="app", secret=secret)

    assert server.token_requests() == before


def test_managed_identity_is_the_apps_only_one(metadata: MetadataService) -> None:
    token = AppIdentities().token("managed_identity")

    assert token.text == metadata.token
    [asked] = metadata.asked
    assert asked["resource"] == "499b84ac-1321-427f-aa17-267ca6975798"
    assert "client_id" not in asked


@pytest.mark.parametrize(("named", "asked_for"), [("", "of-the-app"), (IDENTITY, IDENTITY)])
def test_managed_identity_is_the_one_that_the_connection_or_else_the_app_names(
    metadata: MetadataService, named: str, asked_for: str
) -> None:
    AppIdentities(default_client_id="of-the-app").token("managed_identity", client_id=named)

    assert metadata.asked[0]["client_id"] == asked_for


def test_managed_identity_that_is_not_assigned_is_explained(metadata: MetadataService) -> None:
    metadata.status = 400
    metadata.answer = {"statusCode": "400", "message": "No User Assigned Identity found."}

    with pytest.raises(SignedOutError) as raised:
        AppIdentities().token("managed_identity", client_id=IDENTITY)

    assert raised.value.next_step.startswith("Assign a managed identity to the function app")


def test_app_without_any_managed_identity_is_explained(
    monkeypatch: pytest.MonkeyPatch, server: IdentityServerProcess
) -> None:
    # Without App Service's variables it asks the address of a virtual machine, which is not there.
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "MSI_SECRET"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", "http://127.0.0.1:1")

    with pytest.raises(SignedOutError) as raised:
        AppIdentities().token("managed_identity")

    assert raised.value.next_step.startswith("Assign a managed identity to the function app")


def test_metadata_service_that_fails_passes(metadata: MetadataService) -> None:
    metadata.status = 500

    with pytest.raises(IdentityServerUnavailableError):
        AppIdentities().token("managed_identity")

    metadata.status = 200
    assert AppIdentities().token("managed_identity").text == metadata.token


def test_connection_of_another_kind_has_no_identity() -> None:
    with pytest.raises(ValueError, match="oauth"):
        AppIdentities().token("oauth")
