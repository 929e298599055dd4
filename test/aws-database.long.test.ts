import {
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2'
import {
  CreateDBInstanceCommand,
  DeleteDBInstanceCommand,
  DescribeDBInstancesCommand,
  DescribeDBParametersCommand,
  DescribeDBSnapshotsCommand,
  ModifyDBInstanceCommand,
  RDSClient,
} from '@aws-sdk/client-rds'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { deployedStack } from '../src/targets/aws/deployed-stack.ts'
import { Between, letThrough } from './ministack/between.ts'
import { denied } from './ministack/interrupt.ts'
import { AwsTrial } from './ministack/trial.ts'

const network = `aws: { network: { admits: ['10.1.0.0/16'] } },`

let trial: AwsTrial
let between: Between
let rds: RDSClient
beforeAll(async () => {
  trial = await AwsTrial.make()
  between = await Between.start(trial.emulator)
  trial.environment = between.environment
  await trial.configure(network)
  await trial.must('deploy', 'database', '--yes')
  rds = new RDSClient(trial.asked)
})
afterEach(async () => {
  between.rule = letThrough
  await trial.configure(network)
})
afterAll(async () => {
  await between.stop()
  await trial.remove()
})

const instance = async (name = 'trial-primary') => {
  const { DBInstances: [found] = [] } = await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: name }))
  return found
}
const modify = (change: object, DBInstanceIdentifier = 'trial-primary') =>
  rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, ...change, ApplyImmediately: true }))
async function parameter(name: string): Promise<string | undefined> {
  const stack = await deployedStack('trial-database', trial.asked)
  const asked = new DescribeDBParametersCommand({ DBParameterGroupName: stack.id('Parameters') })
  const { Parameters: found = [] } = await rds.send(asked)
  return found.find(({ ParameterName }) => ParameterName === name)?.ParameterValue
}
async function verified() {
  const { code, stdout } = await trial.edge('verify', 'database', '--json')
  const { broken, amiss = [] }: { broken: number; amiss?: readonly string[] } = JSON.parse(stdout)
  return { code, broken, amiss }
}
const whole = { code: 0, broken: 0, amiss: [] }

/** What has to be typed, of what a command said: each on a line of its own, without what it is for. */
const commandsIn = (said: string): readonly string[] =>
  [...said.matchAll(/(?:^|[ :])((?:aws rds|edge destroy|edge deploy) .*?)(?= lifts| deletes| makes| waits|,|$)/gm)].map(
    ([, command = '']) => command,
  )

describe('a change of the database that RDS refuses', () => {
  it('is rolled back and told: which resource, why, what stands, what comes next; and verify is true', async () => {
    await trial.configure(`${network} database: { parameters: { wrok_mem: 16384 }, rds: { class: 'db.r5.2xlarge' } },`)
    const ran = await trial.edge('deploy', 'database', '--yes')
    expect(ran.code).toBe(1)
    expect(ran.stderr).toMatch(/aws: it was not deployed\. Parameters\w*: Could not find parameter with name: wrok_mem/)
    expect(ran.stderr).toContain('trial-database: UPDATE_ROLLBACK_COMPLETE; what was there before is there again')
    expect(ran.stderr).toContain('mend the cause, then edge plan --target aws, and edge deploy --target aws again')
    await trial.configure(network)
    expect((await instance())?.DBInstanceClass).toBe('db.r5.xlarge')
    expect(await verified()).toEqual(whole)
    expect(JSON.parse(await trial.must('deploy', 'database', '--json', '--yes'))).toMatchObject({ changed: 0 })
  })

  it('takes with it what was changed before it: all is as it was', async () => {
    const before = await parameter('work_mem')
    await trial.configure(`${network} database: { parameters: { work_mem: '16MB' }, rds: { class: 'db.r5.huge' } },`)
    // Where the class may not be asked for, RDS says it in the middle.
    between.rule = async (asked, emulator) =>
      asked.body.includes('Action=DescribeOrderableDBInstanceOptions') ? denied : emulator()
    const ran = await trial.edge('deploy', 'database', '--yes')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('the database is not looked at before')])
    expect(ran.stderr).toMatch(
      /aws: it was not deployed\. (Primary|Replica)\w*: Invalid DB Instance class: db\.r5\.huge/,
    )
    expect(ran.stderr).toContain('UPDATE_ROLLBACK_COMPLETE')
    expect(await parameter('work_mem')).toBe(before)
    await trial.configure(network)
    expect(await verified()).toEqual(whole)
  })
})

