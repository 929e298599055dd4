import { CreateTableCommand, DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientOf } from '../../../test/emulator-client.ts'
import { MiniStack } from '../../../test/ministack/ministack.ts'
import { testWorld } from '../../../test/world.ts'
import type { Check, Verdict } from '../../../src/core/check.ts'
import { duration } from '../../../src/core/units.ts'
import { onEmulator } from '../../../src/targets/aws/proof.ts'
import { TwoServers } from '../proofs/two-servers.ts'
import { inForce } from './check-by-sql.ts'
import { checksOnAws } from './checks.ts'
import type { DatabaseEndpointOnAws } from './doors.ts'

const table = 'trial-heartbeats'
const { noLostWrites, boundedStaleness, readReplica, encryptedConnections } = checksOnAws
let emulator: MiniStack
let servers: TwoServers
let endpoint: DatabaseEndpointOnAws
beforeAll(async () => {
  ;[emulator, servers] = await Promise.all([MiniStack.start(), TwoServers.start()])
  const client = clientOf(emulator.address)
  const SecretString = JSON.stringify(servers.signIn)
  await new SecretsManagerClient(client).send(new CreateSecretCommand({ Name: 'trial', SecretString }))
  // As the stack has it: test/aws-rooms.emulator.test.ts reads that back.
  await new DynamoDBClient(client).send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
    }),
  )
  const { pool, session, reader } = servers
  endpoint = {
    deployed: { client, id: (name) => name, named: (text) => text },
    proofs: [],
    component: 'database',
    instance: 'trial',
    region: client.region,
    doors: { pool, session, reader, secret: 'trial', heartbeats: table },
    staleness: duration('5 seconds'),
    parameters: [],
  }
})
afterAll(async () => {
  await servers.stop()
  await emulator.stop()
})

/** What a check says; `env` beside the file of the authority. */
async function verdictOf(
  check: (typeof checksOnAws)[keyof typeof checksOnAws],
  { at = endpoint, env = { PGSSLROOTCERT: servers.authority } }: { at?: DatabaseEndpointOnAws; env?: object } = {},
): Promise<Verdict> {
  // Both are functions: the first test would fail if one were not.
  const asked = check as Check<DatabaseEndpointOnAws>
  return asked(at, testWorld({ env: { ...env } }).world)
}
const losses = () => verdictOf(noLostWrites)
const saidOf = (verdict: Verdict): string => ('because' in verdict ? verdict.because : '')

describe('writes that were acknowledged', () => {
  it('are counted from the first run on, and are proven by the next one', async () => {
    const first = await losses()
    expect(first).toEqual({ is: 'notClaimed', because: expect.stringContaining('begins with this run') })
    expect(await losses()).toMatchObject({
      is: 'kept',
      evidence: { how: 'measured', facts: { 'heartbeats acknowledged': 1, 'in the database': 1, 'written now': 2 } },
    })
    expect(await losses()).toMatchObject({ evidence: { facts: { 'heartbeats acknowledged': 2, 'written now': 3 } } })
  })

  it('are not kept where the database is of before, until what was lost is there again', async () => {
    await servers.query('pool', 'update edge.heartbeat set number = 1')
    for (let run = 0; run < 2; run += 1) {
      const lost = await losses()
      expect(lost).toMatchObject({
        is: 'broken',
        evidence: { facts: { 'heartbeats acknowledged': 3, 'in the database': 1 } },
        next: expect.stringContaining(`aws dynamodb delete-item --table-name ${table}`),
      })
      expect(saidOf(lost)).toMatch(/gone.* \(2 heartbeats; they were on timeline 1, the database is on timeline 1\)$/)
    }
    await servers.query('pool', 'update edge.heartbeat set number = 3')
    expect(await losses()).toMatchObject({ is: 'kept', evidence: { facts: { 'written now': 4 } } })
  })

  it('are not kept where another database has taken its place, until somebody who knows of it begins a new count', async () => {
    await servers.query('pool', 'drop schema edge cascade')
    expect(saidOf(await losses())).toMatch(/^every heartbeat of the database is gone; the last one was acknowledged at/)
    const remove = new DeleteItemCommand({ TableName: table, Key: { id: { S: 'newest' } } })
    await new DynamoDBClient(endpoint.deployed.client).send(remove)
    expect([(await losses()).is, (await losses()).is]).toEqual(['notClaimed', 'kept'])
  })

  it('are not kept where no disk has them when they are acknowledged', async () => {
    await servers.query('pool', 'alter role edge set synchronous_commit = off')
    expect(saidOf(await losses())).toBe('synchronous_commit is off: what is acknowledged is on no disk')
    await servers.query('pool', 'alter role edge reset synchronous_commit')
    expect((await losses()).is).toBe('kept')
  })

  it('are not kept where there is no standby', async () => {
    const proofs = [
      onEmulator({
        type: 'AWS::RDS::DBInstance',
        says: 'a standby',
        fact: 'standby',
        proves: ['standby'],
        is: true,
        template: () => true,
        readBack: () => Promise.resolve(false),
      }),
    ]
    expect(saidOf(await verdictOf(noLostWrites, { at: { ...endpoint, proofs } }))).toBe(
      'standby is false, and has to be true',
    )
  })
})

