"""Rules of what may reach what: storage, key vault, logs, the app, the network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.infra.bicep import Loop
from tests.infra.infrastructure import at, rows, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.bicep import Value
    from tests.infra.infrastructure import Infrastructure

_CLOSED: Final = "isPrivate ? 'Disabled' : 'Enabled'"
_DENIED: Final = "isPrivate ? 'Deny' : 'Allow'"

PROPERTIES: Final[tuple[tuple[str, str, str, Value], ...]] = (
    ("storage", "account", "properties/allowSharedKeyAccess", False),
    ("storage", "account", "properties/allowBlobPublicAccess", False),
    ("storage", "account", "properties/allowCrossTenantReplication", False),
    ("storage", "account", "properties/supportsHttpsTrafficOnly", True),
    ("storage", "account", "properties/minimumTlsVersion", "TLS1_2"),
    ("storage", "account", "properties/publicNetworkAccess", _CLOSED),
    ("storage", "account", "properties/networkAcls/defaultAction", _DENIED),
    ("storage", "packages", "properties/publicAccess", "None"),
    ("storage", "blobs", "properties/isVersioningEnabled", True),
    ("vault", "vault", "properties/enableRbacAuthorization", True),
    ("vault", "vault", "properties/enablePurgeProtection", True),
    ("vault", "vault", "properties/enableSoftDelete", True),
    ("vault", "vault", "properties/softDeleteRetentionInDays", 90),
    ("vault", "vault", "properties/publicNetworkAccess", _CLOSED),
    ("vault", "vault", "properties/networkAcls/defaultAction", _DENIED),
    ("vault", "audit", "scope", "vault"),
    ("monitoring", "insights", "properties/DisableLocalAuth", True),
    ("monitoring", "workspace", "properties/features/disableLocalAuth", True),
    ("app", "plan", "sku/name", "FC1"),
    ("app", "plan", "sku/tier", "FlexConsumption"),
    ("app", "plan", "properties/reserved", True),
    ("app", "app", "kind", "functionapp,linux"),
    ("app", "app", "identity/type", "UserAssigned"),
    ("app", "app", "properties/httpsOnly", True),
    ("app", "app", "properties/siteConfig/minTlsVersion", "1.2"),
    ("app", "app", "properties/functionAppConfig/runtime/name", "python"),
    ("app", "app", "properties/functionAppConfig/runtime/version", "3.13"),
    ("app", "app", "properties/functionAppConfig/deployment/storage/type", "blobContainer"),
    ("app", "app", "properties/functionAppConfig/deployment/storage/value", "packagesUrl"),
    (
        "app",
        "app",
        "properties/functionAppConfig/deployment/storage/authentication/type",
        "UserAssignedIdentity",
    ),
    (
        "app",
        "app",
        "properties/functionAppConfig/deployment/storage/authentication/userAssignedIdentityResourceId",
        "identityId",
    ),
    (
        "app",
        "app",
        "properties/functionAppConfig/scaleAndConcurrency/triggers/http/perInstanceConcurrency",
        "concurrency",
    ),
    ("app", "app", "properties/virtualNetworkSubnetId", "empty(subnetId) ? null : subnetId"),
    ("app", "noFtpPassword", "properties/allow", False),
    ("app", "noPublishingPassword", "properties/allow", False),
)
"""Module, resource, property, and what it has to be."""

ZONES: Final = {
    "blob": ("storageId", "'privatelink.blob.${environment().suffixes.storage}'"),
    "queue": ("storageId", "'privatelink.queue.${environment().suffixes.storage}'"),
    "table": ("storageId", "'privatelink.table.${environment().suffixes.storage}'"),
    "vault": ("vaultId", "privatelink.vaultcore.azure.net"),
}
"""Whose endpoint, and its zone: https://learn.microsoft.com/azure/private-link/private-endpoint-dns."""


def is_protected(infra: Infrastructure) -> Iterator[str]:
    """Tell of properties that are not as they have to be."""
    for module, name, path, expected in PROPERTIES:
        found = at(infra.module(module).named(name), *path.split("/"))
        if found != expected or isinstance(found, bool) is not isinstance(expected, bool):
            yield f"{module}: {path} of {name} is {found!r}, and not {expected!r}"


def nobody_signs_in_with_a_key(infra: Infrastructure) -> Iterator[str]:
    """Tell of files that ask for the keys or a signature of an account."""
    for path in (*infra.files, *infra.templates, "main.bicepparam"):
        text = (infra.folder / path).read_text()
        for forbidden in ("listKeys", "AccountKey=", "listAccountSas", "SharedAccessSignature"):
            if forbidden in text:
                yield f"{path}: there is {forbidden}"


