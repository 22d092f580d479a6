metadata description = 'The virtual network that the app calls out from, and where private endpoints are.'

@description('Name of the network.')
param name string

@description('Region of the network.')
param location string

@description('Tags of the installation.')
param tags object

@description('Range of the network; a quarter of it each for the app and for private endpoints.')
param addressRange string

@description('Id of the NAT gateway that the app calls out through; empty for none.')
param natGatewayId string

var appSubnet = 'app'
var endpointsSubnet = 'endpoints'
var subnetLength = int(split(addressRange, '/')[1]) + 2

resource network 'Microsoft.Network/virtualNetworks@2025-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [addressRange]
    }
    subnets: [
      {
        name: appSubnet
        properties: {
          addressPrefix: cidrSubnet(addressRange, subnetLength, 0)
          natGateway: empty(natGatewayId) ? null : { id: natGatewayId }
          delegations: [
            {
              name: 'flex-consumption'
              properties: {
                serviceName: 'Microsoft.App/environments'
              }
            }
          ]
        }
      }
      {
        name: endpointsSubnet
        properties: {
          addressPrefix: cidrSubnet(addressRange, subnetLength, 1)
          privateEndpointNetworkPolicies: 'Disabled'
        }
      }
    ]
  }
}

@description('Id of the network.')
output id string = network.id

@description('Id of the subnet that the app calls out from.')
output appSubnetId string = resourceId('Microsoft.Network/virtualNetworks/subnets', network.name, appSubnet)

@description('Id of the subnet that private endpoints are in.')
output endpointsSubnetId string = resourceId('Microsoft.Network/virtualNetworks/subnets', network.name, endpointsSubnet)
