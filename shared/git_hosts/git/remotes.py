"""Opens the way to a repository, with what a connection shows there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.git_hosts.basic import basic
from shared.git_hosts.git_protocol.http_remote import HttpRemote

if TYPE_CHECKING:
    from shared.git_hosts.dialling import Egress
    from shared.git_hosts.egress import Sessions
    from shared.git_hosts.git.addresses import CloneAddress
    from shared.git_hosts.git_protocol.remote import Remote
    from shared.interfaces import Clock
    from shared.interfaces.git_host_family import Credential

_TOKEN_USERS: Final = {"bitbucket.org": "x-token-auth"}
"""Git host → the user name that it wants beside a token; most take any."""
_ANY_USER: Final = "git"


def open_remote(
    address: CloneAddress,
    credential: Credential,
    *,
    sessions: Sessions,
    egress: Egress,
    clock: Clock,
    seconds: float | None = None,
) -> Remote:
    """Return the repository at an address; nothing is called yet.

    *seconds* is how long SSH is waited for, where that is not as long as usual.
    """
    if address.scheme == "ssh":
        from shared.git_hosts.git_protocol.ssh_remote import (  # noqa: PLC0415 — slow to import
            SshRemote,
        )

        return SshRemote(
            address.url,
            egress=egress,
            private_key=credential.secret,
            host_key=credential.host_key,
            seconds=seconds,
        )
    return HttpRemote(
        address.url, sessions=sessions, headers=_headers(address, credential), clock=clock
    )


def _headers(address: CloneAddress, credential: Credential) -> dict[str, str]:
    """Return what signs in (RFC 7617); nothing for a repository that anybody may read."""
    if credential.kind == "none":
        return {}
    user_name = credential.user_name or _TOKEN_USERS.get(address.host, _ANY_USER)
    return basic(user_name, credential.secret)
