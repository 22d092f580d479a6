using './main.bicep'

// What an installation is like is said in the environment: by azd env set NAME VALUE, by variables of a
// workflow, or by export NAME=VALUE before az deployment. What is not said is as main.bicep has it.

var adminObjectIdsText = readEnvironmentVariable('ADMIN_OBJECT_IDS', '')
var operatorObjectIdsText = readEnvironmentVariable('OPERATOR_OBJECT_IDS', '')
var alertEmailsText = readEnvironmentVariable('ALERT_EMAILS', '')

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME')
param location = readEnvironmentVariable('AZURE_LOCATION')
param resourceGroupName = readEnvironmentVariable('AZURE_RESOURCE_GROUP', '')

param publicUrl = readEnvironmentVariable('PUBLIC_URL', '')
param reindexSchedule = readEnvironmentVariable('REINDEX_SCHEDULE', '0 */5 * * * *')
param azureDevOpsUrl = readEnvironmentVariable('AZURE_DEVOPS_URL', '')
param azureDevOpsIdentityUrl = readEnvironmentVariable('AZURE_DEVOPS_IDENTITY_URL', '')
param gitServerAllowlist = readEnvironmentVariable('GIT_SERVER_ALLOWLIST', '')
param gitServerCaBundle = readEnvironmentVariable('GIT_SERVER_CA_BUNDLE', '')

param entraTenantId = readEnvironmentVariable('ENTRA_TENANT_ID', '')
param entraClientId = readEnvironmentVariable('ENTRA_CLIENT_ID', '')
param entraClientSecret = readEnvironmentVariable('ENTRA_CLIENT_SECRET', '')
param entraClientCertificate = readEnvironmentVariable('ENTRA_CLIENT_CERTIFICATE', '')
param entraAuthority = readEnvironmentVariable('ENTRA_AUTHORITY', '')
param entraCaBundle = readEnvironmentVariable('ENTRA_CA_BUNDLE', '')
param adminObjectIds = empty(adminObjectIdsText) ? [] : split(adminObjectIdsText, ',')
param platformAuthentication = bool(readEnvironmentVariable('PLATFORM_AUTHENTICATION', 'false'))
param operatorObjectIds = empty(operatorObjectIdsText) ? [] : split(operatorObjectIdsText, ',')

param alertEmails = empty(alertEmailsText) ? [] : split(alertEmailsText, ',')
param storageRedundancy = readEnvironmentVariable('STORAGE_REDUNDANCY', 'Standard_LRS')
param maximumInstances = int(readEnvironmentVariable('MAXIMUM_INSTANCES', '40'))
param instanceMemory = int(readEnvironmentVariable('INSTANCE_MEMORY', '2048'))
param alwaysReadyInstances = int(readEnvironmentVariable('ALWAYS_READY_INSTANCES', '0'))
param isPrivate = bool(readEnvironmentVariable('IS_PRIVATE', 'false'))
param hasFixedAddress = bool(readEnvironmentVariable('HAS_FIXED_ADDRESS', 'false'))
param addressRange = readEnvironmentVariable('ADDRESS_RANGE', '10.71.0.0/24')
param logRetentionDays = int(readEnvironmentVariable('LOG_RETENTION_DAYS', '30'))
param dailyLogGigabytes = int(readEnvironmentVariable('DAILY_LOG_GIGABYTES', '1'))
param hasOpenTelemetry = bool(readEnvironmentVariable('PYTHON_APPLICATIONINSIGHTS_ENABLE_TELEMETRY', 'false'))
