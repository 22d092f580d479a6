"""Tells what answers at an address: the Services, or a server of some age."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from shared.errors import SignedOutError
from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.versions import product_of
from shared.interfaces.answers import About

if TYPE_CHECKING:
    from shared.git_hosts.azure_devops.client import Client

_SERVICES: Final = "Azure DevOps Services"
_ANONYMOUS: Final = frozenset({"", "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa"})
"""Who one is without having signed in, to a service that answers nevertheless."""


def about(client: Client) -> About:
    """See GitHost.about."""
    # What is asked for first is released in every version: only that tells how far they go.
    client.page("/_apis/projects", wire.Project, what="project", params={"$top": "1"})
    told = client.get(
        "/_apis/connectionData",
        wire.ConnectionData,
        what="connection",
        params={"connectOptions": "none"},
        is_preview=True,
    ).value
    if is_anonymous(told):
        raise SignedOutError("Azure DevOps answers, and takes us for nobody.")
    if told.deployment_type.lower() == "hosted":
        return About(_SERVICES, client.version)
    return about_server(client)


def is_anonymous(told: wire.ConnectionData) -> bool:
    """Tell whether a service takes whoever asks for nobody, and answers nevertheless."""
    return told.authenticated_user.id.lower() in _ANONYMOUS


def about_server(client: Client) -> About:
    """Return what is known of a server that has been asked something."""
    return About(product_of(client.version), client.version)
