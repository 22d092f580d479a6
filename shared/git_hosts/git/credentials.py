"""What an admin gives to sign in with at a git server: judged, tidied, and completed for SSH."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from shared.git_hosts.basic import wrong_password, wrong_user_name
from shared.git_hosts.git.addresses import bad
from shared.git_hosts.git_protocol.keys import new_key_pair, read_host_keys

if TYPE_CHECKING:
    from shared.git_hosts.dialling import Egress
    from shared.git_hosts.git.addresses import CloneAddress
    from shared.interfaces.git_host_family import Credential

_TOKEN: Final = re.compile(r"[!-~]{1,4096}")


def completed(given: Credential, address: CloneAddress, *, egress: Egress) -> Credential:
    """Return a credential as it is shown to the server at *address*; BadRequestError.

    For SSH a key pair is made where there is none, and the server's key is asked for where none
    is given: whoever answers then is trusted from then on.
    """
    is_ssh = address.scheme == "ssh"
    if is_ssh != (given.kind == "ssh_key"):
        raise bad(
            "connection.kind",
            "SSH is signed in to with ssh_key" if is_ssh else "ssh_key goes with an ssh:// address",
        )
    if is_ssh:
        return _with_keys(given, address, egress)
    if given.user_name and (reason := wrong_user_name(given.user_name)):
        raise bad("connection.user_name", reason)
    if given.kind == "pat":
        given = replace(given, secret=given.secret.strip())
        if not _TOKEN.fullmatch(given.secret):
            raise bad("connection.token", "a token has no blanks within; copy it again as a whole")
    elif given.kind == "basic" and (reason := wrong_password(given.secret)):
        raise bad("connection.password", reason)
    return given


def _with_keys(given: Credential, address: CloneAddress, egress: Egress) -> Credential:
    from shared.git_hosts.git_protocol.ssh_remote import (  # noqa: PLC0415 — slow to import
        remote_host_key,
    )

    if given.host_key.strip():
        host_key = _with_fingerprints(given.host_key)
        if not host_key:
            raise bad("connection.host_key", "write it as ssh-keyscan does: ssh-ed25519 AAAA…")
    else:
        host_key = _with_fingerprints(remote_host_key(address.url, egress=egress))
    if given.secret:
        return replace(given, host_key=host_key)
    pair = new_key_pair()
    return replace(given, host_key=host_key, secret=pair.private, public_key=pair.public)


def _with_fingerprints(host_keys: str) -> str:
    """Return the keys with what people compare behind each, where a line may hold a comment."""
    found = read_host_keys(host_keys)
    return "\n".join(f"{key.kind} {key.content} {key.fingerprint}" for key in found)
