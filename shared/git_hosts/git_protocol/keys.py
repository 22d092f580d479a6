"""Keys of SSH: pairs that are made here, and the one key that a server may have."""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from itertools import pairwise
from typing import Final

from msgspec import Struct

_COMMENT: Final = "devlinks"
_MARKS: Final = ("@", "#")
"""What begins a line of `known_hosts` that names no key to trust."""


class KeyPair(Struct, frozen=True):
    """A pair of keys, both as OpenSSH writes them."""

    private: str
    public: str
    """The line to be copied to the git host."""

    def __repr__(self) -> str:
        return f"KeyPair(public={self.public!r}, …)"


class HostKey(Struct, frozen=True):
    """The key of a server."""

    kind: str
    content: str
    """In base64."""

    @property
    def fingerprint(self) -> str:
        """As `ssh` shows it: `SHA256:…`."""
        digest = sha256(base64.b64decode(self.content)).digest()
        return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


def new_key_pair() -> KeyPair:
    """Return a new pair of Ed25519 keys."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 — slow to import
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 — likewise
        Ed25519PrivateKey,
    )

    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.OpenSSH,
        serialization.NoEncryption(),
    ).decode()
    public = (
        key.public_key()
        .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
        .decode()
    )
    return KeyPair(private, f"{public} {_COMMENT}")


def read_host_keys(text: str) -> tuple[HostKey, ...]:
    """Return the keys in lines of `known_hosts`, with or without the names before them.

    Whatever is no key is left out, so that nothing at all may be left.
    """
    found: list[HostKey] = []
    for line in text.splitlines():
        words = line.split()
        if not words or words[0].startswith(_MARKS):
            continue
        for kind, content in pairwise(words):
            if _is_key(kind, content):
                found.append(HostKey(kind, content))
                break
    return tuple(found)


def fingerprint(host_key: str) -> str:
    """Return `SHA256:…` of the first key in lines of `known_hosts`, "" where there is none."""
    keys = read_host_keys(host_key)
    return keys[0].fingerprint if keys else ""


def _is_key(kind: str, content: str) -> bool:
    """Whether the content says by itself that it is of this kind."""
    try:
        decoded = base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        return False
    name = kind.encode()
    return bool(name) and decoded[:4] == len(name).to_bytes(4) and decoded[4:].startswith(name)
