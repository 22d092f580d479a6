metadata description = 'Where logs and figures go: Application Insights over a workspace.'

@description('Name of Application Insights.')
param name string

@description('Name of the workspace.')
param workspaceName string

@description('Region of both.')
param location string

@description('Tags of the installation.')
param tags object

@description('Days that logs are kept; the first 31 cost nothing.')
@minValue(30)
@maxValue(730)
param retentionDays int

@description('Gigabytes a day after which nothing more is taken in until the next day; -1 for no limit.')
param dailyGigabytes int

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: workspaceName
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionDays
    workspaceCapping: {
      dailyQuotaGb: dailyGigabytes
    }
    features: {
      disableLocalAuth: true
    }
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    IngestionMode: 'LogAnalytics'
    // Who sends has to be known: the connection string alone is not enough.
    DisableLocalAuth: true
  }
}

@description('Id of Application Insights, which alert rules ask.')
output id string = insights.id

@description('Name of Application Insights.')
output name string = insights.name

@description('Where the app sends what it logs; no secret, for it is not enough by itself.')
output connectionString string = insights.properties.ConnectionString

@description('Id of the workspace.')
output workspaceId string = workspace.id
