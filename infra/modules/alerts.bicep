metadata description = 'What somebody is told of before users notice: alert rules over what the app logs, and whom they tell.'

@description('What the names of the rules begin with.')
param name string

@description('Region of the rules.')
param location string

@description('Tags of the installation.')
param tags object

@description('Id of Application Insights, which the rules ask.')
param insightsId string

@description('E-mail addresses of those who are told.')
param emails string[]

var alarm = '''
traces
| where message startswith 'alarm_raised '
| extend code = extract(@'\bcode=(\w+)', 1, message)
'''

// The host counts each function that it ran as a request, and host.json keeps requests out of sampling.
var rules = [
  {
    name: 'failed-requests'
    says: 'More than five requests in a quarter of an hour were answered with a failure of ours.'
    query: '''
requests
| where toint(resultCode) >= 500
'''
    severity: 1
    window: 'PT15M'
    every: 'PT5M'
    operator: 'GreaterThan'
    threshold: 5
    periods: 1
  }
  {
    name: 'exceptions'
    says: 'More than ten exceptions in a quarter of an hour.'
    query: '''
exceptions
'''
    severity: 2
    window: 'PT15M'
    every: 'PT5M'
    operator: 'GreaterThan'
    threshold: 10
    periods: 1
  }
  {
    name: 'poison'
    says: 'A job failed every time that it was tried, and was given up.'
    query: '''
requests
| where name in ('give_up_hooks', 'give_up_reindex', 'give_up_history')
'''
    severity: 2
    window: 'PT15M'
    every: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    periods: 1
  }
  {
    name: 'no-tick'
    says: 'The timer has not done its work for an hour: nothing is caught up on.'
    query: '''
requests
| where name == 'reindex_timer' and success == true
'''
    severity: 1
    window: 'PT1H'
    every: 'PT15M'
    operator: 'LessThan'
    threshold: 1
    periods: 1
  }
  {
    name: 'hooks-silent'
    says: 'Branches moved and no service hook told of it: links come late.'
    query: '${alarm}| where code == \'hooks_silent\''
    severity: 3
    window: 'PT2H'
    every: 'PT1H'
    operator: 'GreaterThan'
    threshold: 0
    periods: 1
  }
  {
    name: 'credential-expires'
    says: 'The credential of an integration expires within two weeks, or is accepted no more.'
    query: '${alarm}| where code in (\'credential_expires\', \'needs_reconnect\', \'signed_out\')'
    severity: 2
    window: 'PT2H'
    every: 'PT1H'
    operator: 'GreaterThan'
    threshold: 0
    periods: 1
  }
  {
    name: 'throttled-too-long'
    says: 'A git host has asked us to wait in each quarter of the last hour: indexing does not keep up.'
    query: '''
traces
| where message startswith 'throttled ' or message startswith 'job_waited '
'''
    severity: 3
    window: 'PT15M'
    every: 'PT15M'
    operator: 'GreaterThan'
    threshold: 0
    periods: 4
  }
]

resource told 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: '${name}-told'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'devlinks'
    enabled: true
    emailReceivers: [
      for (email, index) in emails: {
        name: 'email-${index}'
        emailAddress: email
        useCommonAlertSchema: true
      }
    ]
  }
}

resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: '${name}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Devlinks: ${rule.name}'
      description: rule.says
      enabled: true
      severity: rule.severity
      scopes: [insightsId]
      windowSize: rule.window
      evaluationFrequency: rule.every
      autoMitigate: true
      criteria: {
        allOf: [
          {
            query: rule.query
            timeAggregation: 'Count'
            operator: rule.operator
            threshold: rule.threshold
            failingPeriods: {
              numberOfEvaluationPeriods: rule.periods
              minFailingPeriodsToAlert: rule.periods
            }
          }
        ]
      }
      actions: {
        actionGroups: [told.id]
      }
    }
  }
]
