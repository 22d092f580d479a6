metadata description = 'The identity that the app has towards everything: no secret is kept anywhere.'

@description('Name of the identity, as a sign-in log shows it.')
param name string

@description('Region of the identity.')
param location string

@description('Tags of the installation.')
param tags object

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

@description('What the app is given as its identity.')
output id string = identity.id

@description('Whom roles are assigned to, and the subject of the credential of an app registration.')
output principalId string = identity.properties.principalId

@description('What a program names the identity by when it asks for a token.')
output clientId string = identity.properties.clientId
