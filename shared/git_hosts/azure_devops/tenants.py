"""Finds out which tenant an organization belongs to, without signing in.

The service tells it in a header of any answer below the organization, a refusal too.
https://github.com/microsoft/azure-devops-mcp/blob/main/src/org-tenants.ts
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from shared.errors import MissingError, UnavailableError

if TYPE_CHECKING:
    from shared.git_hosts.egress import Sessions

_HEADERS: Final = {
    "Accept": "application/json",
    "User-Agent": "Devlinks",
    "X-TFS-FedAuthRedirect": "Suppress",
}
_TENANT: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def tenant_of(sessions: Sessions, organization_url: str) -> str | None:
    """Return the id of an organization's tenant; None when the service does not tell.

    PERSONAL_ACCOUNTS where there is none. MissingError when there is no such organization,
    UnavailableError when nothing answers.
    """
    url = f"{organization_url}/_apis/connectionData"
    answer = sessions.send("GET", url, headers=dict(_HEADERS))
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise UnavailableError(f"Azure DevOps failed to tell the tenant: {answer.status}.")
    tenant = answer.headers.get("x-vss-resourcetenant", "").strip().lower()
    if _TENANT.fullmatch(tenant):
        return tenant
    if answer.status == HTTPStatus.NOT_FOUND:
        name = organization_url.rpartition("/")[2]
        raise MissingError(
            f"There is no organization {name}.",
            next_step="Check the name in the address: it may have been renamed or deleted.",
        )
    return None
