"""Our app registration, and how it proves to the identity server that it is us."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.errors import SettingsError

if TYPE_CHECKING:
    from typing import Self

AUTHORITY: Final = "https://login.microsoftonline.com"


class ClientSecret(Struct, frozen=True):
    """A secret of the registration, which expires."""

    text: str

    def __repr__(self) -> str:
        return "ClientSecret(…)"


class ClientCertificate(Struct, frozen=True):
    """A certificate of the registration with its private key, which never leaves us."""

    pem: str
    """Both, one after the other in any order."""

    def __repr__(self) -> str:
        return "ClientCertificate(…)"

    @classmethod
    def read(cls, path: str, *, setting: str) -> Self:
        """Return the one in a file; SettingsError when it lacks either half, or has two kinds."""
        try:
            pem = Path(path).read_text(encoding="ascii")
        except (OSError, ValueError) as error:
            raise SettingsError([f"{setting} cannot be read: {type(error).__name__}"]) from error
        if mistake := mistake_in_certificate(pem):
            raise SettingsError([f"{setting} {mistake}"])
        return cls(pem)


class FederatedIdentity(Struct, frozen=True):
    """A managed identity that the registration trusts to speak for it: nothing is kept at all."""

    client_id: str
    """Of the user-assigned managed identity."""


Credential = ClientSecret | ClientCertificate | FederatedIdentity


class Registration(Struct, frozen=True):
    """What the identity server knows us by."""

    tenant_id: str
    client_id: str
    credential: Credential
    authority: str = AUTHORITY
    """Without the tenant."""


def is_certificate(secret: str) -> bool:
    """Return whether a secret is meant to be a certificate with its key, in PEM."""
    return "-----BEGIN " in secret


def mistake_in_certificate(pem: str) -> str:
    """Return what is wrong with a certificate and its key, as the end of a sentence; or nothing."""
    from cryptography import x509  # noqa: PLC0415 — slow to import
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError):
        return "must hold a private key in PEM, without a pass phrase"
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        return "must hold the certificate in PEM beside its private key"
    if not isinstance(key, RSAPrivateKey):
        return "must hold an RSA key: the identity server takes no other"
    if certificate.public_key() != key.public_key():
        return "must hold the certificate of its private key, and holds another one first"
    return ""
