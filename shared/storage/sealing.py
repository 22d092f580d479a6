"""The text that a secret is kept as: AES-256-GCM, bound to the key and to what it is for.

`v1.<key id>.<base64 of nonce, content and tag>`. A sealed text copied to another row does not open
there, because its purpose is part of what is authenticated.
"""

from __future__ import annotations

import base64
import binascii
import os
from typing import TYPE_CHECKING, Final

from shared.errors import SecretUnreadableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_FORMAT: Final = "v1"


def seal(secret: str, *, key_id: str, key: bytes, purpose: str) -> str:
    """Return *secret* encrypted with a key of 32 bytes."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _cipher(key).encrypt(nonce, secret.encode(), _bound(purpose, key_id))
    return f"{_FORMAT}.{key_id}.{base64.b64encode(nonce + sealed).decode()}"


def open_sealed(sealed: str, *, key: bytes, purpose: str) -> str:
    """Return the secret; SecretUnreadableError unless key, purpose and text are those sealed."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 — slow to import

    key_id, _, text = sealed.removeprefix(f"{_FORMAT}.").partition(".")
    try:
        data = base64.b64decode(text, validate=True)
        nonce, content = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        return _cipher(key).decrypt(nonce, content, _bound(purpose, key_id)).decode()
    except (InvalidTag, binascii.Error, ValueError) as error:
        raise SecretUnreadableError(
            "A stored secret does not open: it was moved or damaged."
        ) from error


def key_of(sealed: str) -> str:
    """Return the id of the key that sealed a text; empty when the text is of another form."""
    form, _, rest = sealed.partition(".")
    key_id, _, text = rest.partition(".")
    return key_id if form == _FORMAT and text else ""


def _cipher(key: bytes) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 — slow to import

    return AESGCM(key)


def _bound(purpose: str, key_id: str) -> bytes:
    return f"{_FORMAT}|{key_id}|{purpose}".encode()