describe('what would be refused in the middle of a deployment', () => {
  const of = (settings: string) => `aws: { network: ${settings} },`
  it.each([
    [
      'a VPC that is not there',
      of(`{ vpc: 'vpc-0a1b2c3d', subnets: ['subnet-0a1b2c3d', 'subnet-4e5f6071'] }`),
      'aws.network.vpc: there is no VPC vpc-0a1b2c3d in us-east-1',
    ],
    [
      'a security group that is not there',
      of(`{ admits: ['sg-0a1b2c3d'] }`),
      'aws.network.admits: there is no security group sg-0a1b2c3d in us-east-1',
    ],
    [
      'a class that the region does not have',
      `database: { rds: { class: 'db.r5.huge' } },`,
      'database.rds.class: RDS has no db.r5.huge for PostgreSQL in us-east-1',
    ],
    [
      'storage that is less than there is',
      `database: { rds: { storage: '50 GB' } },`,
      'database.rds.storage: cannot be 50 GB: trial-primary has 100 GB, and RDS takes none back',
    ],
  ])('is looked at before: %s', async (_, settings, says) => {
    await trial.configure(settings)
    const ran = await trial.edge('deploy', 'database', '--yes')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(says)])
    expect(ran.stderr).toContain('nothing was deployed')
  })

  it('is looked at before a first deployment, too: subnets of another VPC, and of one zone', async () => {
    const ec2 = new EC2Client(trial.asked)
    const { Vpcs: vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}))
    const { Subnets: subnets = [] } = await ec2.send(new DescribeSubnetsCommand({}))
    const first = vpcs.find(({ IsDefault: is }) => is)?.VpcId ?? ''
    const inFirst = subnets.flatMap(({ SubnetId: id, VpcId: vpc }) => (vpc === first && id ? [id] : []))
    const zone = {
      VpcId: first,
      AvailabilityZone: subnets.find(({ SubnetId: id }) => id === inFirst[0])?.AvailabilityZone,
    }
    const { Subnet: beside } = await ec2.send(new CreateSubnetCommand({ ...zone, CidrBlock: '172.31.128.0/24' }))
    const strange = subnets.find(({ VpcId: vpc }) => vpc !== first)?.SubnetId
    for (const [ids, says] of [
      [[inFirst[0], strange], `${strange} is of `],
      [[inFirst[0], beside?.SubnetId], 'lie in one zone (us-east-1'],
    ] as const) {
      await trial.configure(of(`{ vpc: '${first}', subnets: ${JSON.stringify(ids)} }`), 'second')
      const ran = await trial.edge('deploy', 'database', '--yes')
      expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(`aws.network.subnets: ${says}`)])
    }
    const its = await ec2.send(new CreateSecurityGroupCommand({ GroupName: 'app', Description: 'app', VpcId: first }))
    await trial.configure(of(`{ admits: ['${its.GroupId}'] }`), 'second')
    const ran = await trial.edge('deploy', 'database', '--yes')
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringContaining(`${its.GroupId} is of ${first}, and the database`),
    ])
    expect(await trial.must('plan', 'cdn', 'database')).toMatch(/second-monitoring .*not there yet/)
  })

  it('is a database that would move to another network', async () => {
    const { Vpcs: vpcs = [] } = await new EC2Client(trial.asked).send(new DescribeVpcsCommand({}))
    const first = vpcs.find(({ IsDefault: is }) => is)?.VpcId ?? ''
    const { Subnets: subnets = [] } = await new EC2Client(trial.asked).send(new DescribeSubnetsCommand({}))
    const its = subnets.flatMap(({ SubnetId: id, VpcId: vpc }) => (vpc === first && id ? [id] : []))
    await trial.configure(of(`{ vpc: '${first}', subnets: ${JSON.stringify(its.slice(0, 2))} }`))
    const ran = await trial.edge('deploy', 'database', '--yes')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining(`aws.network.vpc: cannot be ${first}`)])
  })

  it('is who asks, and where: a session that ended, and a region in which nothing is', async () => {
    between.rule = async (asked, emulator) =>
      asked.body.includes('Action=GetCallerIdentity')
        ? {
            status: 403,
            body: '<ErrorResponse><Error><Code>ExpiredToken</Code><Message>it ended</Message></Error></ErrorResponse>',
          }
        : emulator()
    const ended = await trial.edge('deploy', 'database', '--yes')
    expect([ended.code, ended.stderr]).toEqual([2, expect.stringContaining('aws: ExpiredToken: it ended')])
    expect(ended.stderr).toContain('sign in again (aws sso login)')
    between.rule = letThrough
    await trial.configure(`aws: { region: 'eu-centrel-1' },`)
    const misspelt = await trial.edge('plan', 'database')
    expect([misspelt.code, misspelt.stderr]).toEqual([
      2,
      expect.stringContaining("aws.region: is no region of AWS (got 'eu-centrel-1')"),
    ])
    expect(misspelt.stderr).toContain("did you mean 'eu-central-1'?")
    await trial.configure(`aws: { region: 'eu-central-1' },`)
    const elsewhere = await trial.edge('verify', 'database')
    expect([elsewhere.code, elsewhere.stderr]).toEqual([
      1,
      expect.stringContaining('trial-database: is not deployed (account 000000000000, eu-central-1)'),
    ])
  })
})

