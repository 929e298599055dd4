import { AuthorizeSecurityGroupIngressCommand, EC2Client } from '@aws-sdk/client-ec2'
import {
  DeregisterDBProxyTargetsCommand,
  DescribeDBInstancesCommand,
  DescribeDBProxyTargetsCommand,
  ModifyDBInstanceCommand,
  ModifyDBParameterGroupCommand,
  RDSClient,
  RebootDBInstanceCommand,
  RegisterDBProxyTargetsCommand,
} from '@aws-sdk/client-rds'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JudgementJson } from '../src/core/verify.ts'
import { type DeployedStack, deployedStack } from '../src/targets/aws/deployed-stack.ts'
import { AwsTrial } from './ministack/trial.ts'

const network = `aws: { network: { admits: ['10.1.0.0/16'] } },`
const both = ['trial-primary', 'trial-replica'] as const

let trial: AwsTrial
let rds: RDSClient
let stack: DeployedStack
beforeAll(async () => {
  trial = await AwsTrial.make()
  await trial.configure(network)
  await trial.deploy('database', '--yes')
  stack = await deployedStack('trial-database', trial.asked)
  rds = new RDSClient(trial.asked)
})
afterAll(() => trial.remove())

const instance = async (name: string) => {
  const { DBInstances: [found] = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }))
  return found
}
async function verified(...words: string[]) {
  const { code, stdout } = await trial.edge('verify', ...words, '--json')
  const { guarantees, amiss = [] }: { guarantees: readonly JudgementJson[]; amiss?: readonly string[] } =
    JSON.parse(stdout)
  const broken = guarantees.filter(({ verdict }) => verdict === 'broken')
  return { code, guarantees, amiss, broken: Object.fromEntries(broken.map(({ id, because }) => [id, because])) }
}

describe('a database on AWS beside the CDN, in one configuration', () => {
  it('is verified with the site, and each line of both says that it was an emulator', async () => {
    await trial.must('publish', trial.dist)
    const { guarantees } = await verified('cdn', 'database')
    const kept = (component: string) =>
      guarantees.filter((one) => one.component === component && one.verdict === 'kept').length
    expect([kept('cdn') > 1, kept('database')]).toEqual([true, 13])
    const broken = guarantees.filter(({ verdict, component }) => verdict === 'broken' && component === 'database')
    expect(broken).toEqual([])
    expect(guarantees.flatMap(({ evidence }) => evidence ?? []).filter(({ on }) => on !== 'emulator')).toEqual([])
  })
})

const changed = `${network} database: {
  maxConnections: 600, parameters: { work_mem: '16MB' }, rds: { class: 'db.r5.2xlarge', storage: '200 GB' },
},`

describe('a change of the database on AWS', () => {
  it('is shown by the plan, name by name, with what waits for a restart', async () => {
    await trial.configure(changed)
    const out = await trial.must('plan', 'cdn', 'database')
    expect(out).toMatch(
      /change +Parameters\w* +AWS::RDS::DBParameterGroup: Parameters.max_connections, Parameters.work_mem/,
    )
    expect(out).toMatch(/change +Primary\w* +AWS::RDS::DBInstance: AllocatedStorage, DBInstanceClass/)
    expect(out).toMatch(/change +Replica\w* +AWS::RDS::DBInstance: DBInstanceClass/)
    expect(out).toContain('none of them replaces or deletes anything')
    expect(out).toMatch(/in force after a restart of the instances, where they change: .*max_connections/)
  })

  it('is made in place, and a parameter that PostgreSQL reads at its start waits for a restart, which is said', async () => {
    const out = await trial.must('deploy', 'database', '--yes')
    const restart = (name: string) => `aws rds reboot-db-instance --db-instance-identifier ${name} --region us-east-1`
    for (const name of both) expect(out).toContain(`${name}: parameters wait for a restart: ${restart(name)}`)
    const found = await Promise.all(both.map(instance))
    expect(found.map((one) => [one?.DBInstanceClass, one?.DBParameterGroups?.[0]?.ParameterApplyStatus])).toEqual([
      ['db.r5.2xlarge', 'pending-reboot'],
      ['db.r5.2xlarge', 'pending-reboot'],
    ])
    expect(found[0]?.AllocatedStorage).toBe(200)
    const { broken, guarantees } = await verified('database.parameters')
    expect(broken).toEqual({ 'database.parameters': expect.stringContaining('trial-primary and trial-replica') })
    expect(guarantees[0]?.next).toContain(restart('trial-primary'))
  })

  it('is in force after the restart, and nothing is left to deploy', async () => {
    for (const DBInstanceIdentifier of both) await rds.send(new RebootDBInstanceCommand({ DBInstanceIdentifier }))
    await expect.poll(async () => (await instance('trial-replica'))?.DBInstanceStatus).toBe('available')
    expect(JSON.parse(await trial.must('deploy', 'database', '--json', '--yes'))).toMatchObject({ changed: 0 })
    expect(await verified('database')).toMatchObject({ code: 0, broken: {}, amiss: [] })
  })
})

