metadata description = 'The functions: a Flex Consumption plan, the app, and every setting that it has.'

@description('Name of the app, and the first part of its address.')
param name string

@description('Name of the plan.')
param planName string

@description('Region of both.')
param location string

@description('Tags of the installation; the app has another that azd finds it by.')
param tags object

@description('Id of the identity that the app has.')
param identityId string

@description('Client id of that identity.')
param identityClientId string

@description('Address of the container that the package is in.')
param packagesUrl string

@description('Addresses of the blobs, queues and tables of the storage account.')
param storageUrls object

@description('Where the app sends what it logs.')
param insightsConnectionString string

@description('Settings of the app itself. What is empty is not set: then what the app does by itself counts.')
@secure()
param appSettings object

@description('Subnet that the app calls out from; empty for none.')
param subnetId string

@description('How many instances there may be at most.')
@minValue(1)
@maxValue(1000)
param maximumInstances int

@description('Memory of an instance in MB: 512, 2048 or 4096.')
@minValue(512)
@maxValue(4096)
param instanceMemory int

@description('Instances that always wait for requests, so that none of them waits for a start; each costs by the hour.')
@minValue(0)
@maxValue(20)
param alwaysReadyInstances int

@description('Requests that an instance answers at the same time, and its threads.')
@minValue(1)
@maxValue(1000)
param concurrency int = 32

var ofHost = {
  AzureWebJobsStorage__blobServiceUri: storageUrls.blob
  AzureWebJobsStorage__queueServiceUri: storageUrls.queue
  AzureWebJobsStorage__tableServiceUri: storageUrls.table
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identityClientId
  AZURE_CLIENT_ID: identityClientId
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identityClientId};Authorization=AAD'
  PYTHON_THREADPOOL_THREAD_COUNT: string(concurrency)
}

var given = union(
  { PUBLIC_URL: 'https://${app.properties.defaultHostName}' },
  toObject(filter(items(appSettings), setting => !empty(setting.value)), setting => setting.key, setting => setting.value)
)

resource plan 'Microsoft.Web/serverfarms@2025-03-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
  }
}

resource app 'Microsoft.Web/sites@2025-03-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'app' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    siteConfig: {
      minTlsVersion: '1.2'
    }
    functionAppConfig: {
      deployment: {
        storage: {
          type: 'blobContainer'
          value: packagesUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      runtime: {
        name: 'python'
        version: '3.13'
      }
      scaleAndConcurrency: {
        maximumInstanceCount: maximumInstances
        instanceMemoryMB: instanceMemory
        alwaysReady: alwaysReadyInstances == 0 ? [] : [{ name: 'http', instanceCount: alwaysReadyInstances }]
        triggers: {
          http: {
            perInstanceConcurrency: concurrency
          }
        }
      }
    }
  }
}

// These replace all settings that the app has: one that is made by hand is gone with the next deployment.
resource settings 'Microsoft.Web/sites/config@2025-03-01' = {
  parent: app
  name: 'appsettings'
  properties: union(ofHost, given)
}

// A package is deployed by who signs in, never by a user name and a password.
resource noFtpPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noPublishingPassword 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2025-03-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

@description('Name of the app.')
output name string = app.name

@description('Address of the app.')
output url string = 'https://${app.properties.defaultHostName}'
