"""Self-signed certificates, made when they are needed: none of them lies around."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

if TYPE_CHECKING:
    from typing import Self


class CertifiedKey(msgspec.Struct, frozen=True):
    """A private key and its certificate, both in PEM."""

    key: str
    certificate: str

    @classmethod
    def make(cls, name: str) -> Self:
        """Return a new key, certified by itself as the one of *name*."""
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        return cls(
            key=pem.decode(),
            certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        )

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """Return the public key as an identity server is told of it."""
        public = x509.load_pem_x509_certificate(self.certificate.encode()).public_key()
        assert isinstance(public, rsa.RSAPublicKey)
        numbers = public.public_numbers()
        return {"keys": [{"kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e)}]}


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
