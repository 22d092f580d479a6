metadata description = 'Devlinks in a subscription: a resource group with everything in it, and no secret anywhere.'
targetScope = 'subscription'

@description('Name of the installation: part of the names of all that is made for it.')
@maxLength(32)
param environmentName string

@description('Region of the installation, one that has Flex Consumption: az functionapp list-flexconsumption-locations.')
param location string

@description('Name of the resource group; empty for one that is named for the installation.')
param resourceGroupName string = ''

@description('Address that service hooks and browsers reach the app at, as https://links.example.com; empty for the address that Azure gives it.')
param publicUrl string = ''

@description('When the timer runs: six fields, UTC. No tick within an hour is an alert.')
param reindexSchedule string = '0 */5 * * * *'

@description('Address of Azure DevOps Services; empty for https://dev.azure.com.')
param azureDevOpsUrl string = ''

@description('Where the Services tell which organizations a sign-in is good for; empty for the usual address.')
param azureDevOpsIdentityUrl string = ''

@description('Hosts, host:port and networks that Azure DevOps Server and git servers may lie on; empty for public addresses alone.')
param gitServerAllowlist string = ''

@description('Path, within the package, of certificates to trust such servers by; empty for the public authorities alone.')
param gitServerCaBundle string = ''

@description('Directory that people sign in with, its id or a domain; empty where nobody signs in.')
param entraTenantId string = ''

@description('Client id of the app registration that people sign in to; empty where nobody signs in.')
param entraClientId string = ''

@description('Secret of the app registration. Empty for the identity of the app to vouch for it, which is better: nothing expires.')
@secure()
param entraClientSecret string = ''

@description('Path, within the package, of the certificate of the app registration; empty for none.')
param entraClientCertificate string = ''

@description('Server that people sign in at; empty for https://login.microsoftonline.com.')
param entraAuthority string = ''

@description('Path, within the package, of certificates to trust that server by; empty for the public authorities.')
param entraCaBundle string = ''

@description('Object ids of users who administer the installation without a role in the app registration.')
param adminObjectIds string[] = []

@description('Whether App Service authentication stands before the app and its headers are believed.')
param platformAuthentication bool = false

@description('Object ids of users or groups who may run python -m admin_console against the installation.')
param operatorObjectIds string[] = []

@description('E-mail addresses of those who are told by alerts.')
param alertEmails string[] = []

@description('How the data is copied: within a data centre, over zones, or to another region too.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GRS', 'Standard_GZRS'])
param storageRedundancy string = 'Standard_LRS'

@description('How many instances there may be at most.')
param maximumInstances int = 40

@description('Memory of an instance in MB: 512, 2048 or 4096.')
param instanceMemory int = 2048

@description('Instances that always wait for requests, so that none of them waits for a start; each costs by the hour.')
param alwaysReadyInstances int = 0

@description('Whether storage and key vault answer within a virtual network alone.')
param isPrivate bool = false

@description('Whether the app calls out from one address that stays, for firewalls that want a list.')
param hasFixedAddress bool = false

@description('Range of the virtual network, where there is one.')
param addressRange string = '10.71.0.0/24'

@description('Days that logs are kept; the first 31 cost nothing.')
param logRetentionDays int = 30

@description('Gigabytes of logs a day after which nothing more is taken in until the next day; -1 for no limit.')
param dailyLogGigabytes int = 1

@description('Whether figures go out by OpenTelemetry too; docs/telemetry.md tells what the package needs for it.')
param hasOpenTelemetry bool = false

var token = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }
var hasNetwork = isPrivate || hasFixedAddress
var isVouchedFor = !empty(entraClientId) && empty(entraClientSecret) && empty(entraClientCertificate)

resource group 'Microsoft.Resources/resourceGroups@2025-04-01' = {
  name: empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName
  location: location
  tags: tags
}

