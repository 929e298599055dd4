import type { Accepted } from '../../../src/targets/aws/accepted.ts'

const port = 'every client knows the port 5432, and who may come to it is what the security groups say'

export const acceptedFindings: readonly Accepted[] = [
  {
    rule: 'AwsSolutions-DDB3',
    resource: 'Heartbeats',
    because: 'its one item is written anew by each verification, and an older one would count nothing',
  },
  {
    rule: 'AwsSolutions-IAM4',
    resource: 'BeatServiceRole',
    because: 'they let a function write its own log and stand in the network, and nothing else',
  },
  {
    rule: 'AwsSolutions-IAM4',
    resource: 'MonitoringRole',
    because: 'RDS names this policy itself for what it writes of the machine',
  },
  {
    rule: 'AwsSolutions-RDS10',
    resource: 'Replica',
    because: 'it has nothing that the primary has not, and is made anew from it',
  },
  { rule: 'AwsSolutions-RDS11', resource: 'Primary', because: port },
  { rule: 'AwsSolutions-RDS11', resource: 'Replica', because: port },
  {
    rule: 'AwsSolutions-RDS2',
    resource: 'Replica',
    because: 'a replica is encrypted as its source is, and RDS refuses to be told so',
  },
  {
    rule: 'AwsSolutions-RDS3',
    resource: 'Replica',
    because: 'while it is away its readers go to the primary, which has a standby',
  },
  {
    rule: 'AwsSolutions-VPC7',
    resource: 'Vpc',
    because: 'nothing but the database stands in it, and the database logs who connects',
  },
  {
    rule: 'W3005',
    resource: 'Beat',
    because: 'CDK writes down an order that follows from a reference, too',
  },
  {
    rule: 'W3691',
    resource: 'Primary',
    because: 'the rule takes a major version for its oldest minor one, and RDS for one that it still makes',
  },
]
