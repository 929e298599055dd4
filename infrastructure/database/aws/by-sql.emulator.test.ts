import { CreateTableCommand, DeleteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MiniStack } from '../../../test/ministack/ministack.ts'
import { testWorld } from '../../../test/world.ts'
import type { Check, Verdict } from '../../../src/core/check.ts'
import { duration } from '../../../src/core/units.ts'
import { onEmulator } from '../../../src/targets/aws/proof.ts'
import { TwoServers } from '../proofs/two-servers.ts'
import { checksOnAws } from './checks.ts'
import type { DatabaseEndpointOnAws } from './doors.ts'

const table = 'trial-heartbeats'
const { noLostWrites, boundedStaleness } = checksOnAws
let emulator: MiniStack
let servers: TwoServers
let endpoint: DatabaseEndpointOnAws
beforeAll(async () => {
  ;[emulator, servers] = await Promise.all([MiniStack.start(), TwoServers.start()])
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = { region: 'us-east-1', endpoint: emulator.address, credentials }
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
  const { pool, reader } = servers
  endpoint = {
    deployed: { client, id: (name) => name, named: (text) => text },
    proofs: [],
    component: 'database',
    instance: 'trial',
    region: client.region,
    doors: { pool, reader, secret: 'trial', heartbeats: table },
    staleness: duration('5 seconds'),
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
