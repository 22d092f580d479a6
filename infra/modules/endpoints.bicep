metadata description = 'Private endpoints of storage and key vault, and the names that they are found by.'

@description('What the names of the endpoints begin with.')
param name string

@description('Region of the endpoints.')
param location string

@description('Tags of the installation.')
param tags object

@description('Id of the network whose names these are.')
param networkId string

@description('Id of the subnet that the endpoints are in.')
param subnetId string

@description('Id of the storage account.')
param storageId string

@description('Id of the key vault.')
param vaultId string

// https://learn.microsoft.com/azure/private-link/private-endpoint-dns
var services = [
  {
    group: 'blob'
    target: storageId
    zone: 'privatelink.blob.${environment().suffixes.storage}'
  }
  {
    group: 'queue'
    target: storageId
    zone: 'privatelink.queue.${environment().suffixes.storage}'
  }
  {
    group: 'table'
    target: storageId
    zone: 'privatelink.table.${environment().suffixes.storage}'
  }
  {
    group: 'vault'
    target: vaultId
    zone: 'privatelink.vaultcore.azure.net'
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-05-01' = [
  for service in services: {
    name: '${name}-${service.group}'
    location: location
    tags: tags
    properties: {
      subnet: {
        id: subnetId
      }
      privateLinkServiceConnections: [
        {
          name: service.group
          properties: {
            privateLinkServiceId: service.target
            groupIds: [service.group]
          }
        }
      ]
    }
  }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for service in services: {
    name: service.zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (service, index) in services: {
    parent: zones[index]
    name: '${name}-${service.group}'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: {
        id: networkId
      }
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [
  for (service, index) in services: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [
        {
          name: service.group
          properties: {
            privateDnsZoneId: zones[index].id
          }
        }
      ]
    }
  }
]
