import { randomBytes, randomUUID } from 'node:crypto'
import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MiniStack } from '../test/ministack/ministack.ts'
import { type Database, openDatabase } from './api/database.ts'
import { type LoginLimits } from './api/limits.ts'
import { stateInTables } from './api/state-dynamodb.ts'
import { accountsIn, stateIn } from './api/state-postgres.ts'
import { defaultPreferences, type State } from './api/state.ts'
import { migrate } from './test-api.ts'
import { startTestDatabase, type TestDatabase } from './test-database.ts'

let postgres: TestDatabase
let database: Database
let emulator: MiniStack
const states: Partial<Record<'PostgreSQL' | 'DynamoDB', State>> = {}

beforeAll(async () => {
  ;[postgres, emulator] = await Promise.all([startTestDatabase(), MiniStack.start()])
  await migrate(postgres)
  database = openDatabase(postgres.appUrl, new AbortController().signal)
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new DynamoDBClient({ region: 'us-east-1', endpoint: emulator.address, credentials })
  // As the stack has them: test/aws-rooms.emulator.test.ts reads that back.
  for (const [TableName, name] of [
    ['sessions', 'id'],
    ['preferences', 'user'],
  ] as const)
    await client.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: name, KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: name, AttributeType: 'S' }],
      }),
    )
  states.PostgreSQL = stateIn(database)
  const tables = { sessions: 'sessions', preferences: 'preferences' }
  states.DynamoDB = stateInTables(tables, client, accountsIn(database))
}, 120_000)
afterAll(async () => {
  await database.close()
  await postgres.remove()
  await emulator.stop()
})

const account = 'demo'
const session = (seconds = 60) => ({ tokenHash: randomBytes(32), account, seconds })

describe.each(['PostgreSQL', 'DynamoDB'] as const)('what the app remembers, in %s', (where) => {
  const state = (): State => {
    const its = states[where]
    if (!its) throw new Error(`there is no state in ${where}`)
    return its
  }

  it('has accounts with their hashes and limits, and no others', async () => {
    expect(await state().findAccount(account)).toEqual({
      id: account,
      passwordHash: expect.stringMatching(/^\$argon2id\$/),
      limits: 'normal',
    })
    expect(await state().findAccount('nobody')).toBeUndefined()
  })

  it('finds a session at once, until it ends; another one of the same account goes on', async () => {
    const [one, other] = [session(), session()]
    expect(await state().findSession(one.tokenHash)).toBeUndefined()
    for (const each of [one, other]) await state().startSession(each)
    expect(await state().findSession(one.tokenHash)).toBe(account)
    await state().endSession(one.tokenHash)
    expect(await state().findSession(one.tokenHash)).toBeUndefined()
    expect(await state().findSession(other.tokenHash)).toBe(account)
    await state().endSession(one.tokenHash)
  })

  it('starts a session once, also where it is told so twice, and keeps what it was told first', async () => {
    const one = session()
    await state().startSession(one)
    await state().startSession({ ...one, seconds: 0 })
    expect(await state().findSession(one.tokenHash)).toBe(account)
  })

  it('does not find a session that has expired, tidied or not', async () => {
    const one = session(0)
    await state().startSession(one)
    expect(await state().findSession(one.tokenHash)).toBeUndefined()
    await state().tidy()
    expect(await state().findSession(one.tokenHash)).toBeUndefined()
  })

  it('has the preferences that were written last, and those that nobody wrote', async () => {
    expect(await state().readPreferences('user-0001')).toEqual(defaultPreferences)
    const written = { favouriteSports: ['nba', 'nfl'], oddsFormat: 'american', theme: 'dark' } as const
    await state().writePreferences('user-0001', { ...written, theme: 'light' })
    await state().writePreferences('user-0001', written)
    expect(await state().readPreferences('user-0001')).toEqual(written)
    expect(await state().readPreferences(account)).toEqual(defaultPreferences)
  })

  it('counts attempts until somebody gets in, and one that is sent twice once', async () => {
    const limits: LoginLimits = {
      failuresPerAccount: { atMost: 2, seconds: 60 },
      attemptsPerAddress: { atMost: 100, seconds: 60 },
    }
    const attempt = (id = randomUUID()) => state().admitLogin({ id, account, address: '10.0.0.1' }, limits)
    await state().startSession(session())
    const id = randomUUID()
    expect([await attempt(id), await attempt(id), await attempt()]).toEqual([0, 0, 0])
    expect(await attempt()).toBeGreaterThan(0)
    await state().startSession(session())
    expect(await attempt()).toBe(0)
  })
})
