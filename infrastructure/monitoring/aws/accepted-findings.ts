import type { Accepted } from '../../../src/targets/aws/accepted.ts'

export const acceptedFindings: readonly Accepted[] = [
  {
    rule: 'AwsSolutions-IAM4',
    resource: 'RemindServiceRole',
    because: 'it lets a function write its own log, and nothing else',
  },
  {
    rule: 'AwsSolutions-IAM5',
    resource: 'RemindServiceRoleDefaultPolicy',
    because: 'a list of alarms is no resource that a policy could name',
  },
  {
    rule: 'AwsSolutions-IAM4',
    resource: 'WebhookServiceRole',
    because: 'it lets a function write its own log, and nothing else',
  },
  {
    rule: 'W3005',
    resource: 'Remind',
    because: 'CDK says of each function that its role comes first, which its reference says already',
  },
  {
    rule: 'W3005',
    resource: 'Webhook',
    because: 'CDK says of each function that its role comes first, which its reference says already',
  },
]
