import { readFile } from 'node:fs/promises'
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
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { project } from './instance.ts'
import { Moto } from './moto/moto.ts'

let moto: Moto
let rds: RDSClient
/** The commands of each part of the page, in its order. */
let parts: ReadonlyMap<string, readonly string[]>
const words: Record<string, string> = { NAME: 'trial', MOMENT: '2026-01-31T12:00:00Z' }

beforeAll(async () => {
  const page = await readFile(join(project, 'docs/runbooks/database-on-aws.md'), 'utf8')
  parts = new Map(
    page
      .split(/^## /m)
      .map((part) => [
        part.split('\n')[0] ?? '',
        part.split('\n').flatMap((line) => (line.startsWith('    aws ') ? [line.trim()] : [])),
      ]),
  )
  moto = await Moto.start()
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = { region: 'us-east-1', endpoint: moto.address, credentials }
  rds = new RDSClient(client)
  // What the stack has of it: moto's CloudFormation makes half of such a stack, and says that it is complete.
  const { Subnets: subnets = [] } = await new EC2Client(client).send(new DescribeSubnetsCommand({}))
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
})
afterAll(() => moto.stop())

/** Types a command of the page with the words of this instance in it; answers what it printed. */
async function typed(command: string): Promise<string> {
  const said = command.replaceAll(/\b(NAME|MOMENT|SUBNETS|GROUP|PARAMETERS)\b/g, (word) => words[word] ?? word)
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
