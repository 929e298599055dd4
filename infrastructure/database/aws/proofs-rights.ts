import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { onEmulator, onTemplate, type RoomProof } from '../../../src/targets/aws/proof.ts'
import { rightsAre, roleIs } from '../../../src/targets/aws/role-proof.ts'
import { referred } from '../../../src/targets/aws/references.ts'
import { at, resourceOf } from '../../../src/targets/aws/template.ts'
import { planned } from './instances.ts'
import type { NetworkSettings } from './network.ts'
import { subnetsOf } from './proofs-network.ts'

const secret = 'AWS::SecretsManager::Secret'
const rotation = 'AWS::SecretsManager::RotationSchedule'
const accountKey = 'aws/secretsmanager'
const notKnown = 'the emulator does not know this type: its launcher accepts it and does nothing'

const schedule = (says: string, is: unknown, seen: (found: unknown) => unknown, fact: string): RoomProof => ({
  type: rotation,
  says,
  fact,
  proves: [],
  is,
  template: (template) => seen(at(resourceOf(template, 'SecretAttachmentRotation'), 'Properties')),
  by: 'template',
  because: notKnown,
})

/** Log groups by the ends of their logical ids. */
const logGroups = ['Logprimarypostgresql', 'Logprimaryupgrade', 'Logreplicapostgresql', 'Logreplicaupgrade']

