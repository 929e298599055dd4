import type { Accepted } from '../../../src/targets/aws/accepted.ts'

export const acceptedFindings: readonly Accepted[] = [
  {
    rule: 'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole]',
    resource: 'Remind/ServiceRole',
    because: 'it lets a function write its own log, and nothing else',
  },
  {
    rule: 'AwsSolutions-IAM5[Resource::*]',
    resource: 'Remind/ServiceRole/DefaultPolicy',
    because: 'a list of alarms is no resource that a policy could name',
  },
  {
    rule: 'AwsSolutions-S1',
    resource: 'Store',
    because:
      'CloudFront alone may read the store, and its access log has each request; publications are recorded in the bucket itself',
  },
  {
    rule: 'AwsSolutions-S1',
    resource: 'AccessLogs',
    because: 'it is where access logs go: one of its own would grow by being read, and never end',
  },
  {
    rule: 'AwsSolutions-CFR1',
    resource: 'Distribution',
    because: 'the site is for visitors around the world (cdn.worldwide); no country is shut out',
  },
  {
    rule: 'AwsSolutions-CFR2',
    resource: 'Distribution',
    because:
      'a firewall would inspect static files that anybody may have; the API has its own limits, and costs nothing each month',
  },
  {
    rule: 'AwsSolutions-CFR3',
    resource: 'Distribution',
    because:
      'the access log is written by a delivery (AWS::Logs::Delivery), which has more fields; the rule knows the older way only',
  },
  {
    rule: 'AwsSolutions-CFR4',
    resource: 'Distribution',
    because:
      'only without aws.certificate: with a name of its own CloudFront decides about TLS, and nobody can set more',
  },
]
