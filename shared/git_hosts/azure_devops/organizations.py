"""Finds out which organizations a credential opens.

It needs a sign-in that is good for several: a personal access token is not, since those for all
accessible organizations end on 1 December 2026.
https://learn.microsoft.com/rest/api/azure/devops/account/accounts/list
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.errors import ForbiddenError, SignedOutError
from shared.git_hosts.azure_devops import wire

if TYPE_CHECKING:
    from shared.configuration import ConnectionKind
    from shared.git_hosts.azure_devops.client import Client

_NAME_THEM: Final = (
    "Give the organization's address as the url, https://dev.azure.com/acme, or name it in "
    "organizations: "
)
_REASONS: Final[dict[ConnectionKind, str]] = {
    "oauth": "what was allowed does not include User profile (read).",
    "managed_identity": "only people can list them, and no app.",
    "service_principal": "only people can list them, and no app.",
    "pat": "a personal access token is for one organization and cannot list them.",
}


class _Accounts(Struct):
    value: list[wire.Account]


def organizations_of(client: Client, *, kind: ConnectionKind = "pat") -> tuple[str, ...]:
    """Return the names of the organizations, in order; *client* is of the identity service.

    SignedOutError also when it may not ask, though it may be good for some organization.
    """
    try:
        who = client.get("/_apis/profile/profiles/me", wire.Profile, what="profile").value
        accounts = client.get(
            "/_apis/accounts", _Accounts, what="organization", params={"memberId": who.id}
        ).value
    except (SignedOutError, ForbiddenError) as error:
        text = f"The organizations of the token's owner cannot be listed: {error}"
        refused = SignedOutError if isinstance(error, SignedOutError) else ForbiddenError
        raise refused(text, next_step=f"{_NAME_THEM}{_REASONS[kind]}") from error
    return tuple(sorted({a.account_name for a in accounts.value if a.account_name}, key=str.lower))
