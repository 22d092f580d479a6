from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from shared.entra.credentials import ClientCertificate, ClientSecret
from shared.errors import SettingsError
from tests.identity_server.certificates import CertifiedKey

if TYPE_CHECKING:
    from pathlib import Path

OURS, OTHER = CertifiedKey.make("devlinks"), CertifiedKey.make("devlinks")
CURVE = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    .decode()
)


def read(folder: Path, content: str) -> ClientCertificate:
    path = folder / "app.pem"
    path.write_text(content)
    return ClientCertificate.read(str(path), setting="ENTRA_CLIENT_CERTIFICATE")


def test_certificate_with_its_key_is_read_and_not_shown(tmp_path: Path) -> None:
    found = read(tmp_path, OURS.certificate + OURS.key)

    assert found.pem == OURS.certificate + OURS.key
    assert repr(found) == "ClientCertificate(…)"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "private key"),
        ("no PEM", "private key"),
        (OURS.certificate, "private key"),
        (OURS.key, "certificate in PEM"),
        (OURS.key + OTHER.certificate, "another one"),
        (CURVE + OURS.certificate, "RSA"),
        ("\u00e9", "cannot be read"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_named(tmp_path: Path, content: str, told: str) -> None:
    with pytest.raises(SettingsError, match="ENTRA_CLIENT_CERTIFICATE") as raised:
        read(tmp_path, content)

    assert told in str(raised.value)


def test_certificate_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="FileNotFoundError"):
        ClientCertificate.read(str(tmp_path / "missing.pem"), setting="ENTRA_CLIENT_CERTIFICATE")


def test_secret_is_not_shown() -> None:
    assert repr(ClientSecret("s3cret")) == "ClientSecret(…)"