module identity 'modules/identity.bicep' = {
  scope: group
  name: 'identity'
  params: {
    name: 'id-${environmentName}-${token}'
    location: location
    tags: tags
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  name: 'monitoring'
  params: {
    name: 'appi-${environmentName}-${token}'
    workspaceName: 'log-${environmentName}-${token}'
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyGigabytes: dailyLogGigabytes
  }
}

module storage 'modules/storage.bicep' = {
  scope: group
  name: 'storage'
  params: {
    name: 'st${token}'
    location: location
    tags: tags
    redundancy: storageRedundancy
    isPrivate: isPrivate
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  name: 'vault'
  params: {
    name: 'kv-${token}'
    location: location
    tags: tags
    isPrivate: isPrivate
    workspaceId: monitoring.outputs.workspaceId
  }
}

// The templates in JSON, modules like others, are of types whose schemas the checks here have not.
module key 'bricks/key.json' = {
  scope: group
  name: 'key'
  params: {
    vaultName: vault.outputs.name
    keyName: 'devlinks'
  }
}

module fixedAddress 'bricks/fixed-address.json' = if (hasFixedAddress) {
  scope: group
  name: 'fixed-address'
  params: {
    name: 'ng-${environmentName}-${token}'
    location: location
    tags: tags
  }
}

module network 'modules/network.bicep' = if (hasNetwork) {
  scope: group
  name: 'network'
  params: {
    name: 'vnet-${environmentName}-${token}'
    location: location
    tags: tags
    addressRange: addressRange
    natGatewayId: hasFixedAddress ? fixedAddress!.outputs.id : ''
  }
}

module endpoints 'modules/endpoints.bicep' = if (isPrivate) {
  scope: group
  name: 'endpoints'
  params: {
    name: 'pe-${environmentName}'
    location: location
    tags: tags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointsSubnetId
    storageId: storage.outputs.id
    vaultId: vault.outputs.id
  }
}

module roles 'modules/roles.bicep' = {
  scope: group
  name: 'roles'
  params: {
    storageName: storage.outputs.name
    vaultName: vault.outputs.name
    insightsName: monitoring.outputs.name
    appPrincipalId: identity.outputs.principalId
    operatorObjectIds: operatorObjectIds
  }
}

module app 'modules/app.bicep' = {
  scope: group
  name: 'app'
  params: {
    name: 'func-${environmentName}-${token}'
    planName: 'plan-${environmentName}-${token}'
    location: location
    tags: tags
    identityId: identity.outputs.id
    identityClientId: identity.outputs.clientId
    packagesUrl: storage.outputs.packagesUrl
    storageUrls: storage.outputs.urls
    insightsConnectionString: monitoring.outputs.connectionString
    subnetId: hasNetwork ? network!.outputs.appSubnetId : ''
    maximumInstances: maximumInstances
    instanceMemory: instanceMemory
    alwaysReadyInstances: alwaysReadyInstances
    appSettings: {
      PUBLIC_URL: publicUrl
      REINDEX_SCHEDULE: reindexSchedule
      KEY_VAULT_KEY_URL: key.outputs.url
      AZURE_DEVOPS_URL: azureDevOpsUrl
      AZURE_DEVOPS_IDENTITY_URL: azureDevOpsIdentityUrl
      GIT_SERVER_ALLOWLIST: gitServerAllowlist
      GIT_SERVER_CA_BUNDLE: gitServerCaBundle
      ENTRA_TENANT_ID: entraTenantId
      ENTRA_CLIENT_ID: entraClientId
      ENTRA_CLIENT_SECRET: entraClientSecret
      ENTRA_CLIENT_CERTIFICATE: entraClientCertificate
      ENTRA_FEDERATED_IDENTITY_CLIENT_ID: isVouchedFor ? identity.outputs.clientId : ''
      ENTRA_AUTHORITY: entraAuthority
      ENTRA_CA_BUNDLE: entraCaBundle
      ADMIN_OBJECT_IDS: join(adminObjectIds, ',')
      PLATFORM_AUTHENTICATION: platformAuthentication ? 'true' : ''
      PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY: hasOpenTelemetry ? 'true' : ''
    }
  }
  // The app starts by reading its package and its queues.
  dependsOn: [roles, endpoints]
}

module alerts 'modules/alerts.bicep' = {
  scope: group
  name: 'alerts'
  params: {
    name: 'alert-${environmentName}'
    location: location
    tags: tags
    insightsId: monitoring.outputs.id
    emails: alertEmails
  }
}

module workbook 'bricks/workbook.json' = {
  scope: group
  name: 'workbook'
  params: {
    location: location
    tags: tags
    title: 'Devlinks ${environmentName}'
    sourceId: monitoring.outputs.id
    content: loadTextContent('devlinks.workbook')
  }
}

@description('Resource group that everything is in.')
output AZURE_RESOURCE_GROUP string = group.name

@description('Name of the app, which a package is deployed to.')
output AZURE_FUNCTION_APP_NAME string = app.outputs.name

@description('Address of the app.')
output DEVLINKS_URL string = app.outputs.url

@description('Client id of the identity of the app, for Azure DevOps organizations that it is added to.')
output DEVLINKS_IDENTITY_CLIENT_ID string = identity.outputs.clientId

@description('Object id of that identity: the subject of the federated credential of an app registration.')
output DEVLINKS_IDENTITY_PRINCIPAL_ID string = identity.outputs.principalId

@description('AzureWebJobsStorage__tableServiceUri for python -m admin_console.')
output DEVLINKS_TABLE_URL string = storage.outputs.urls.table

@description('AzureWebJobsStorage__queueServiceUri for python -m admin_console.')
output DEVLINKS_QUEUE_URL string = storage.outputs.urls.queue

@description('KEY_VAULT_KEY_URL for python -m admin_console.')
output DEVLINKS_KEY_URL string = key.outputs.url

@description('The address that a firewall has to let through; empty where there is none that stays.')
output DEVLINKS_FIXED_ADDRESS string = hasFixedAddress ? fixedAddress!.outputs.address : ''
