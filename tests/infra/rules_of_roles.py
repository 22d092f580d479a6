"""Rules of who may do what: each role that the code needs, and no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.infra.bicep import Loop
from tests.infra.infrastructure import at, rows, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.bicep import Declaration, File
    from tests.infra.infrastructure import Infrastructure

ROLE_IDS: Final = {
    "storageBlobDataOwner": "b7e6dc6d-f1e8-4753-8033-0f276bb0955b",
    "storageQueueDataContributor": "974c5e8b-45b9-4653-ba55-5f855dd0fb88",
    "storageTableDataContributor": "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3",
    "keyVaultCryptoUser": "12338af0-0e69-4776-bea7-57ae8d297424",
    "monitoringMetricsPublisher": "3913510d-42f4-4e42-8a64-420c390055eb",
}
"""Of https://learn.microsoft.com/azure/role-based-access-control/built-in-roles."""

ASSIGNED: Final = {
    # The host keeps its own state and takes the package from blobs; queues and tables are ours.
    ("appPrincipalId", "storage", "storageBlobDataOwner"),
    ("appPrincipalId", "storage", "storageQueueDataContributor"),
    ("appPrincipalId", "storage", "storageTableDataContributor"),
    ("appPrincipalId", "vault", "keyVaultCryptoUser"),
    ("appPrincipalId", "insights", "monitoringMetricsPublisher"),
    ("operator", "storage", "storageQueueDataContributor"),
    ("operator", "storage", "storageTableDataContributor"),
    ("operator", "vault", "keyVaultCryptoUser"),
}
"""Who, on what, in which role."""

_ROLE: Final = re.compile(
    r"subscriptionResourceId\('Microsoft\.Authorization/roleDefinitions', (?:roles\.)?(\w+)\)"
)


def ids_are_right(infra: Infrastructure) -> Iterator[str]:
    """Tell of roles whose id is another's."""
    for name, identity in table(infra.module("roles").named("roles").value).items():
        if ROLE_IDS.get(name) != identity:
            yield f"roles: {name} is {identity}"


def each_role_is_assigned(infra: Infrastructure) -> Iterator[str]:
    """Tell of roles that are missing, and of those that nothing needs."""
    roles = infra.module("roles")
    found = {
        (str(at(a, "properties", "principalId")), str(at(a, "scope")), role)
        for a in _assignments(roles)
        for role in _roles_of(roles, a)
    }
    yield from (f"roles: {' '.join(missing)} is missing" for missing in sorted(ASSIGNED - found))
    yield from (f"roles: {' '.join(extra)} is not needed" for extra in sorted(found - ASSIGNED))


def each_assignment_is_named_for_what_it_is(infra: Infrastructure) -> Iterator[str]:
    """Tell of names that differ between deployments, or that two assignments share."""
    for assignment in _assignments(infra.module("roles")):
        who, scope = at(assignment, "properties", "principalId"), at(assignment, "scope")
        role = _written_role(assignment)
        if at(assignment, "name") != f"guid({scope}.id, {who}, {role})":
            yield f"roles: {assignment.name} is named {at(assignment, 'name')}"
        kind = at(assignment, "properties", "principalType")
        if kind != ("ServicePrincipal" if who == "appPrincipalId" else None):
            yield f"roles: {assignment.name} is of a {kind}"


def scopes_are_of_the_installation(infra: Infrastructure) -> Iterator[str]:
    """Tell of roles that are assigned to another, or on something else."""
    roles, given = infra.module("roles"), table(at(infra.main.named("roles"), "params"))
    for name, expected in (
        ("storage", "storageName"),
        ("vault", "vaultName"),
        ("insights", "insightsName"),
    ):
        scope = roles.named(name)
        if not scope.is_existing or at(scope, "name") != expected:
            yield f"roles: {name} is not what {expected} names"
    wired = {
        "storageName": "storage.outputs.name",
        "vaultName": "vault.outputs.name",
        "insightsName": "monitoring.outputs.name",
        "appPrincipalId": "identity.outputs.principalId",
        "operatorObjectIds": "operatorObjectIds",
    }
    if given != wired:
        yield f"main: roles are given {given}"


def app_waits_for_its_roles(infra: Infrastructure) -> Iterator[str]:
    """Tell whether the app starts before it may read anything."""
    if "roles" not in rows(at(infra.main.named("app"), "dependsOn") or []):
        yield "main: the app does not wait for its roles"


def _assignments(roles: File) -> list[Declaration]:
    kind = "Microsoft.Authorization/roleAssignments"
    return [r for r in roles.of("resource").values() if r.type.startswith(kind)]


def _written_role(assignment: Declaration) -> str:
    text = str(at(assignment, "properties", "roleDefinitionId"))
    return text.removesuffix(")").rpartition(", ")[2]


def _roles_of(roles: File, assignment: Declaration) -> Iterator[str]:
    match = _ROLE.fullmatch(str(at(assignment, "properties", "roleDefinitionId")))
    name = match[1] if match else ""
    if name == "role" and isinstance(assignment.value, Loop):
        for item in rows(roles.named(assignment.value.over).value):
            yield str(item).removeprefix("roles.")
    else:
        yield name


RULES: Final = (
    ids_are_right,
    each_role_is_assigned,
    each_assignment_is_named_for_what_it_is,
    scopes_are_of_the_installation,
    app_waits_for_its_roles,
)
