"""Lists an organization for somebody who signed in elsewhere, or tells why they see nothing there.

Their access token is good: an identity server has just given it. What is wrong lies in between: the
organization belongs to another directory, nobody has added them, or their licence shows no code.
Azure DevOps tells hardly any of that apart by itself.
https://learn.microsoft.com/azure/devops/integrate/get-started/authentication/service-principal-managed-identity#frequently-asked-questions
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.configuration import ConnectionKind
from shared.errors import (
    AdminError,
    ForbiddenError,
    GitHostError,
    LicenceMissingError,
    MissingError,
    NotAddedError,
    SignedOutError,
    WrongTenantError,
)
from shared.git_hosts.azure_devops import wire
from shared.git_hosts.azure_devops.answers import NotAMemberError
from shared.git_hosts.azure_devops.listing import keeps_tfvc, list_organization
from shared.git_hosts.azure_devops.tenants import tenant_of
from shared.git_hosts.egress import Sessions
from shared.interfaces.git_host_family import PERSONAL_ACCOUNTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.git_hosts.azure_devops.client import Client
    from shared.interfaces.answers import ListedProject, Listing
    from shared.interfaces.git_host_family import Credential

SIGNED_IN_ELSEWHERE: Final[frozenset[ConnectionKind]] = frozenset(
    {"oauth", "managed_identity", "service_principal"}
)
_MOST_PROJECTS_ASKED: Final = 3
_CONDITIONAL_ACCESS: Final = "VS403463"
_INSTEAD: Final = "replace the connection with a personal access token of this organization."
_WHO: Final[dict[ConnectionKind, str]] = {
    "oauth": "whoever signed in",
    "managed_identity": "the managed identity",
    "service_principal": "the service principal",
}


class Identity(Struct, frozen=True):
    """Whoever signed in elsewhere, and the way to ask what needs no sign-in."""

    kind: ConnectionKind
    tenant_id: str
    """Their directory; empty when it is not known."""
    sessions: Sessions

    @classmethod
    def of(cls, credential: Credential, sessions: Sessions) -> Identity | None:
        """Return whose a credential is; None when it was made here, as a token is."""
        if credential.kind not in SIGNED_IN_ELSEWHERE:
            return None
        return cls(credential.kind, credential.tenant_id.lower(), sessions)


def list_for_identity(client: Client, name: str, *, identity: Identity) -> Listing:
    """Return what `list_organization` does; refusals are told apart.

    WrongTenantError, NotAddedError, LicenceMissingError, or the refusal itself where no more can be
    told. Only a refusal, or a list without any repository, costs further calls.
    """
    try:
        listing = list_organization(client, name)
    except (SignedOutError, ForbiddenError) as error:
        raise explained(client, name, identity, error) from error
    if not listing.repositories and _hides_code(client, listing.projects):
        raise without_licence(client, name, identity)
    return listing


def explained(
    client: Client, name: str, identity: Identity, error: SignedOutError | ForbiddenError
) -> AdminError:
    """Return what a refusal comes from, as far as that can be told."""
    if isinstance(error, ForbiddenError):
        if _CONDITIONAL_ACCESS in str(error) or not _shows_projects(client):
            return error
        return without_licence(client, name, identity)
    tenant = _tenant(client, identity)
    if tenant == PERSONAL_ACCOUNTS:
        return WrongTenantError(
            f"{name} belongs to personal Microsoft accounts: only their tokens are let in.",
            next_step=_INSTEAD.capitalize(),
        )
    if tenant and identity.tenant_id and tenant != identity.tenant_id:
        return WrongTenantError(
            f"{name} belongs to the tenant {tenant}, and {_WHO[identity.kind]} to "
            f"{identity.tenant_id}.",
            next_step=f"Connect as somebody of the tenant {tenant}, where Devlinks must be "
            f"registered then, or {_INSTEAD}",
        )
    if isinstance(error, NotAMemberError):
        text = f"{name} does not know {_WHO[identity.kind]}. {error}"
        return NotAddedError(text, next_step=_how_to_add(client, identity))
    return SignedOutError(str(error), next_step=_how_to_allow(client, identity))


def _tenant(client: Client, identity: Identity) -> str | None:
    """Return the organization's directory; None when it cannot be told now."""
    with suppress(GitHostError, MissingError):
        return tenant_of(identity.sessions, client.base_url)
    return None


def _shows_projects(client: Client) -> bool:
    with suppress(SignedOutError, ForbiddenError, MissingError):
        client.page("/_apis/projects", wire.Project, what="project", params={"$top": "1"})
        return True
    return False


def _hides_code(client: Client, projects: Sequence[ListedProject]) -> bool:
    """Tell whether some project must have a repository: under Git, each has one."""
    settled = [project for project in projects if project.is_settled]
    for project in settled[:_MOST_PROJECTS_ASKED]:
        with suppress(ForbiddenError, MissingError):
            if not keeps_tfvc(client, project.id):
                return True
    return False


def without_licence(client: Client, name: str, identity: Identity) -> LicenceMissingError:
    """Return what it means that projects are shown, and no code."""
    return LicenceMissingError(
        f"{name} shows its projects, and no repository, to {_WHO[identity.kind]}.",
        next_step=f"On {_users_page(client)} change the access level from Stakeholder, which shows "
        "no code, to Basic. If it is Basic, add it to the group Readers of each project.",
    )


def _how_to_add(client: Client, identity: Identity) -> str:
    if identity.kind == "oauth":
        return (
            f"Have them added on {_users_page(client)} with the access level Basic. If they are "
            f"there, switch on Third-party application access via OAuth on {_policies(client)}."
        )
    named = (
        "the name of the managed identity (of the Function App, where it is the app's own)"
        if identity.kind == "managed_identity"
        else "the name of the app registration"
    )
    return (
        f"A Project Collection Administrator opens {_users_page(client)}, chooses Add users, "
        f"enters {named}, the access level Basic and the projects, and chooses Add. There "
        "is no invitation to accept. It is tried again within an hour."
    )


def _how_to_allow(client: Client, identity: Identity) -> str:
    if identity.kind == "oauth":
        return (
            "Switch on Third-party application access via OAuth on "
            f"{_policies(client)}, or {_INSTEAD}"
        )
    return _how_to_add(client, identity)


def _users_page(client: Client) -> str:
    return f"{client.base_url}/_settings/users"


def _policies(client: Client) -> str:
    return f"{client.base_url}/_settings/organizationPolicy"
