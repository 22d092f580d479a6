"""Answer what the caller may do, by the numbers of security namespaces.

https://learn.microsoft.com/rest/api/azure/devops/security/permissions/has-permissions
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exchange import Answer, Request, json_answer
from .refusals import RefusedError, bad_argument

if TYPE_CHECKING:
    from .organization import Organization

_SERVICE_HOOKS = "cb594ebe-87dd-4fc9-ac2c-6a10a4c92046"
_GIT = "2e9eb7ed-3c0a-47d4-87c1-0ffdd275fd87"
_COLLECTION = "3e65f728-f8bc-4ecd-8764-7e378b19bfa7"


def has_permissions(organization: Organization, request: Request) -> Answer:
    """GET permissions/{securityNamespaceId}/{permissions}?tokens=: a boolean for each token."""
    namespace = request.values["securityNamespaceId"].lower()
    tokens = (request.query.text("tokens") or "").split(request.query.text("delimiter") or ",")
    if not request.values["permissions"].isdigit() or not all(tokens):
        raise bad_argument("Permissions are a number, and tokens are needed.")
    if namespace not in {_SERVICE_HOOKS, _GIT, _COLLECTION}:
        message = f"TF400898: The security namespace {namespace} does not exist."
        raise RefusedError(404, "InvalidSecurityNamespaceException", message)
    answers = [_is_allowed(organization, namespace, token) for token in tokens]
    return json_answer({"count": len(answers), "value": answers})


def _is_allowed(organization: Organization, namespace: str, token: str) -> bool:
    behaviour = organization.behaviour
    if namespace == _SERVICE_HOOKS:
        project = token.rpartition("/")[2].lower()
        return not behaviour.hooks_forbidden and project not in behaviour.hooks_forbidden_in
    if namespace == _GIT:
        return not behaviour.writing_forbidden
    return not behaviour.viewing_forbidden
