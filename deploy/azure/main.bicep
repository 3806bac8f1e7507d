// Everything the bot needs in Azure: an identity without secrets, the bot's registration with its Teams channel, a web app,
// and a PostgreSQL database that only the web app's identity may enter.
//
//   az group create --name learning-partner --location westeurope
//   az deployment group create --resource-group learning-partner --template-file deploy/azure/main.bicep \
//     --parameters name=contoso-learning databasePassword=...

@description('Name of the web app and the bot. The address becomes https://NAME.azurewebsites.net.')
@minLength(4)
@maxLength(40)
param name string

@description('Where the web app and the database stand. The registration itself is global.')
param location string = resourceGroup().location

@description('What partners read as the name of the bot.')
@maxLength(42)
param displayName string = 'Learning Partner bot'

@description('Size of the web app. One B1 serves a few thousand partners; more instances need nothing but this.')
param plan string = 'B1'

@description('Password of the database. The web app gets it as a setting.')
@secure()
@minLength(16)
param databasePassword string

var databaseUser = 'bot'
var databaseName = 'bot'
var host = '${name}.azurewebsites.net'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: '${name}-identity'
  location: location
}

resource bot 'Microsoft.BotService/botServices@2022-09-15' = {
  name: name
  location: 'global'
  kind: 'azurebot'
  sku: {
    name: 'F0'
  }
  properties: {
    displayName: displayName
    endpoint: 'https://${host}/api/messages'
    msaAppType: 'UserAssignedMSI'
    msaAppId: identity.properties.clientId
    msaAppTenantId: identity.properties.tenantId
    msaAppMSIResourceId: identity.id
    disableLocalAuth: true
  }
}

resource teams 'Microsoft.BotService/botServices/channels@2022-09-15' = {
  parent: bot
  name: 'MsTeamsChannel'
  location: 'global'
  properties: {
    channelName: 'MsTeamsChannel'
    properties: {
      isEnabled: true
    }
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: '${name}-db'
  location: location
  sku: {
    name: 'Standard_B1ms'
    tier: 'Burstable'
  }
  properties: {
    version: '16'
    administratorLogin: databaseUser
    administratorLoginPassword: databasePassword
    storage: {
      storageSizeGB: 32
    }
    backup: {
      backupRetentionDays: 14
      geoRedundantBackup: 'Disabled'
    }
  }
}

resource tables 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = {
  parent: database
  name: databaseName
}

// 0.0.0.0 stands for "services in Azure", not for the internet.
resource fromAzure 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2024-08-01' = {
  parent: database
  name: 'azure'
  properties: {
    startIpAddress: '0.0.0.0'
    endIpAddress: '0.0.0.0'
  }
}

resource servers 'Microsoft.Web/serverfarms@2023-12-01' = {
  name: '${name}-plan'
  location: location
  kind: 'linux'
  sku: {
    name: plan
  }
  properties: {
    reserved: true
  }
}

resource web 'Microsoft.Web/sites@2023-12-01' = {
  name: name
  location: location
  kind: 'app,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identity.id}': {}
    }
  }
  properties: {
    serverFarmId: servers.id
    httpsOnly: true
    clientAffinityEnabled: false
    siteConfig: {
      linuxFxVersion: 'PYTHON|3.12'
      appCommandLine: 'python3 start.py'
      alwaysOn: true
      webSocketsEnabled: true
      healthCheckPath: '/readyz'
      minTlsVersion: '1.2'
      ftpsState: 'Disabled'
      appSettings: [
        { name: 'MicrosoftAppType', value: 'UserAssignedMSI' }
        { name: 'MicrosoftAppId', value: identity.properties.clientId }
        { name: 'MicrosoftAppTenantId', value: identity.properties.tenantId }
        { name: 'HOST', value: '0.0.0.0' }
        { name: 'PORT', value: '8000' }
        { name: 'PROXIES', value: '1' }
        { name: 'CONNECTIONS_PER_ADDRESS', value: '0' }
        { name: 'PUBLIC_URL', value: 'https://${host}' }
        { name: 'DATABASE_URL', value: 'postgresql+asyncpg://${databaseUser}:${uriComponent(databasePassword)}@${database.properties.fullyQualifiedDomainName}/${databaseName}?ssl=require' }
        { name: 'SCM_DO_BUILD_DURING_DEPLOYMENT', value: 'false' }
        { name: 'WEBSITES_PORT', value: '8000' }
        { name: 'WEBSITES_CONTAINER_START_TIME_LIMIT', value: '300' }
      ]
    }
  }
  dependsOn: [
    tables
    fromAzure
  ]
}

@description('Application id, for `python -m teams package`.')
output appId string = identity.properties.clientId

@description('Where the bot will answer.')
output address string = 'https://${host}'