describe('what a reader sees', () => {
  it('is as old as a written row takes to be there', async () => {
    expect(await verdictOf(boundedStaleness)).toMatchObject({
      is: 'kept',
      evidence: { how: 'measured', facts: { rows: 3, 'is a replica': true } },
    })
  })

  it('is too old where the replica replays nothing, and is not when it goes on', async () => {
    await servers.query('reader', 'select pg_wal_replay_pause()')
    expect(await verdictOf(boundedStaleness)).toMatchObject({
      is: 'broken',
      because: `a reader at ${servers.reader} does not see a row that was acknowledged 5 s ago`,
    })
    await servers.query('reader', 'select pg_wal_replay_resume()')
    expect((await verdictOf(boundedStaleness)).is).toBe('kept')
  })

  it('is of another database where a replica is none', async () => {
    // Where a promoted one is, its own rows are there at once.
    const at = { ...endpoint, doors: { ...endpoint.doors, reader: servers.pool } }
    expect(await verdictOf(boundedStaleness, { at })).toMatchObject({
      is: 'broken',
      because: expect.stringContaining('and is no replica'),
      next: expect.stringContaining('docs/runbooks/database-on-aws.md'),
      evidence: { facts: { 'is a replica': false } },
    })
  })
})

/** As the API says it of a stack that has all of it. */
const configured = (proves: string) =>
  onEmulator({
    type: 'AWS::RDS::DBInstance',
    says: proves,
    fact: proves,
    proves: [proves],
    is: true,
    template: () => true,
    readBack: () => Promise.resolve(true),
  })

describe('what the API says is configured', () => {
  const at = () => ({ ...endpoint, proofs: ['readReplica', 'encryptedConnections', 'parameters'].map(configured) })
  const nowhere = 'the emulator has no PostgreSQL at 127.0.0.1:1'
  const unreachable = () => ({
    at: { ...at(), doors: { ...endpoint.doors, pool: '127.0.0.1:1', session: '127.0.0.1:1', reader: '127.0.0.1:1' } },
    env: { AWS_ENDPOINT_URL: emulator.address, PGSSLROOTCERT: servers.authority },
  })

  it('of a replica is measured where it answers a read and replays, and declared where nobody answers', async () => {
    expect(await verdictOf(readReplica, { at: at() })).toMatchObject({
      is: 'kept',
      evidence: { how: 'measured', facts: { readReplica: 'true', 'rows read': 1, 'is a replica': true } },
    })
    const own = { ...at(), doors: { ...endpoint.doors, reader: servers.pool } }
    expect(saidOf(await verdictOf(readReplica, { at: own }))).toContain('and is no replica')
    expect(await verdictOf(readReplica, unreachable())).toMatchObject({
      is: 'kept',
      evidence: { how: 'declared', facts: { 'asked by SQL': nowhere } },
    })
  })

  it('of TLS is broken where a server asks for a password in clear, and measured where each refuses', async () => {
    expect(saidOf(await verdictOf(encryptedConnections, { at: at() }))).toBe(
      `${servers.pool} (pool) asks for a password over a connection that is not encrypted`,
    )
    await servers.forceTls()
    // Servers read their rules anew a moment after they are told to.
    await expect.poll(async () => (await verdictOf(encryptedConnections, { at: at() })).is).toBe('kept')
    expect(await verdictOf(encryptedConnections, { at: at() })).toMatchObject({
      is: 'kept',
      evidence: {
        how: 'measured',
        facts: { 'TLS at the pool': 'TLSv1.3', 'TLS at the reader': 'TLSv1.3', 'without TLS': 'refused' },
      },
    })
    expect(await verdictOf(encryptedConnections, unreachable())).toMatchObject({ evidence: { how: 'declared' } })
  })

  it('of parameters is measured where both instances have them, and broken where one has another', async () => {
    const wanted = (work: string) =>
      inForce(
        {
          ...at(),
          parameters: [
            { name: 'work_mem', value: work, applies: 'at once' },
            { name: 'jit', value: '1', applies: 'at once' },
            { name: 'random_page_cost', value: '4', applies: 'at once' },
            { name: 'shared_buffers', value: '{DBInstanceClassMemory/32768}', applies: 'after a restart' },
            { name: 'rds.force_ssl', value: '1', applies: 'at once' },
          ],
        },
        testWorld({ env: { PGSSLROOTCERT: servers.authority } }).world,
      )
    expect(await wanted('4096')).toEqual({
      facts: {
        'parameters compared by SQL': 4,
        'not in force at the session': 'none',
        'not in force at the reader': 'none',
      },
    })
    const { wrong } = await wanted('8192')
    expect(wrong?.[0]).toBe(`${servers.session} has work_mem = 4096, and not 8192`)
  })
})

describe('a database that is not asked', () => {
  it('is not claimed where nobody knows who its certificate is of', async () => {
    const verdict = await verdictOf(noLostWrites, { env: {} })
    expect(verdict).toEqual({ is: 'notClaimed', because: expect.stringContaining('PGSSLROOTCERT names the file') })
  })

  it('is not claimed where an emulator has none, and is broken where AWS refuses', async () => {
    // Port 1 of loopback refuses.
    const at = { ...endpoint, doors: { ...endpoint.doors, reader: '127.0.0.1:1' } }
    const env = { AWS_ENDPOINT_URL: emulator.address, PGSSLROOTCERT: servers.authority }
    expect(await verdictOf(boundedStaleness, { at, env })).toEqual({
      is: 'notClaimed',
      because: 'the emulator has no PostgreSQL at 127.0.0.1:1',
    })
    await expect(verdictOf(boundedStaleness, { at })).rejects.toThrow('ECONNREFUSED')
  })
})
