import type { Accepted } from '../../../src/targets/aws/accepted.ts'

export const acceptedFindings: readonly Accepted[] = [
  {
    rule: 'AwsSolutions-IAM4',
    resource: 'Role',
    because: 'AWS Backup names these policies itself, and adds to them what new features need',
  },
  {
    rule: 'AwsSolutions-IAM4',
    resource: 'ValidateServiceRole',
    because: 'it lets a function write its own log, and nothing else',
  },
  {
    rule: 'AwsSolutions-IAM5',
    resource: 'ValidateServiceRoleDefaultPolicy',
    because: 'what is restored for a test has a name of its own each time, which begins with awsbackup-restore-test',
  },
  {
    rule: 'AwsSolutions-IAM4',
    resource: 'ReadDatabaseServiceRole',
    because: 'they let a function write its own log and stand in the network, and nothing else',
  },
  {
    rule: 'AwsSolutions-IAM5',
    resource: 'ReadDatabaseServiceRoleDefaultPolicy',
    because: 'a restored database has an id of its own each time; who signs in there is named',
  },
  {
    rule: 'AwsSolutions-DDB3',
    resource: 'Notes',
    because: 'what it holds is noted anew each day',
  },
  {
    rule: 'AwsSolutions-IAM4',
    resource: 'FiguresServiceRole',
    because: 'it lets a function write its own log, and nothing else',
  },
  {
    rule: 'AwsSolutions-IAM5',
    resource: 'FiguresServiceRoleDefaultPolicy',
    because: 'neither a list of backups nor a figure is a resource that a policy could name',
  },
  {
    rule: 'AwsSolutions-IAM5',
    resource: 'ReplicationDefaultPolicy',
    because: 'it is to copy every file of the one bucket into the other',
  },
  {
    rule: 'AwsSolutions-S1',
    resource: 'Uploads',
    because: 'who may write here is not decided yet; a log of requests comes with it',
  },
  {
    rule: 'W3005',
    resource: 'Figures',
    because: 'CDK writes down an order that follows from a reference, too',
  },
  {
    rule: 'W3005',
    resource: 'ReadDatabase',
    because: 'CDK writes down an order that follows from a reference, too',
  },
  {
    rule: 'W3005',
    resource: 'Validate',
    because: 'CDK writes down an order that follows from a reference, too',
  },
]
