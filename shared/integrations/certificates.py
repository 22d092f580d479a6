"""Reads the certificate that a service principal signs in with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def expiry_of(certificate: str) -> datetime | None:
    """Return when a certificate in PEM ends; None where there is none to be read."""
    from cryptography import x509  # noqa: PLC0415 — slow to import, and seldom needed

    try:
        return x509.load_pem_x509_certificate(certificate.encode()).not_valid_after_utc
    except ValueError:
        return None


def wrong_certificate(certificate: str) -> str:
    """Return what is wrong with a certificate and its private key; nothing if both can be used."""
    from cryptography.hazmat.primitives.serialization import (  # noqa: PLC0415 — as above
        load_pem_private_key,
    )

    if expiry_of(certificate) is None:
        return "it must be PEM: the certificate, and its private key in the same text"
    try:
        load_pem_private_key(certificate.encode(), password=None)
    except (ValueError, TypeError):
        return "its private key must be in the same text, in PEM, without a password"
    return ""
