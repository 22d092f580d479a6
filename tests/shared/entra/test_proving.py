from __future__ import annotations

import time
from typing import TYPE_CHECKING
from uuid import uuid4

import jwt
import pytest

from shared.entra.credentials import ClientCertificate, ClientSecret, FederatedIdentity
from shared.errors import IdentityClientRefusedError, IdentityServerUnavailableError
from tests.identity_server.certificates import CertifiedKey
from tests.identity_server.process import ADMIN
from tests.shared.entra.metadata_service import MetadataService

if TYPE_CHECKING:
    from shared.entra.credentials import Credential
    from tests.identity_server.process import IdentityServerProcess

CALLBACK = "http://localhost:7071/oauth/callback"
IDENTITY = "44444444-4444-4444-8444-444444444444"


def sign_in(server: IdentityServerProcess, credential: Credential) -> str:
    """Return who signed in to the app that is known by a certificate."""
    entra = server.entra(client_id=server.certified_client_id, credential=credential)
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)
    return entra.complete_sign_in(begun.flow, server.allow(begun.url)).email


def assertion(server: IdentityServerProcess) -> str:
    """Return what an identity that the app trusts says for it."""
    app = server.certified_client_id
    audience = f"{server.authority}/v2.0/token"
    claims = {"iss": app, "sub": app, "aud": audience, "jti": str(uuid4())}
    return jwt.encode(
        {**claims, "exp": int(time.time()) + 600}, server.certificate.key, algorithm="RS256"
    )


def test_wrong_secret_is_the_operators(identity_server: IdentityServerProcess) -> None:
    entra = identity_server.entra(credential=ClientSecret("wrong"))
    begun = entra.begin_sign_in(redirect_uri=CALLBACK)

    with pytest.raises(IdentityClientRefusedError) as raised:
        entra.complete_sign_in(begun.flow, identity_server.allow(begun.url))

    assert "client secret or certificate" in raised.value.next_step


@pytest.mark.parametrize("is_key_first", [True, False])
def test_certificate_takes_the_place_of_a_secret(
    identity_server: IdentityServerProcess, *, is_key_first: bool
) -> None:
    known = identity_server.certificate
    pem = known.key + known.certificate if is_key_first else known.certificate + known.key

    assert sign_in(identity_server, ClientCertificate(pem)) == ADMIN


def test_certificate_that_is_not_the_apps_is_the_operators(
    identity_server: IdentityServerProcess,
) -> None:
    other = CertifiedKey.make("devlinks")

    with pytest.raises(IdentityClientRefusedError):
        sign_in(identity_server, ClientCertificate(other.key + other.certificate))


def test_managed_identity_vouches_for_the_app_with_no_secret_at_all(
    identity_server: IdentityServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MetadataService(token=assertion(identity_server)) as service:
        service.be_found(monkeypatch)

        assert sign_in(identity_server, FederatedIdentity(IDENTITY)) == ADMIN

    [asked] = service.asked
    assert asked["resource"] == "api://AzureADTokenExchange"
    assert asked["client_id"] == IDENTITY


def test_identity_that_is_not_assigned_is_the_operators(
    identity_server: IdentityServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MetadataService() as service:
        service.status = 400
        service.answer = {"statusCode": "400", "message": "No User Assigned Identity found."}
        service.be_found(monkeypatch)

        with pytest.raises(IdentityClientRefusedError) as raised:
            sign_in(identity_server, FederatedIdentity(IDENTITY))

    assert "ENTRA_FEDERATED_IDENTITY_CLIENT_ID" in raised.value.next_step


def test_metadata_service_that_fails_passes(
    identity_server: IdentityServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with MetadataService() as service:
        service.status = 503
        service.be_found(monkeypatch)

        with pytest.raises(IdentityServerUnavailableError):
            sign_in(identity_server, FederatedIdentity(IDENTITY))
