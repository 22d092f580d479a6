"""Tokens of apps, with no person behind them: managed identities and service principals."""

from __future__ import annotations

import threading
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from shared.entra.asking import new_managed_identity, options, token_of
from shared.entra.credentials import AUTHORITY, is_certificate
from shared.entra.server import AZURE_DEVOPS
from shared.errors import IdentityServerUnavailableError, SignedOutError

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential

    from shared.configuration import ConnectionKind
    from shared.interfaces.identity import AccessToken

_MOST: Final = 200
"""Credentials that are kept, each with the tokens that it was given."""
_ASSIGN: Final = (
    "Assign a managed identity to the function app (Identity in its settings); of several, name "
    "the one to use by its client id."
)
_RENEW: Final = (
    "Check the tenant id and the client id, make a new secret or certificate for the app "
    "registration if the old one has expired, and replace the connection with it."
)


class AppIdentities:
    """`Identities` by azure-identity, which keeps each token until shortly before its end."""

    def __init__(
        self,
        *,
        default_client_id: str = "",
        authority: str = AUTHORITY,
        scope: str = AZURE_DEVOPS,
        ca_bundle: str = "",
    ) -> None:
        """*default_client_id* names the managed identity when a connection names none."""
        self._default_client_id = default_client_id
        self._authority = authority
        self._scope = scope
        self._ca_bundle = ca_bundle
        self._kept: dict[tuple[ConnectionKind, str, str, str], TokenCredential] = {}
        self._lock = threading.Lock()

    def token(
        self, kind: ConnectionKind, *, tenant_id: str = "", client_id: str = "", secret: str = ""
    ) -> AccessToken:
        """Return a token for the git host, of `managed_identity` or `service_principal`.

        Anything else is a ValueError. *secret* is a client secret, or a certificate with its
        private key in PEM. Raises SignedOutError or IdentityServerUnavailableError.
        """
        key = (kind, tenant_id, client_id, sha256(secret.encode()).hexdigest())
        try:
            credential = self._kept_or_new(key, secret)
            return token_of(credential, self._scope)
        except SignedOutError as error:
            self._forget(key)
            next_step = _ASSIGN if kind == "managed_identity" else _RENEW
            raise SignedOutError(str(error), next_step=next_step) from error
        except IdentityServerUnavailableError:
            self._forget(key)
            raise

    def _kept_or_new(
        self, key: tuple[ConnectionKind, str, str, str], secret: str
    ) -> TokenCredential:
        with self._lock:
            if key not in self._kept:
                kind, tenant_id, client_id, _ = key
                self._kept[key] = self._new(
                    kind, tenant_id=tenant_id, client_id=client_id, secret=secret
                )
                while len(self._kept) > _MOST:
                    del self._kept[next(iter(self._kept))]
            return self._kept[key]

    def _forget(self, key: tuple[ConnectionKind, str, str, str]) -> None:
        # A credential repeats an error for a minute, also when what was wrong is put right.
        with self._lock:
            self._kept.pop(key, None)

    def _new(
        self, kind: ConnectionKind, *, tenant_id: str, client_id: str, secret: str
    ) -> TokenCredential:
        if kind == "managed_identity":
            return new_managed_identity(client_id or self._default_client_id)
        if kind != "service_principal":
            raise ValueError(f"{kind} is no identity of an app")
        told = {"authority": self._authority, **options(ca_bundle=self._ca_bundle)}
        try:
            return _service_principal(tenant_id, client_id, secret, told)
        except ValueError as error:  # of an id or a certificate that is none
            raise SignedOutError(f"The identity cannot be used: {error}.") from error


def _service_principal(
    tenant_id: str, client_id: str, secret: str, told: dict[str, Any]
) -> TokenCredential:
    from azure.identity import (  # noqa: PLC0415 — slow to import
        CertificateCredential,
        ClientSecretCredential,
    )

    if is_certificate(secret):
        return CertificateCredential(tenant_id, client_id, certificate_data=secret.encode(), **told)
    return ClientSecretCredential(tenant_id, client_id, secret, **told)
