import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import {
  CreateDBInstanceCommand,
  CreateDBInstanceReadReplicaCommand,
  CreateDBParameterGroupCommand,
  CreateDBProxyCommand,
  CreateDBSubnetGroupCommand,
  DescribeDBInstancesCommand,
  DescribeDBProxyTargetsCommand,
  RDSClient,
  RegisterDBProxyTargetsCommand,
} from '@aws-sdk/client-rds'
import { DescribeSubnetsCommand, EC2Client, paginateDescribeInstanceTypes } from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { classOperations } from '../infrastructure/database/aws/class-operations.ts'
import { clientOf } from './emulator-client.ts'
import { project } from './instance.ts'
import { Moto } from './moto/moto.ts'

let moto: Moto
let rds: RDSClient
let ec2: EC2Client
/** The commands of each part of the page, in its order. */
let parts: ReadonlyMap<string, readonly string[]>
const words: Record<string, string> = {
  NAME: 'trial',
  MOMENT: '2026-01-31T12:00:00Z',
  FUNCTION: 'webhook',
  SECRET: 'trial-secret',
  RULE: 'each-minute',
}

const runbooks = join(project, 'docs/runbooks')
const pageOf = (page: string): string => readFileSync(join(runbooks, page), 'utf8')
const whole = 'database-on-aws.md'
/** It has tests of its own. */
const ofState = 'state-on-aws.md'
/** What every other page has somebody type of AWS's command line, in lines of its own and amid sentences. */
const elsewhere = readdirSync(runbooks)
  .filter((page) => page !== whole && page !== ofState)
  .flatMap((page) =>
    [...pageOf(page).matchAll(/^ {4,}(aws .*)$|`(aws [^`]+)`/gm)].map(
      ([, block, amid]): readonly [page: string, command: string] => [page, block ?? amid ?? ''],
    ),
  )
/** `aws logs tail` is of version 2 of AWS's command line; the tests have the first, as that is a package of Python. */
const inVersion1 = (command: string): string =>
  command.replace(/^aws logs tail (\S+)( --since \w+)?$/, 'aws logs filter-log-events --log-group-name $1')

/** What moto does not know. One that it has learnt has to go from here. */
const notKnown = /^aws backup list-(backup|copy|restore)-jobs /

beforeAll(async () => {
  parts = new Map(
    pageOf(whole)
      .split(/^## /m)
      .map((part) => [
        part.split('\n')[0] ?? '',
        part.split('\n').flatMap((line) => (line.startsWith('    aws ') ? [line.trim()] : [])),
      ]),
  )
  moto = await Moto.start()
  const client = clientOf(moto.address)
  rds = new RDSClient(client)
  ec2 = new EC2Client(client)
  // What the stack has of it: moto's CloudFormation makes half of such a stack, and says that it is complete.
  const { Subnets: subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}))
  const SubnetIds = subnets.flatMap(({ SubnetId: id }) => id ?? []).slice(0, 2)
  const DBSubnetGroupName = 'trial-subnets'
  await rds.send(new CreateDBSubnetGroupCommand({ DBSubnetGroupName, DBSubnetGroupDescription: 'trial', SubnetIds }))
  const group = { DBParameterGroupName: 'trial-parameters', DBParameterGroupFamily: 'postgres15', Description: 'trial' }
  await rds.send(new CreateDBParameterGroupCommand(group))
  await rds.send(
    new CreateDBInstanceCommand({
      DBInstanceIdentifier: 'trial-primary',
      DBInstanceClass: 'db.r5.xlarge',
      Engine: 'postgres',
      AllocatedStorage: 100,
      MasterUsername: 'edge',
      MasterUserPassword: 'not-a-secret',
      BackupRetentionPeriod: 7,
      MultiAZ: true,
      DeletionProtection: true,
      DBSubnetGroupName,
      DBParameterGroupName: group.DBParameterGroupName,
      VpcSecurityGroupIds: ['sg-0a1b2c3d'],
    }),
  )
  await rds.send(
    new CreateDBInstanceReadReplicaCommand({
      DBInstanceIdentifier: 'trial-replica',
      SourceDBInstanceIdentifier: 'trial-primary',
    }),
  )
  await rds.send(
    new CreateDBProxyCommand({
      DBProxyName: 'trial-pool',
      EngineFamily: 'POSTGRESQL',
      RoleArn: 'arn:aws:iam::123456789012:role/pool',
      Auth: [{ AuthScheme: 'SECRETS', SecretArn: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:trial' }],
      VpcSubnetIds: SubnetIds,
    }),
  )
  const DBInstanceIdentifiers = ['trial-primary']
  await rds.send(new RegisterDBProxyTargetsCommand({ DBProxyName: 'trial-pool', DBInstanceIdentifiers }))
  // And what functions, their alarms and the secret are to who looks after them.
  for (const name of ['validate-restore', 'rotate-password', 'replica-heartbeat', 'webhook']) {
    const log = `/aws/lambda/trial-${name}`
    const event = `timestamp=$(date +%s%3N),message=${name}-failed`
    await typed(`aws logs create-log-group --log-group-name ${log}`)
    await typed(`aws logs create-log-stream --log-group-name ${log} --log-stream-name one`)
    await typed(`aws logs put-log-events --log-group-name ${log} --log-stream-name one --log-events ${event}`)
  }
  await typed("aws events put-rule --name NAME-RULE --schedule-expression 'rate(1 minute)'")
  await typed("aws secretsmanager create-secret --name SECRET --secret-string '{}'")
  const looksAt = '--namespace AWS/Lambda --metric-name Errors --statistic Sum --period 300 --evaluation-periods 1'
  await typed(
    `aws cloudwatch put-metric-alarm --alarm-name NAME-FUNCTION.errors ${looksAt} --threshold 0 --comparison-operator GreaterThanThreshold`,
  )
})
afterAll(() => moto.stop())

/** Types a command of the page with the words of this instance in it; answers what it printed. */
async function typed(command: string): Promise<string> {
  const said = command.replaceAll(
    /\b(NAME|MOMENT|SUBNETS|GROUP|PARAMETERS|FUNCTION|SECRET|RULE)\b/g,
    (word) => words[word] ?? word,
  )
  const { code, stdout, stderr } = await moto.shell(said)
  if (code !== 0) throw new Error(`${said} ended with ${code}: ${stderr}`)
  return stdout.trim()
}
const commandsOf = (part: string): readonly string[] => parts.get(part) ?? []
async function instance(name: string) {
  const { DBInstances: [found] = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }))
  return found
}

describe('the runbook of the database on AWS', () => {
  it('has commands in each of its parts', () => {
    expect(['Fail over', 'Bring back a moment', 'Promote the replica'].map((part) => commandsOf(part).length)).toEqual([
      3, 6, 6,
    ])
  })

  it('fails over, and the primary is available afterwards', async () => {
    for (const command of commandsOf('Fail over')) await typed(command)
    expect((await instance('trial-primary'))?.DBInstanceStatus).toBe('available')
  })

  it('restores a moment beside what is live, where the live one stands, and removes it', async () => {
    const [look = '', restore = '', wait = '', where = '', ...remove] = commandsOf('Bring back a moment')
    const [, subnets, group, parameters] = (await typed(look)).split(/\s+/)
    Object.assign(words, { SUBNETS: subnets, GROUP: group, PARAMETERS: parameters })
    for (const command of [restore, wait]) await typed(command)
    const restored = await instance('trial-restored')
    expect([
      restored?.DBSubnetGroup?.DBSubnetGroupName,
      restored?.VpcSecurityGroups?.map(({ VpcSecurityGroupId: id }) => id),
    ]).toEqual(['trial-subnets', ['sg-0a1b2c3d']])
    // The emulator does not say who may reach it.
    expect(restore).toContain('--no-publicly-accessible')
    expect(await typed(where)).toContain('trial-restored')
    expect((await instance('trial-primary'))?.DBInstanceStatus).toBe('available')
    for (const command of remove) await typed(command)
    await expect(instance('trial-restored')).rejects.toThrow('not found')
  })

  it('promotes the replica, gives it a standby, and leads the pool to it', async () => {
    for (const command of commandsOf('Promote the replica')) await typed(command)
    const promoted = await instance('trial-replica')
    // moto goes on to name the source of a replica that was promoted.
    const { MultiAZ: hasStandby, DeletionProtection: isProtected, BackupRetentionPeriod: days } = promoted ?? {}
    expect([hasStandby, isProtected, days]).toEqual([true, true, 7])
    const { Targets: targets = [] } = await rds.send(new DescribeDBProxyTargetsCommand({ DBProxyName: 'trial-pool' }))
    expect(targets.map(({ RdsResourceId: id }) => id)).toEqual(['trial-replica'])
  })
})

describe('what every other page has somebody type of AWS', () => {
  it('is in four pages at least', () => {
    const pages = ['backup-failed.md', 'monitoring.md', 'passwords.md', 'replica-lag.md']
    expect(new Set(elsewhere.map(([page]) => page))).toEqual(new Set(pages))
  })

  it.each(elsewhere.filter(([, command]) => !notKnown.test(command)))('%s: %s', async (_, command) => {
    // What was written into the log is shown; of all else it counts that it ends well.
    expect(await typed(inVersion1(command))).toMatch(command.startsWith('aws logs tail') ? /-failed/ : /^/)
  })

  it.each(elsewhere.filter(([, command]) => notKnown.test(command)))('%s, but for moto: %s', async (_, command) => {
    await expect(typed(command)).rejects.toThrow('ended with')
  })

  it('has the alarm and the secret as it says', async () => {
    expect(await typed('aws cloudwatch describe-alarms --alarm-names NAME-FUNCTION.errors')).toContain('destroyed')
    expect(await typed('aws secretsmanager describe-secret --secret-id SECRET')).toContain('LastRotatedDate')
  })
})

it('knows of each class how many operations its disks are good for, as EC2 says it of the machine', async () => {
  const said = new Map<string, number | undefined>()
  // moto has AWS's own answers.
  for await (const { InstanceTypes: types = [] } of paginateDescribeInstanceTypes({ client: ec2 }, {}))
    for (const { InstanceType: type, EbsInfo: ebs } of types)
      said.set(`db.${type}`, ebs?.EbsOptimizedInfo?.BaselineIops)
  expect([...classOperations].filter(([name, operations]) => said.get(name) !== operations)).toEqual([])
})
