import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2'
import {
  CreateDBInstanceCommand,
  CreateDBProxyCommand,
  RDSClient,
  RegisterDBProxyTargetsCommand,
} from '@aws-sdk/client-rds'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { Between, letThrough } from '../../../test/ministack/between.ts'
import { testWorld } from '../../../test/world.ts'
import { settles } from './settles.ts'

const names = { pool: '', session: '', reader: '', secret: '', primary: '', subnets: '', group: '', heartbeats: '' }
const endpoints = { ...names, gibibytes: 100, functions: { group: '', subnets: [], database: '', user: '' } }
const where = { instance: 'trial', account: '000000000000', region: 'us-east-1' }
const { world } = testWorld()

let between: Between
/** How long was waited for, without waiting for it. */
let waitedMs = 0
const hurried = {
  ...world,
  now: () => new Date(waitedMs),
  sleep: (ms: number) => {
    waitedMs += ms
    return Promise.resolve()
  },
}
beforeAll(async () => {
  between = await Between.withEmulator()
  for (const [name, value] of Object.entries(between.environment)) vi.stubEnv(name, value)
  const rds = new RDSClient({})
  for (const DBInstanceIdentifier of ['trial-primary', 'trial-replica']) {
    const made = { Engine: 'postgres', DBInstanceClass: 'db.t3.micro', AllocatedStorage: 20, MasterUsername: 'edge' }
    await rds.send(new CreateDBInstanceCommand({ ...made, DBInstanceIdentifier, MasterUserPassword: 'not-a-secret' }))
  }
  const of = {
    DBProxyName: 'trial-pool',
    EngineFamily: 'POSTGRESQL',
    RoleArn: 'arn:aws:iam::000000000000:role/pool',
  } as const
  const Auth = [
    { AuthScheme: 'SECRETS', SecretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:trial' },
  ] as const
  const { Subnets: subnets = [] } = await new EC2Client({}).send(new DescribeSubnetsCommand({}))
  const VpcSubnetIds = subnets.flatMap(({ SubnetId: id }) => id ?? []).slice(0, 2)
  await rds.send(new CreateDBProxyCommand({ ...of, Auth: [...Auth], VpcSubnetIds }))
  await rds.send(
    new RegisterDBProxyTargetsCommand({ DBProxyName: 'trial-pool', DBInstanceIdentifiers: ['trial-primary'] }),
  )
})
afterEach(() => {
  between.rule = letThrough
  waitedMs = 0
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await between.stop()
})

/** RDS that has no connection to the database for so many looks, and says why. */
function awayFor(looks: number, reason: string): void {
  let seen = 0
  between.rule = async ({ body }, answer) => {
    const now = await answer()
    if (!body.includes('Action=DescribeDBProxyTargets&')) return now
    seen += 1
    const away = `<State>UNAVAILABLE</State><Reason>${reason}</Reason>`
    return seen > looks ? now : { ...now, body: now.body.replace('<State>AVAILABLE</State>', away) }
  }
}

it('waits until the pool reaches the database', async () => {
  awayFor(3, 'PENDING_PROXY_CAPACITY')
  expect(await settles(endpoints, where, hurried)).toEqual([])
  expect(waitedMs).toBe(15_000)
})

it('gives up after a quarter of an hour, and says what to look at', async () => {
  awayFor(Infinity, 'AUTH_FAILURE')
  await expect(settles(endpoints, where, hurried)).rejects.toMatchObject({
    message: 'does not reach the database: UNAVAILABLE, AUTH_FAILURE',
    hints: expect.arrayContaining([expect.stringContaining('kms:Decrypt')]),
  })
})

it('says of an instance whose storage RDS works on that it serves', async () => {
  between.rule = async ({ body }, answer) => {
    const now = await answer()
    const isAsked = body.includes('Action=DescribeDBInstances&') && body.includes('trial-primary')
    const status = '<DBInstanceStatus>storage-optimization</DBInstanceStatus>'
    return isAsked ? { ...now, body: now.body.replace(/<DBInstanceStatus>[^<]*<\/DBInstanceStatus>/, status) } : now
  }
  expect(await settles(endpoints, where, hurried)).toEqual([
    'trial-primary: RDS works on its storage for some hours. It serves, and takes no change of its storage',
  ])
})