describe('storage that has grown by itself', () => {
  it('is no change by hand, and is in the way of putting back one until the configuration names its size', async () => {
    await modify({ AllocatedStorage: 300 })
    expect(await trial.must('plan', 'cdn', 'database', '--drift')).not.toContain('by hand')
    await modify({ BackupRetentionPeriod: 1 })
    const ran = await trial.edge('deploy', 'database', '--revert-drift', '--yes')
    expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining('has grown to 300 GB')])
    expect(ran.stderr).toContain("database.rds.storage: '300 GB' in the configuration")
    await trial.configure(`${network} database: { rds: { storage: '300 GB' } },`)
    await trial.must('deploy', 'database', '--revert-drift', '--yes')
    const { BackupRetentionPeriod: days, AllocatedStorage: has } = (await instance()) ?? {}
    expect([days, has]).toEqual([7, 300])
    expect(await verified()).toEqual(whole)
    // As it was: nothing smaller is asked of RDS by a stack that began with this.
    await trial.configure(`${network} database: { rds: { storage: '200 GB' } },`)
    const smaller = await trial.edge('deploy', 'database', '--yes')
    expect(smaller.stderr).toContain('cannot be 200 GB: trial-primary has 300 GB, and RDS takes none back')
    await modify({ BackupRetentionPeriod: 7 })
  })
})

describe('a replica that a hand deleted', () => {
  it('is found, its promises are broken, and a deployment makes it again', async () => {
    const DBInstanceIdentifier = 'trial-replica'
    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }))
    await trial.configure(`${network} database: { rds: { storage: '300 GB' } },`)
    expect(await trial.must('plan', 'cdn', 'database', '--drift')).toMatch(/deleted by hand +Replica/)
    const { stdout } = await trial.edge('verify', 'database.readReplica', '--json')
    expect(JSON.parse(stdout).guarantees).toMatchObject([
      { verdict: 'broken', next: expect.stringContaining('edge deploy database --target aws --revert-drift') },
    ])
    const { amiss } = await verified()
    expect(amiss).toEqual(expect.arrayContaining([expect.stringContaining('name of the replica cannot be read: ')]))
    await trial.must('deploy', 'database', '--revert-drift', '--yes')
    expect(await verified()).toEqual(whole)
    expect(await trial.must('plan', 'cdn', 'database', '--drift')).not.toContain('by hand')
  })
})

describe('a deployment that would replace or delete the database', () => {
  /** A stack that was deployed with other templates than this version of edge makes. */
  const deployedWith = (change: (template: string) => string): void => {
    between.rule = async (asked, emulator) => {
      const answer = await emulator()
      const isIt = asked.body.includes('Action=GetTemplate') && asked.body.includes('trial-database')
      return isIt ? { ...answer, body: change(answer.body) } : answer
    }
  }

  it('is refused with the property that causes it, unless it is named', async () => {
    await trial.configure(`${network} database: { rds: { storage: '300 GB' } },`)
    deployedWith((template) => template.replace(/(DBName: )app/, '$1other'))
    const ran = await trial.edge('deploy', 'database', '--yes')
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/Primary\w* \(AWS::RDS::DBInstance\) would be replaced, for DBName/),
    ])
    expect(ran.stdout).toMatch(/REPLACE +Primary/)
    expect(ran.stderr).toContain('edge deploy database --target aws --allow-replacement database does it all the same')
    const dry = await trial.edge('deploy', 'database', '--dry-run', '--allow-replacement', 'database')
    expect([dry.code, dry.stderr]).toEqual([0, ''])
  })

  it('is refused where it is in the configuration no more', async () => {
    await trial.configure(`${network} database: { rds: { storage: '300 GB' } },`)
    deployedWith((template) => template.replaceAll(/\bReplica([0-9A-F]{8})\b/g, 'Former$1'))
    const ran = await trial.edge('deploy', 'database', '--yes')
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/Former\w* \(AWS::RDS::DBInstance\) would be deleted/),
    ])
    between.rule = letThrough
    // What is not named is left as it is.
    await trial.must('deploy', 'cdn', '--yes')
    expect((await instance())?.DBInstanceStatus).toBe('available')
  })
})

