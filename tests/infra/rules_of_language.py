"""Rules of Bicep that are held without its compiler: names, modules, types, descriptions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tests.infra.bicep import Loop
from tests.infra.infrastructure import at, table, texts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.bicep import Declaration, File
    from tests.infra.infrastructure import Infrastructure

KNOWN_TYPES: Final = {
    "Microsoft.Authorization/roleAssignments": "2022-04-01",
    "Microsoft.Insights/actionGroups": "2023-01-01",
    "Microsoft.Insights/components": "2020-02-02",
    "Microsoft.Insights/diagnosticSettings": "2021-05-01-preview",
    "Microsoft.Insights/scheduledQueryRules": "2023-12-01",
    "Microsoft.Insights/workbooks": "2023-06-01",
    "Microsoft.KeyVault/vaults": "2025-05-01",
    "Microsoft.KeyVault/vaults/keys": "2025-05-01",
    "Microsoft.ManagedIdentity/userAssignedIdentities": "2024-11-30",
    "Microsoft.Network/natGateways": "2025-05-01",
    "Microsoft.Network/privateDnsZones": "2024-06-01",
    "Microsoft.Network/privateDnsZones/virtualNetworkLinks": "2024-06-01",
    "Microsoft.Network/privateEndpoints": "2025-05-01",
    "Microsoft.Network/privateEndpoints/privateDnsZoneGroups": "2025-05-01",
    "Microsoft.Network/publicIPAddresses": "2025-05-01",
    "Microsoft.Network/virtualNetworks": "2025-05-01",
    "Microsoft.OperationalInsights/workspaces": "2025-07-01",
    "Microsoft.Resources/resourceGroups": "2025-04-01",
    "Microsoft.Storage/storageAccounts": "2025-06-01",
    "Microsoft.Storage/storageAccounts/blobServices": "2025-06-01",
    "Microsoft.Storage/storageAccounts/blobServices/containers": "2025-06-01",
    "Microsoft.Storage/storageAccounts/managementPolicies": "2025-06-01",
    "Microsoft.Web/serverfarms": "2025-03-01",
    "Microsoft.Web/sites": "2025-03-01",
    "Microsoft.Web/sites/basicPublishingCredentialsPolicies": "2025-03-01",
    "Microsoft.Web/sites/config": "2025-03-01",
}
_SENTENCE: Final = re.compile(r"[A-Z][^\n]*[.]", re.DOTALL)
_SETTING: Final = re.compile(
    r"(AzureWebJobsStorage__\w+|[A-Z][A-Z_]+) for python -m admin_console\."
)
_OUTPUT: Final = re.compile(r"\b(\w+)!?\.outputs\.(\w+)")


def can_be_read(infra: Infrastructure) -> Iterator[str]:
    """Tell of syntax errors, unknown names and what is declared for nothing."""
    for name, file in infra.files.items():
        yield from (f"{name}: {error}" for error in file.syntax_errors)
        yield from (f"{name}: {unknown} is declared nowhere" for unknown in file.unknown_names)
        yield from (f"{name}: {unused} is used nowhere" for unused in file.unused_names)


def is_described(infra: Infrastructure) -> Iterator[str]:
    """Tell of parameters and outputs without a sentence."""
    for name, file in infra.files.items():
        for declared in file.declarations:
            told = declared.decorators.get("description")
            if declared.kind in {"param", "output"} and not (
                isinstance(told, str) and (_SENTENCE.fullmatch(told) or _SETTING.fullmatch(told))
            ):
                yield f"{name}: {declared.name} is described by no sentence"
    for name, template in infra.templates.items():
        for part in (template.parameters, template.outputs):
            for of, content in part.items():
                if not _SENTENCE.fullmatch(content.get("metadata", {}).get("description", "")):
                    yield f"{name}: {of} is described by no sentence"


def has_known_types(infra: Infrastructure) -> Iterator[str]:
    """Tell of resources whose type and version nobody looked up."""
    for name, file in infra.files.items():
        for resource in file.of("resource").values():
            kind, _, version = resource.type.partition("@")
            if KNOWN_TYPES.get(kind) != version:
                yield f"{name}: {resource.name} is of {resource.type}"
    for name, template in infra.templates.items():
        for content in template.content["resources"]:
            if KNOWN_TYPES.get(content["type"]) != content["apiVersion"]:
                yield f"{name}: there is a {content['type']}@{content['apiVersion']}"


def modules_fit(infra: Infrastructure) -> Iterator[str]:
    """Tell of modules that get what they do not take, or lack what they need or are asked for."""
    for name, file in infra.files.items():
        modules = file.of("module")
        for module in modules.values():
            yield from (f"{name}: {m}" for m in _misfits(infra, module))
        yield from (f"{name}: {m}" for m in _outputs_missing(infra, file))
    used = {module.type for module in infra.main.of("module").values()}
    for name in infra.files.keys() | infra.templates.keys():
        if name not in used | {"main.bicep"}:
            yield f"{name} is the file of no module"


def _misfits(infra: Infrastructure, module: Declaration) -> Iterator[str]:
    if module.type not in infra.files and module.type not in infra.templates:
        yield f"{module.name}: there is no {module.type}"
        return
    needed, taken, _ = _interface(infra, module.type)
    given = set(table(at(module, "params") or {}))
    yield from (f"{module.name} does not take {name}" for name in sorted(given - taken))
    yield from (f"{module.name} is not given {name}" for name in sorted(needed - given))
    if at(module, "scope") != "group":
        yield f"{module.name} is not in the resource group"


def _interface(infra: Infrastructure, path: str) -> tuple[set[str], set[str], set[str]]:
    """Return the parameters that a module needs, those that it takes, and its outputs."""
    if path in infra.templates:
        template = infra.templates[path]
        needed = {n for n, p in template.parameters.items() if "defaultValue" not in p}
        return needed, set(template.parameters), set(template.outputs)
    params = infra.files[path].of("param")
    needed = {name for name, param in params.items() if not param.is_optional}
    return needed, set(params), set(infra.files[path].of("output"))


def _outputs_missing(infra: Infrastructure, file: File) -> Iterator[str]:
    modules = file.of("module")
    for declared in file.declarations:
        for text in texts(declared.value):
            for name, output in _OUTPUT.findall(text):
                if name not in modules:
                    yield f"{declared.name}: {name} is no module"
                elif output not in _interface(infra, modules[name].type)[2]:
                    yield f"{declared.name}: {name} has no output {output}"


def what_may_be_absent_is_asked_for_with_care(infra: Infrastructure) -> Iterator[str]:
    """Tell of outputs of modules that are made on a condition, asked for without one."""
    conditional = {m.name for m in infra.main.of("module").values() if m.is_optional}
    for declared in infra.main.declarations:
        for text in texts(declared.value):
            for name, output in _OUTPUT.findall(text):
                is_careful = f"{name}!.outputs" in text
                if name in conditional and not is_careful:
                    yield f"{declared.name} asks for {name}.outputs.{output}, which may be absent"


def loops_are_over_what_is_known(infra: Infrastructure) -> Iterator[str]:
    """Tell of loops over what only a deployment knows, which Azure refuses."""
    for name, file in infra.files.items():
        known = {d.name for d in file.declarations if d.kind in {"param", "var"}}
        for declared in file.declarations:
            if isinstance(declared.value, Loop) and declared.value.over not in known:
                yield f"{name}: {declared.name} is made for each of {declared.value.over}"


RULES: Final = (
    can_be_read,
    is_described,
    has_known_types,
    modules_fit,
    what_may_be_absent_is_asked_for_with_care,
    loops_are_over_what_is_known,
)
