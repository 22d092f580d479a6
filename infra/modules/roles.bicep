metadata description = 'Who may do what with the data: the app, and the operators who use the command line.'

@description('Name of the storage account.')
param storageName string

@description('Name of the key vault.')
param vaultName string

@description('Name of Application Insights.')
param insightsName string

@description('Object id of the identity of the app.')
param appPrincipalId string

@description('Object ids of users or groups who may run python -m admin_console against the installation.')
param operatorObjectIds string[]

// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
var roles = {
  storageBlobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
  storageQueueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
  storageTableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'
  keyVaultCryptoUser: '12338af0-0e69-4776-bea7-57ae8d297424'
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb'
}

var appStorageRoles = [
  roles.storageBlobDataOwner
  roles.storageQueueDataContributor
  roles.storageTableDataContributor
]

resource storage 'Microsoft.Storage/storageAccounts@2025-06-01' existing = {
  name: storageName
}

resource vault 'Microsoft.KeyVault/vaults@2025-05-01' existing = {
  name: vaultName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource appOnStorage 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in appStorageRoles: {
    scope: storage
    name: guid(storage.id, appPrincipalId, role)
    properties: {
      principalId: appPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

resource appOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: vault
  name: guid(vault.id, appPrincipalId, roles.keyVaultCryptoUser)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultCryptoUser)
  }
}

resource appOnInsights 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: insights
  name: guid(insights.id, appPrincipalId, roles.monitoringMetricsPublisher)
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.monitoringMetricsPublisher)
  }
}

// Users and groups alike: what kind of principal it is, Azure finds out.
resource operatorsOnTables 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for operator in operatorObjectIds: {
    scope: storage
    name: guid(storage.id, operator, roles.storageTableDataContributor)
    properties: {
      principalId: operator
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageTableDataContributor)
    }
  }
]

resource operatorsOnQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for operator in operatorObjectIds: {
    scope: storage
    name: guid(storage.id, operator, roles.storageQueueDataContributor)
    properties: {
      principalId: operator
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.storageQueueDataContributor)
    }
  }
]

resource operatorsOnVault 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for operator in operatorObjectIds: {
    scope: vault
    name: guid(vault.id, operator, roles.keyVaultCryptoUser)
    properties: {
      principalId: operator
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles.keyVaultCryptoUser)
    }
  }
]
