"""A credential of the app registration, in the form that MSAL takes it."""

from __future__ import annotations

from typing import Any, Final

from shared.entra.asking import new_managed_identity, token_of
from shared.entra.credentials import ClientCertificate, ClientSecret, Credential
from shared.errors import IdentityClientRefusedError, SignedOutError

_EXCHANGE: Final = "api://AzureADTokenExchange/.default"
"""https://learn.microsoft.com/entra/workload-id/workload-identity-federation-config-app-trust-managed-identity"""


def for_msal(credential: Credential) -> str | dict[str, Any]:
    """Return the value for MSAL's `client_credential`; an identity is asked when it is needed."""
    if isinstance(credential, ClientSecret):
        return credential.text
    if isinstance(credential, ClientCertificate):
        # With the certificate in place of its thumbprint MSAL signs by the newer algorithm.
        return {"private_key": credential.pem, "public_certificate": credential.pem}
    return {"client_assertion": lambda: _assertion(credential.client_id)}


def _assertion(client_id: str) -> str:
    try:
        return token_of(new_managed_identity(client_id), _EXCHANGE).text
    except SignedOutError as error:
        # Here it is the installation's own identity, and no connection's.
        text = f"The identity that vouches for the app registration is refused: {error}"
        raise IdentityClientRefusedError(text, next_step=_ASSIGN) from error


_ASSIGN: Final = (
    "Assign the managed identity that ENTRA_FEDERATED_IDENTITY_CLIENT_ID names to the function app,"
    " and trust it in the app registration, under federated credentials."
)
