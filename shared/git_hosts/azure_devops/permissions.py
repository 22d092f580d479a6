"""Asks what the permissions of whoever signs in are, without using them.

https://learn.microsoft.com/rest/api/azure/devops/security/permissions/has-permissions tells of the
call, https://learn.microsoft.com/azure/devops/organizations/security/namespace-reference of the
numbers. Permissions are a person's: a token may allow less than they do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from shared.errors import MalformedAnswerError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shared.git_hosts.azure_devops.client import Client
    from shared.model import ProjectId, RepositoryId

_SERVICE_HOOKS: Final = "cb594ebe-87dd-4fc9-ac2c-6a10a4c92046"
_EDIT_SUBSCRIPTIONS: Final = 2
_GIT: Final = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"
_CONTRIBUTE: Final = 4
_CREATE_BRANCH: Final = 16
_CONTRIBUTE_TO_PULL_REQUESTS: Final = 16384
_COLLECTION: Final = "3e65f728-f8bc-4ecd-8764-7e378b19bfa7"
_VIEW: Final = 1
_WHOLE_COLLECTION: Final = "NAMESPACE:"


class _Answers(Struct):
    value: list[bool]


def may_edit_hooks(client: Client, projects: Sequence[ProjectId]) -> list[bool]:
    """Tell of each project whether its service hooks may be made and changed.

    https://learn.microsoft.com/azure/devops/service-hooks/view-permission
    """
    tokens = [f"PublisherSecurity/{project}" for project in projects]
    return _have(client, _SERVICE_HOOKS, _EDIT_SUBSCRIPTIONS, tokens)


def may_write(client: Client, project: ProjectId, repository: RepositoryId) -> bool:
    """Tell whether branches and pull requests may be made in a repository."""
    bits = _CONTRIBUTE | _CREATE_BRANCH | _CONTRIBUTE_TO_PULL_REQUESTS
    return _have(client, _GIT, bits, [f"repoV2/{project}/{repository}"])[0]


def may_view_collection(client: Client) -> bool:
    """Tell whether "View instance-level information" is allowed."""
    return _have(client, _COLLECTION, _VIEW, [_WHOLE_COLLECTION])[0]


def _have(client: Client, namespace: str, bits: int, tokens: Sequence[str]) -> list[bool]:
    """Return for each token whether all the *bits* are allowed."""
    told = client.get(
        f"/_apis/permissions/{namespace}/{bits}",
        _Answers,
        what="permissions",
        params={"tokens": ",".join(tokens), "alwaysAllowAdministrators": "true"},
    ).value.value
    if len(told) != len(tokens):
        raise MalformedAnswerError("Azure DevOps told of other permissions than it was asked for.")
    return told