describe('a first deployment of the database that fails', () => {
  it('leaves what RDS protects, says each command that leads on, and those do', async () => {
    // The name that the replica is to have is somebody else's: all that comes before it is there by then.
    const DBInstanceIdentifier = 'second-replica'
    const strange = { Engine: 'postgres', DBInstanceClass: 'db.t3.micro', AllocatedStorage: 20, MasterUsername: 'edge' }
    const MasterUserPassword = 'not-a-secret'
    await rds.send(new CreateDBInstanceCommand({ ...strange, DBInstanceIdentifier, MasterUserPassword }))
    await trial.configure(network, 'second')
    const ran = await trial.edge('deploy', 'database', '--yes')
    expect([ran.code, ran.stderr]).toEqual([
      1,
      expect.stringMatching(/it was not deployed\. Replica\w*: .*already exists/),
    ])
    expect(ran.stderr).toContain('second-database: ROLLBACK_FAILED; its first deployment failed')
    const lift =
      'aws rds modify-db-instance --db-instance-identifier second-primary --no-deletion-protection --apply-immediately'
    expect(ran.stderr).toContain(`is protected against deletion: ${lift} --region us-east-1 lifts that`)

    // Called again, it says the same, and takes nothing for deployed.
    const again = await trial.edge('deploy', 'database', '--yes')
    expect([again.code, again.stderr]).toEqual([1, expect.stringContaining('second-database: ROLLBACK_FAILED')])
    expect(commandsIn(again.stderr)).toEqual([
      `${lift} --region us-east-1`,
      'edge destroy database --target aws',
      'edge deploy database --target aws',
    ])
    const seen = await trial.edge('verify', 'database')
    expect([seen.code, seen.stderr]).toEqual([1, expect.stringContaining('second-database: is not deployed')])
    expect((await trial.edge('status')).stdout).toContain('ROLLBACK_FAILED')

    await rds.send(new DeleteDBInstanceCommand({ DBInstanceIdentifier, SkipFinalSnapshot: true }))
    await modify({ DeletionProtection: false }, 'second-primary')
    await trial.must('destroy', 'database', '--yes')
    await trial.must('deploy', 'database', '--yes')
    expect(await verified()).toEqual(whole)
  })
})

describe('the end of a database on AWS', () => {
  it('is asked for, refused while it is protected, and leaves a last snapshot, which is said', async () => {
    const asked = await trial.edge('destroy', 'database')
    expect([asked.code, asked.stderr]).toEqual([
      1,
      expect.stringContaining('trial-primary: protected against deletion'),
    ])
    await modify({ DeletionProtection: false })
    const unasked = await trial.edge('destroy', 'database')
    expect([unasked.code, unasked.stderr]).toEqual([2, expect.stringContaining('there is no terminal to ask on')])
    expect(unasked.stdout).toContain('the database is gone then, but for its last snapshot and what AWS Backup holds')
    expect((await instance())?.DBInstanceStatus).toBe('available')
    const out = await trial.must('destroy', 'database', '--yes')
    const look = 'aws rds describe-db-snapshots --db-instance-identifier trial-primary --snapshot-type manual'
    expect(out).toContain(`The last snapshot: ${look} --region us-east-1`)
    const left = await rds.send(new DescribeDBSnapshotsCommand({ DBInstanceIdentifier: 'trial-primary' }))
    expect(left.DBSnapshots?.map(({ SnapshotType: type }) => type)).toEqual(['manual'])
    await expect(instance()).rejects.toThrow('not found')
  })
})
