"""Mistakes that one could make in infra, each made in a copy, are told of by a rule."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.infra import (
    rules_of_alerts,
    rules_of_language,
    rules_of_protection,
    rules_of_roles,
    rules_of_settings,
)
from tests.infra.infrastructure import HERE, load

if TYPE_CHECKING:
    from pathlib import Path

    from tests.infra.infrastructure import Rule


class Planted(NamedTuple):
    """A mistake."""

    what: str
    path: str
    right: str
    """Stands once in the file."""
    wrong: str
    rule: Rule
    told: str
    """Part of what the rule says."""


MISTAKES = (
    Planted(
        "an undefined name", "modules/app.bicep",
        "serverFarmId: plan.id", "serverFarmId: farm.id",
        rules_of_language.can_be_read, "farm is declared nowhere",
    ),
    Planted(
        "a bracket that is missing", "modules/vault.bicep",
        "      family: 'A'\n      name: 'standard'\n    }\n", "      family: 'A'\n",
        rules_of_language.can_be_read, "line",
    ),
    Planted(
        "a parameter that does nothing", "modules/storage.bicep",
        "publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'\n    networkAcls: {\n"
        "      bypass: 'AzureServices'\n      defaultAction: isPrivate ? 'Deny' : 'Allow'\n    }",
        "publicNetworkAccess: 'Enabled'",
        rules_of_language.can_be_read, "isPrivate is used nowhere",
    ),
    Planted(
        "a function that Bicep has not", "modules/app.bicep",
        "string(concurrency)", "text(concurrency)",
        rules_of_language.can_be_read, "text is declared nowhere",
    ),
    Planted(
        "a module that is not given what it needs", "main.bicep",
        "    vaultId: vault.outputs.id\n", "",
        rules_of_language.modules_fit, "endpoints is not given vaultId",
    ),
    Planted(
        "a module that is given what it does not take", "main.bicep",
        "    redundancy: storageRedundancy", "    replication: storageRedundancy",
        rules_of_language.modules_fit, "storage does not take replication",
    ),
    Planted(
        "an output that a module has not", "main.bicep",
        "identityClientId: identity.outputs.clientId",
        "identityClientId: identity.outputs.applicationId",
        rules_of_language.modules_fit, "identity has no output applicationId",
    ),
    Planted(
        "an output that a template has not", "bricks/key.json",
        '"url": {', '"address": {',
        rules_of_language.modules_fit, "key has no output url",
    ),
    Planted(
        "a module that does not exist", "main.bicep",
        "'modules/roles.bicep'", "'modules/role.bicep'",
        rules_of_language.modules_fit, "there is no modules/role.bicep",
    ),
    Planted(
        "an output of what may be absent", "main.bicep",
        "networkId: network!.outputs.id", "networkId: network.outputs.id",
        rules_of_language.what_may_be_absent_is_asked_for_with_care, "network.outputs.id",
    ),
    Planted(
        "a version of a type that nobody looked up", "modules/storage.bicep",
        "managementPolicies@2025-06-01", "managementPolicies@2019-01-01",
        rules_of_language.has_known_types, "2019-01-01",
    ),
    Planted(
        "a parameter without a description", "modules/network.bicep",
        "@description('Name of the network.')\n", "",
        rules_of_language.is_described, "name is described by no sentence",
    ),
    Planted(
        "shared keys on", "modules/storage.bicep",
        "allowSharedKeyAccess: false", "allowSharedKeyAccess: true",
        rules_of_protection.is_protected, "allowSharedKeyAccess",
    ),
    Planted(
        "public blobs", "modules/storage.bicep",
        "allowBlobPublicAccess: false", "allowBlobPublicAccess: true",
        rules_of_protection.is_protected, "allowBlobPublicAccess",
    ),
    Planted(
        "a wrong property", "modules/storage.bicep",
        "minimumTlsVersion: 'TLS1_2'", "minTlsVersion: 'TLS1_2'",
        rules_of_protection.is_protected, "minimumTlsVersion of account is None",
    ),
    Planted(
        "an open door beside the private one", "modules/vault.bicep",
        "publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'", "publicNetworkAccess: 'Enabled'",
        rules_of_protection.is_protected, "publicNetworkAccess of vault",
    ),
    Planted(
        "a vault that can be destroyed", "modules/vault.bicep",
        "    enablePurgeProtection: true\n", "",
        rules_of_protection.is_protected, "enablePurgeProtection",
    ),
    Planted(
        "logs from anybody", "modules/monitoring.bicep",
        "DisableLocalAuth: true", "DisableLocalAuth: false",
        rules_of_protection.is_protected, "DisableLocalAuth",
    ),
    Planted(
        "another Python than what is packed", "modules/app.bicep",
        "version: '3.13'", "version: '3.12'",
        rules_of_protection.is_protected, "runtime/version",
    ),
    Planted(
        "one request at a time", "modules/app.bicep",
        "            perInstanceConcurrency: concurrency\n", "",
        rules_of_protection.is_protected, "perInstanceConcurrency",
    ),
    Planted(
        "a wrong subnet delegation", "modules/network.bicep",
        "'Microsoft.App/environments'", "'Microsoft.Web/serverFarms'",
        rules_of_protection.subnets_are_fit, "Microsoft.Web/serverFarms",
    ),
    Planted(
        "subnets that overlap", "modules/network.bicep",
        "cidrSubnet(addressRange, subnetLength, 1)", "cidrSubnet(addressRange, subnetLength, 0)",
        rules_of_protection.subnets_are_fit, "overlap",
    ),
    Planted(
        "a private endpoint that is missing", "modules/endpoints.bicep",
        "  {\n    group: 'table'\n    target: storageId\n"
        "    zone: 'privatelink.table.${environment().suffixes.storage}'\n  }\n", "",
        rules_of_protection.endpoints_have_names, "endpoints",
    ),
    Planted(
        "a zone that nothing is found in", "modules/endpoints.bicep",
        "'privatelink.vaultcore.azure.net'", "'privatelink.vault.azure.net'",
        rules_of_protection.endpoints_have_names, "privatelink.vault.azure.net",
    ),
    Planted(
        "a key that expires", "bricks/key.json",
        '"rotationPolicy": {', '"rotationPolicy": {"attributes": {"expiryTime": "P2Y"},',
        rules_of_protection.key_wraps_and_is_renewed, "it expires",
    ),
    Planted(
        "a key address with a version", "bricks/key.json",
        ".keyUri]", ".keyUriWithVersion]",
        rules_of_protection.key_wraps_and_is_renewed, "names a version",
    ),
    Planted(
        "a secret in the history of deployments", "main.bicep",
        "@secure()\n", "",
        rules_of_protection.secrets_are_marked, "entraClientSecret",
    ),
    Planted(
        "settings in the history of deployments", "modules/app.bicep",
        "@secure()\n", "",
        rules_of_protection.secrets_are_marked, "app: settings are shown",
    ),
    Planted(
        "keys of the account in a setting", "modules/app.bicep",
        "AzureWebJobsStorage__blobServiceUri: storageUrls.blob",
        "AzureWebJobsStorage__blobServiceUri: listKeys(planName, '2025-06-01').keys[0].value",
        rules_of_protection.nobody_signs_in_with_a_key, "listKeys",
    ),
    Planted(
        "a lifecycle that removes what runs", "modules/storage.bicep",
        "              version: {\n                delete: {",
        "              baseBlob: {\n                delete: {",
        rules_of_protection.packages_are_forgotten, "removes what is in use",
    ),
    Planted(
        "a missing role", "modules/roles.bicep",
        "  roles.storageQueueDataContributor\n", "",
        rules_of_roles.each_role_is_assigned, "storageQueueDataContributor is missing",
    ),
    Planted(
        "a role that nothing needs", "modules/roles.bicep",
        "var appStorageRoles = [\n", "var appStorageRoles = [\n  roles.keyVaultCryptoUser\n",
        rules_of_roles.each_role_is_assigned, "storage keyVaultCryptoUser is not needed",
    ),
    Planted(
        "a wrong role id", "modules/roles.bicep",
        "12338af0-0e69-4776-bea7-57ae8d297424", "00482a5a-887f-4fb3-b363-3b7fe8e74483",
        rules_of_roles.ids_are_right, "keyVaultCryptoUser is 00482a5a",
    ),
    Planted(
        "roles for another identity", "main.bicep",
        "appPrincipalId: identity.outputs.principalId", "appPrincipalId: identity.outputs.clientId",
        rules_of_roles.scopes_are_of_the_installation, "identity.outputs.clientId",
    ),
    Planted(
        "two assignments of one name", "modules/roles.bicep",
        "name: guid(storage.id, operator, roles.storageQueueDataContributor)",
        "name: guid(storage.id, operator, roles.storageTableDataContributor)",
        rules_of_roles.each_assignment_is_named_for_what_it_is, "operatorsOnQueues",
    ),
    Planted(
        "an app that starts before it may", "main.bicep",
        "dependsOn: [roles, endpoints]", "dependsOn: [endpoints]",
        rules_of_roles.app_waits_for_its_roles, "does not wait",
    ),
    Planted(
        "an unset setting", "main.bicep",
        "      GIT_SERVER_ALLOWLIST: gitServerAllowlist\n", "",
        rules_of_settings.every_setting_is_set, "GIT_SERVER_ALLOWLIST is not set",
    ),
    Planted(
        "a setting that nobody reads", "main.bicep",
        "ENTRA_TENANT_ID: entraTenantId", "ENTRA_TENANT: entraTenantId",
        rules_of_settings.every_setting_is_set, "ENTRA_TENANT is read by nobody",
    ),
    Planted(
        "a setting that Azure refuses", "modules/app.bicep",
        "  AZURE_CLIENT_ID: identityClientId\n",
        "  AZURE_CLIENT_ID: identityClientId\n  FUNCTIONS_WORKER_RUNTIME: 'python'\n",
        rules_of_settings.nothing_is_set_that_azure_refuses, "FUNCTIONS_WORKER_RUNTIME",
    ),
    Planted(
        "a default that the app refuses", "main.bicep",
        "param azureDevOpsUrl string = ''", "param azureDevOpsUrl string = 'dev.azure.com'",
        rules_of_settings.an_installation_accepts_them, "AZURE_DEVOPS_URL must be an address",
    ),
    Planted(
        "a timer that classic cron would take", "main.bicep",
        "param reindexSchedule string = '0 */5 * * * *'",
        "param reindexSchedule string = '*/5 * * * *'",
        rules_of_settings.an_installation_accepts_them, "REINDEX_SCHEDULE must have six fields",
    ),
    Planted(
        "fewer threads than messages", "modules/app.bicep",
        "param concurrency int = 32", "param concurrency int = 8",
        rules_of_settings.there_is_a_thread_for_each_message, "8 threads",
    ),
    Planted(
        "a parameter that nobody can say", "main.bicepparam",
        "param isPrivate = bool(readEnvironmentVariable('IS_PRIVATE', 'false'))\n", "",
        rules_of_settings.every_parameter_can_be_said, "lacks isPrivate",
    ),
    Planted(
        "two defaults of one parameter", "main.bicepparam",
        "'MAXIMUM_INSTANCES', '40'", "'MAXIMUM_INSTANCES', '100'",
        rules_of_settings.every_parameter_can_be_said, "maximumInstances is '100'",
    ),
    Planted(
        "a setting by another name", "main.bicepparam",
        "'PUBLIC_URL'", "'DEVLINKS_PUBLIC_URL'",
        rules_of_settings.a_setting_has_one_name, "PUBLIC_URL is said by DEVLINKS_PUBLIC_URL",
    ),
    Planted(
        "an alert about a function that is not", "modules/alerts.bicep",
        "name == 'reindex_timer'", "name == 'reindex_tick'",
        rules_of_alerts.alerts_ask_for_what_there_is, "no function is called reindex_tick",
    ),
    Planted(
        "an alert about a line that nothing logs", "modules/alerts.bicep",
        "startswith 'throttled '", "startswith 'slowed_down '",
        rules_of_alerts.alerts_ask_for_what_there_is, "nothing logs slowed_down",
    ),
    Planted(
        "an alert about an alarm that is not", "modules/alerts.bicep",
        "\\'hooks_silent\\'", "\\'hooks_quiet\\'",
        rules_of_alerts.alerts_ask_for_what_there_is, "no alarm has the code hooks_quiet",
    ),
    Planted(
        "an alert that comes when all is well", "modules/alerts.bicep",
        "operator: 'LessThan'", "operator: 'GreaterThan'",
        rules_of_alerts.alerts_mean_what_they_say, "no-tick",
    ),
    Planted(
        "an alert that tells nobody", "modules/alerts.bicep",
        "actionGroups: [told.id]", "actionGroups: []",
        rules_of_alerts.somebody_is_told, "nobody is told",
    ),
    Planted(
        "a figure of what nobody does", "devlinks.workbook",
        "name == 'receive_webhook'", "name == 'receive_hook'",
        rules_of_alerts.workbook_asks_for_what_there_is, "no function is called receive_hook",
    ),
)  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(HERE, tmp_path / "infra")


@pytest.mark.parametrize("planted", MISTAKES, ids=lambda planted: str(planted.what))
def test_mistake_is_told_of(planted: Planted, copy: Path) -> None:
    path = copy / planted.path
    text = path.read_text()
    assert text.count(planted.right) == 1
    path.write_text(text.replace(planted.right, planted.wrong))

    mistakes = list(planted.rule(load(copy)))

    assert any(planted.told in mistake for mistake in mistakes), mistakes


def test_rules_are_content_without_the_mistakes() -> None:
    infra = load(HERE)

    assert [p.what for p in MISTAKES if any(p.told in told for told in p.rule(infra))] == []
