"""A key in Azure Key Vault that wraps data keys (RSA-OAEP-256). It never leaves the vault.

https://learn.microsoft.com/azure/key-vault/keys/about-keys-details
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from shared.errors import KeysUnavailableError, OperatorError, SecretUnreadableError
from shared.storage.data_keys import Wrapped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from azure.core.credentials import TokenCredential
    from azure.core.exceptions import HttpResponseError
    from azure.core.pipeline.transport import HttpTransport
    from azure.keyvault.keys.crypto import CryptographyClient

_SECONDS: Final = 10
_TRIES_AGAIN: Final = 2
_ROLE: Final = (
    "Assign the role Key Vault Crypto User on KEY_VAULT_KEY_URL to the app's identity, and see "
    "that the key is enabled, with the operations wrapKey and unwrapKey."
)


class KeyVault:
    """A Wrapping by a key of Azure Key Vault."""

    def __init__(self, key_url: str, client: Callable[[str], CryptographyClient]) -> None:
        """Wrap with the key of *key_url*; *client* is given a key's address, with its version."""
        parts = urlsplit(key_url)
        self._vault = f"{parts.scheme}://{parts.netloc}/keys"
        self._named = parts.path.removeprefix("/keys/")
        self._client = client

    def wrap(self, key: bytes) -> Wrapped:
        """See Wrapping.wrap."""
        from azure.keyvault.keys.crypto import KeyWrapAlgorithm  # noqa: PLC0415 — slow to import

        with _told_as_ours(self._named, unfit=KeysUnavailableError):
            # A client of its own each time: one that was kept would go on with its version.
            client = self._client(f"{self._vault}/{self._named}")
            made = client.wrap_key(KeyWrapAlgorithm.rsa_oaep_256, key)
        by = (made.key_id or "").partition("/keys/")[2]
        if "/" not in by:
            raise KeysUnavailableError(
                f"The key vault does not tell which version of {self._named} it has.",
                next_step=_ROLE,
            )
        return Wrapped(made.encrypted_key, by)

    def unwrap(self, wrapped: Wrapped) -> bytes:
        """See Wrapping.unwrap."""
        from azure.keyvault.keys.crypto import KeyWrapAlgorithm  # noqa: PLC0415 — slow to import

        with _told_as_ours(wrapped.by, unfit=SecretUnreadableError):
            client = self._client(f"{self._vault}/{wrapped.by}")
            return client.unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped.content).key


def key_vault(
    key_url: str,
    credential: Callable[[], TokenCredential],
    *,
    transport: Callable[[], HttpTransport[Any, Any]] | None = None,
) -> KeyVault:
    """Return the key at *key_url*; nothing is called, nor *credential* asked for, before its use.

    *transport* is that of azure-core, for who trusts other certificates.
    """
    kept: list[tuple[TokenCredential, HttpTransport[Any, Any]]] = []
    lock = threading.Lock()

    def client(url: str) -> CryptographyClient:
        from azure.keyvault.keys.crypto import CryptographyClient  # noqa: PLC0415 — slow to import

        with lock:
            if not kept:
                kept.append((credential(), (transport or _transport)()))
        [(shown, through)] = kept
        return CryptographyClient(
            url,
            shown,
            transport=through,
            permit_redirects=False,
            retry_total=_TRIES_AGAIN,
            retry_backoff_factor=0.2,
        )

    return KeyVault(key_url, client)


def _transport() -> HttpTransport[Any, Any]:
    from azure.core.pipeline import transport  # noqa: PLC0415 — slow to import

    made: HttpTransport[Any, Any] = transport.RequestsTransport(
        use_env_settings=False, connection_timeout=_SECONDS, read_timeout=_SECONDS
    )
    return made


@contextmanager
def _told_as_ours(key: str, *, unfit: type[OperatorError]) -> Iterator[None]:
    """Tell in our words what goes wrong with *key*; *unfit*, that it cannot do what is asked."""
    from azure.core.exceptions import (  # noqa: PLC0415 — slow to import
        AzureError,
        ClientAuthenticationError,
        HttpResponseError,
    )

    try:
        yield
    except ClientAuthenticationError as error:
        raise KeysUnavailableError(
            "The app's identity got no token that the key vault accepts.", next_step=_ROLE
        ) from error
    except HttpResponseError as error:
        if error.status_code == HTTPStatus.BAD_REQUEST:
            raise unfit(f"The key vault cannot do this with {key}: {_code_of(error)}.") from error
        raise _refused(error, key) from error
    except AzureError as error:
        raise KeysUnavailableError("The key vault did not answer.") from error
    except ValueError as error:  # of the SDK, which knows a vault by what it asks for
        raise KeysUnavailableError("What answers at KEY_VAULT_KEY_URL is no key vault.") from error


def _refused(error: HttpResponseError, key: str) -> KeysUnavailableError:
    if error.status_code == HTTPStatus.FORBIDDEN:
        return KeysUnavailableError(
            f"The key vault refused to use {key}: {_code_of(error)}.", next_step=_ROLE
        )
    if error.status_code == HTTPStatus.NOT_FOUND:
        return KeysUnavailableError(
            f"The key vault has no key {key}.",
            next_step="Recover it, if it was deleted; else correct KEY_VAULT_KEY_URL.",
        )
    return KeysUnavailableError(f"The key vault answered {error.status_code}.")


def _code_of(error: HttpResponseError) -> str:
    """Return what the vault calls it, of the two codes the closer one: ForbiddenByRbac."""
    told: Any = error.error  # JSON of the vault's
    inner = told.innererror if told is not None else None
    code = inner.get("code") if isinstance(inner, dict) else None
    return str(code or (told.code if told is not None else None) or error.status_code)[:60]