/** `name`: of the instance that is proven. */
export const rightsProofs = (name: string, network: NetworkSettings): readonly RoomProof[] => [
  onEmulator({
    type: secret,
    says: 'the password is made by Secrets Manager, with letters that need no care in a URL; nobody chooses or writes it down',
    fact: 'user of the secret',
    // A check would read the password for it; the tests do, of the emulator's.
    proves: [],
    is: [planned.user, 30],
    template: (template) => {
      const made = at(resourceOf(template, 'Secret'), 'Properties', 'GenerateSecretString')
      return [at(JSON.parse(String(at(made, 'SecretStringTemplate'))), 'username'), at(made, 'PasswordLength')]
    },
    readBack: async ({ client, id }) => {
      const { SecretString: text = '{}' } = await new SecretsManagerClient(client).send(
        new GetSecretValueCommand({ SecretId: id('Secret') }),
      )
      const value: unknown = JSON.parse(text)
      return [at(value, 'username'), String(at(value, 'password')).length]
    },
  }),
  onEmulator({
    type: secret,
    says: 'no key of its own stands between the password and who may read it, the pool among them: the account’s key for secrets opens to each of those',
    fact: 'key of the secret',
    proves: [],
    is: accountKey,
    template: (template) => at(resourceOf(template, 'Secret'), 'Properties', 'KmsKeyId') ?? accountKey,
    readBack: async ({ client, id }) => {
      const found = await new SecretsManagerClient(client).send(new DescribeSecretCommand({ SecretId: id('Secret') }))
      return found.KmsKeyId ?? accountKey
    },
  }),
  onTemplate(
    {
      type: rotation,
      says: 'the password is another every 30 days',
      fact: 'days between two passwords',
      proves: [],
      is: 'rate(30 days)',
      template: (template) =>
        at(resourceOf(template, 'SecretAttachmentRotation'), 'Properties', 'RotationRules', 'ScheduleExpression'),
      readBack: async ({ client, id }) => {
        const found = await new SecretsManagerClient(client).send(new DescribeSecretCommand({ SecretId: id('Secret') }))
        return found.RotationRules?.ScheduleExpression
      },
    },
    notKnown,
    undefined,
  ),
  schedule(
    'one user keeps its name when the password changes: an app that reads the secret again goes on; the first password stays until its day',
    ['PostgreSQLSingleUser', false, 'SecretAttachment'],
    (found) => [
      at(found, 'HostedRotationLambda', 'RotationType'),
      at(found, 'RotateImmediatelyOnUpdate'),
      referred(at(found, 'SecretId')),
    ],
    'kind of rotation',
  ),
  schedule(
    'what changes the password stands in the subnets of both zones, behind a group of its own, and makes passwords that need no care in a URL',
    [subnetsOf(network).join(','), 'RotationGroup', ' %+~`#$&*()|[]{}:;<>?!\'/@"\\', `${name}-rotate-password`],
    (found) => [
      ...['VpcSubnetIds', 'VpcSecurityGroupIds'].map((one) => referred(at(found, 'HostedRotationLambda', one))),
      at(found, 'HostedRotationLambda', 'ExcludeCharacters'),
      at(found, 'HostedRotationLambda', 'RotationLambdaName'),
    ],
    'where the rotation stands',
  ),
  {
    type: 'AWS::SecretsManager::ResourcePolicy',
    says: 'nobody deletes the secret by hand while it is rotated',
    fact: 'who may delete the secret',
    proves: [],
    is: ['SecretAttachment', 'Deny', 'secretsmanager:DeleteSecret', 'arn:aws:iam::000000000000:root', '*'],
    template: (template) => {
      const found = at(resourceOf(template, 'SecretAttachmentPolicy'), 'Properties')
      const statement = at(found, 'ResourcePolicy', 'Statement', 0)
      return [
        referred(at(found, 'SecretId')),
        at(statement, 'Effect'),
        at(statement, 'Action'),
        referred(at(statement, 'Principal', 'AWS')),
        at(statement, 'Resource'),
      ]
    },
    by: 'template',
    because: notKnown,
  },
  onEmulator({
    type: 'AWS::SecretsManager::SecretTargetAttachment',
    says: 'the secret says where the primary answers, so that one secret is all that an app needs',
    fact: 'the secret is of',
    proves: [],
    is: true,
    template: (template) => {
      const found = at(resourceOf(template, 'SecretAttachment'), 'Properties')
      return referred(at(found, 'TargetId')) === 'Primary' && at(found, 'TargetType') === 'AWS::RDS::DBInstance'
    },
    readBack: async ({ client, id }) => {
      const { SecretString: text = '{}' } = await new SecretsManagerClient(client).send(
        new GetSecretValueCommand({ SecretId: id('Secret') }),
      )
      return String(at(JSON.parse(text), 'host')).startsWith(id('Primary'))
    },
  }),
  roleIs('MonitoringRole', 'RDS may write what it measures of the machine, and no more', {
    service: 'monitoring.rds.amazonaws.com',
    policies: ['service-role/AmazonRDSEnhancedMonitoringRole'],
  }),
  roleIs('PoolIAMRole', 'the pool has a role of its own', { service: 'rds.amazonaws.com', policies: [] }),
  rightsAre('PoolIAMRole', 'the pool may read the password of the database, and no other', [
    'Allow secretsmanager:GetSecretValue secretsmanager:DescribeSecret on Secret',
  ]),
  onEmulator({
    type: 'AWS::Logs::LogGroup',
    says: 'logs of the database are kept for 30 days, and not for ever',
    fact: 'days that logs are kept',
    proves: ['monitoring'],
    is: [30, 30, 30, 30],
    template: (template) => logGroups.map((one) => at(resourceOf(template, one), 'Properties', 'RetentionInDays')),
    readBack: async ({ client, id }) => {
      const logs = new CloudWatchLogsClient(client)
      return Promise.all(
        logGroups.map(async (one) => {
          const { logGroups: [found] = [] } = await logs.send(
            new DescribeLogGroupsCommand({ logGroupNamePrefix: id(one) }),
          )
          return found?.retentionInDays
        }),
      )
    },
  }),
  ...(network.existing ? [] : [ways]),
]

const ways: RoomProof = {
  type: 'AWS::EC2::SubnetRouteTableAssociation',
  says: 'each subnet has a table of ways of its own, which leads nowhere but within the network',
  fact: 'tables of ways',
  proves: [],
  is: [1, 2].map((one) => [`VpcdatabaseSubnet${one}RouteTable`, `VpcdatabaseSubnet${one}Subnet`, 'Vpc']),
  template: (template) =>
    [1, 2].map((one) => {
      const tie = at(resourceOf(template, `VpcdatabaseSubnet${one}RouteTableAssociation`), 'Properties')
      const table = at(resourceOf(template, `VpcdatabaseSubnet${one}RouteTable`), 'Properties')
      return [referred(at(tie, 'RouteTableId')), referred(at(tie, 'SubnetId')), referred(at(table, 'VpcId'))]
    }),
  by: 'template',
  because: 'a table without ways of its own says nothing that the network does not',
}