def secrets_are_marked(infra: Infrastructure) -> Iterator[str]:
    """Tell of parameters that hold a secret, and that a deployment would show."""
    for name, param in infra.main.of("param").items():
        if "secret" in name.lower() and "secure" not in param.decorators:
            yield f"main: {name} is shown in the history of deployments"
    if "secure" not in infra.module("app").of("param")["appSettings"].decorators:
        yield "app: settings are shown in the history of deployments"


def key_wraps_and_is_renewed(infra: Infrastructure) -> Iterator[str]:
    """Tell what is wrong with the key that wraps."""
    template = infra.template("key")
    key = template.resource("Microsoft.KeyVault/vaults/keys")["properties"]
    if (key["kty"], sorted(key["keyOps"])) != ("RSA", ["unwrapKey", "wrapKey"]):
        yield f"key: {key['kty']} for {key['keyOps']}"
    if key["keySize"] < 3072:
        yield f"key: {key['keySize']} bits"
    rotation = key.get("rotationPolicy", {})
    actions = [(a["action"]["type"], a["trigger"]) for a in rotation.get("lifetimeActions", [])]
    if actions != [("rotate", {"timeAfterCreate": "P1Y"})]:
        yield f"key: renewed by {actions}"
    # A version that has expired wraps no more, and an older one must not stop opening.
    if "exp" in key.get("attributes", {}) or "expiryTime" in rotation.get("attributes", {}):
        yield "key: it expires"
    if not template.outputs["url"]["value"].endswith(".keyUri]"):
        yield "key: its address names a version"


def packages_are_forgotten(infra: Infrastructure) -> Iterator[str]:
    """Tell what is wrong with the rule that removes earlier packages."""
    rule = at(infra.module("storage").named("lifecycle"), "properties", "policy", "rules", 0)
    if at(rule, "definition", "filters", "prefixMatch") != ["'${containerName}/'"]:
        yield "lifecycle: it is not about packages alone"
    if set(table(at(rule, "definition", "actions"))) != {"version"}:
        yield "lifecycle: it removes what is in use"
    days = at(rule, "definition", "actions", "version", "delete", "daysAfterCreationGreaterThan")
    if at(rule, "enabled") is not True or days != "packageHistoryDays":
        yield "lifecycle: earlier packages stay"


def subnets_are_fit(infra: Infrastructure) -> Iterator[str]:
    """Tell what is wrong with the two subnets."""
    subnets = rows(at(infra.module("network").named("network"), "properties", "subnets"))
    app, endpoints = subnets
    delegations = at(app, "properties", "delegations")
    services = [at(d, "properties", "serviceName") for d in rows(delegations or [])]
    if at(app, "name") != "appSubnet" or services != ["Microsoft.App/environments"]:
        yield f"network: the subnet of the app is delegated to {services}"
    if at(app, "properties", "natGateway") != "empty(natGatewayId) ? null : { id: natGatewayId }":
        yield "network: the app does not call out through the NAT gateway"
    if at(endpoints, "name") != "endpointsSubnet" or at(endpoints, "properties", "delegations"):
        yield "network: private endpoints cannot be in a subnet that is delegated"
    ranges = [at(s, "properties", "addressPrefix") for s in subnets]
    if len(set(map(str, ranges))) != len(ranges):
        yield f"network: subnets overlap in {ranges[0]}"


def endpoints_have_names(infra: Infrastructure) -> Iterator[str]:
    """Tell of private endpoints that are missing, or not found by their names."""
    module = infra.module("endpoints")
    services = rows(module.named("services").value)
    found = {at(s, "group"): (at(s, "target"), at(s, "zone")) for s in services}
    if found != ZONES:
        yield f"endpoints: {found}"
    for name in ("endpoints", "zones", "links", "names"):
        value = module.named(name).value
        if not (isinstance(value, Loop) and value.over == "services"):
            yield f"endpoints: {name} are not made for each of the services"
    zone = at(
        module.named("names"), "properties", "privateDnsZoneConfigs", 0, "properties",
        "privateDnsZoneId",
    )  # fmt: skip
    if zone != "zones[index].id" or at(module.named("links"), "parent") != "zones[index]":
        yield "endpoints: names are in another zone"


def address_stays(infra: Infrastructure) -> Iterator[str]:
    """Tell what is wrong with the fixed address."""
    template = infra.template("fixed-address")
    address = template.resource("Microsoft.Network/publicIPAddresses")
    if address["properties"]["publicIPAllocationMethod"] != "Static":
        yield "fixed-address: the address changes"
    if address["sku"] != {"name": "Standard"}:
        yield "fixed-address: a NAT gateway takes Standard addresses alone"


RULES: Final = (
    is_protected,
    nobody_signs_in_with_a_key,
    secrets_are_marked,
    key_wraps_and_is_renewed,
    packages_are_forgotten,
    subnets_are_fit,
    endpoints_have_names,
    address_stays,
)