describe('what a hand changed of the database on AWS', () => {
  it('is found property by property, by the plan and by verify, and put back by a deployment', async () => {
    const open = { IpProtocol: 'tcp', FromPort: 5432, ToPort: 5432, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }
    const GroupId = stack.id('DatabaseGroup')
    await new EC2Client(trial.asked).send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [open] }))
    const work = { ParameterName: 'work_mem', ParameterValue: '4096', ApplyMethod: 'immediate' as const }
    const DBParameterGroupName = stack.id('Parameters')
    await rds.send(new ModifyDBParameterGroupCommand({ DBParameterGroupName, Parameters: [work] }))
    const lax = { DeletionProtection: false, BackupRetentionPeriod: 1, MultiAZ: false, ApplyImmediately: true }
    await rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'trial-primary', ...lax }))

    const out = await trial.must('plan', 'cdn', 'database', '--drift')
    expect(out).toMatch(/changed by hand +DatabaseGroup: \/SecurityGroupIngress\/\d/)
    expect(out).toMatch(/changed by hand +Parameters\w*: \/Parameters\/work_mem/)
    expect(out).toMatch(/changed by hand +Primary\w*: \/BackupRetentionPeriod, \/DeletionProtection, \/MultiAZ/)
    const { code, broken, amiss } = await verified('database')
    expect([code, Object.keys(broken).toSorted()]).toEqual([
      1,
      ['network', 'noLostWrites', 'parameters', 'standby', 'survivesMachineLoss'].map((name) => `database.${name}`),
    ])
    expect(amiss).toEqual([
      expect.stringContaining('deletion protection, encryption is false, true, true, and has to be true, true, true'),
      expect.stringContaining('days of automated backups is 1, and has to be 7'),
    ])

    expect(await trial.must('deploy', 'database', '--revert-drift', '--yes')).toContain('3 put back')
    expect(await trial.must('plan', 'cdn', 'database', '--drift')).not.toContain('by hand')
    expect(await verified('database')).toMatchObject({ code: 0, broken: {}, amiss: [] })
  })
})

describe('a database on AWS whose replica was promoted', () => {
  const DBProxyName = 'trial-pool'
  const leads = async (from: string, to: string) => {
    await rds.send(new DeregisterDBProxyTargetsCommand({ DBProxyName, DBInstanceIdentifiers: [from] }))
    await rds.send(new RegisterDBProxyTargetsCommand({ DBProxyName, DBInstanceIdentifiers: [to] }))
  }
  const target = async () => {
    const { Targets: targets = [] } = await rds.send(new DescribeDBProxyTargetsCommand({ DBProxyName }))
    return targets.map(({ RdsResourceId: id }) => id)
  }
  const page = 'docs/runbooks/database-on-aws.md, "Promote the replica"'

  it('is verified with the page that says how to go on, and with no deployment that would take it back', async () => {
    await leads('trial-primary', 'trial-replica')
    await rds.send(
      new ModifyDBInstanceCommand({ DBInstanceIdentifier: 'trial-primary', MultiAZ: false, ApplyImmediately: true }),
    )
    const { guarantees, broken } = await verified('database')
    expect(broken).toMatchObject({
      'database.poolMaximum': expect.stringContaining('the pool stands before is Replica'),
      'database.standby': expect.anything(),
    })
    const next = guarantees.filter(({ verdict }) => verdict === 'broken').map((one) => one.next)
    expect([...new Set(next)]).toEqual([expect.stringContaining(page)])
    expect(next.join()).not.toContain('--revert-drift')
  })

  it('is not led back by a deployment, neither of what a hand changed nor of another configuration', async () => {
    const refused = async (...words: string[]) => {
      const { code, stderr } = await trial.edge('deploy', 'database', '--yes', ...words)
      expect([code, stderr]).toEqual([
        1,
        expect.stringContaining(
          'its pool stands before trial-replica: a deployment would lead it back to trial-primary',
        ),
      ])
      for (const word of [page, 'nothing was deployed', 'aws rds register-db-proxy-targets --db-proxy-name trial-pool'])
        expect(stderr).toContain(word)
    }
    await refused('--revert-drift')
    await trial.configure(changed.replace('600', '700'))
    await refused()
    expect(await target()).toEqual(['trial-replica'])
  })

  it('is deployed again when the primary stands behind the pool', async () => {
    await leads('trial-replica', 'trial-primary')
    await trial.must('deploy', 'database', '--revert-drift', '--yes')
    expect((await verified('database.poolMaximum', 'database.standby')).broken).toEqual({})
  })
})
