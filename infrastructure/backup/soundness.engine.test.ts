import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { queryAt, startTestDatabase, type TestDatabase } from '../../app/test-database.ts'
import type { World } from '../../src/core/world.ts'
import { postgresPrograms } from '../../src/engines/patroni.ts'
import { testWorld } from '../../test/world.ts'
import { restoredCopy } from './restored-server.ts'
import { examine } from './soundness.ts'
import { flip } from './proofs/test-damage.ts'

let database: TestDatabase
let data: string
let table: string
const { world } = testWorld()
const superuser = () => database.ownerUrl.replace('app_owner@', 'postgres@')

beforeAll(async () => {
  database = await startTestDatabase()
  // Both look at a copy for as long as it takes.
  await queryAt(superuser(), [
    "alter database app set statement_timeout = '1ms'",
    "alter role postgres set statement_timeout = '1ms'",
  ])
  const client = new Client({ connectionString: superuser(), options: '-c statement_timeout=0' })
  await client.connect()
  await client.query(`create table sorted as select generate_series(1, 10000) as number;
    create function sorting(number int) returns int language plpgsql immutable as 'begin return number; end';
    create index by_sorting on sorted (sorting(number)); checkpoint`)
  const { rows } = await client.query<{ data: string; table: string }>(
    "select current_setting('data_directory') as data, pg_relation_filepath('sorted') as table",
  )
  data = rows[0]?.data ?? ''
  table = join(data, rows[0]?.table ?? '')
  await client.end()
})
afterAll(() => database?.remove())
beforeEach(() => database.start().catch(() => undefined))

/** As its owner: root may end no server of another one's. */
const end = async (): Promise<void> => {
  const control = [join(postgresPrograms, 'pg_ctl'), '-D', data, '-w', '-m', 'fast', 'stop'] as const
  const owned = process.getuid?.() === 0 ? (['runuser', '-u', 'postgres', '--', ...control] as const) : control
  const ran = await world.run(owned)
  if (ran.code !== 0) throw new Error(ran.stderr)
}

const look = (
  meanwhile: () => Promise<void> = end,
  change = (words: readonly string[]) => words,
  how: Parameters<typeof examine>[4] = {},
) => {
  const { hostname, port } = new URL(database.ownerUrl)
  const server = {
    connect: () => Promise.reject(new Error('nobody asks')),
    socket: hostname,
    port: Number(port),
    stop: end,
  }
  const run: World['run'] = ([program, ...words], options) => world.run([program, ...change(words)], options)
  // The data lies elsewhere than in a copy of edge's own.
  return examine({ ...restoredCopy('/none'), data }, server, { ...world, run }, meanwhile, how)
}

it('counts what it looked at in a copy that is sound', async () => {
  expect(await look()).toEqual({ objects: expect.any(Number), pages: expect.any(Number) })
})

it('looks at each level of an index against the one above it only where that is asked for', async () => {
  const asked: boolean[] = []
  const note = (words: readonly string[]) => {
    if (words.includes('--heapallindexed')) asked.push(words.includes('--parent-check'))
    return words
  }
  for (const isDeep of [false, true]) {
    expect(await look(end, note, { isDeep })).toEqual({ objects: expect.any(Number), pages: expect.any(Number) })
    await database.start()
  }
  expect(asked).toEqual([false, true])
})

it('refuses a copy of which nothing is looked at', async () => {
  const silent = look(end, (words) => words.filter((word) => word !== '--verbose'))
  await expect(silent).rejects.toThrow('pg_amcheck looked at nothing')
  const none = look(end, (words) => (words.includes('--check') ? [...words, '--filenode=2000000000'] : words))
  await expect(none).rejects.toThrow('pg_checksums looked at no page')
})

it('refuses a copy with an index that leads to other rows', async () => {
  const options = '-c statement_timeout=0'
  const client = new Client({ connectionString: superuser(), options })
  await client.connect()
  const become = (value: string) =>
    client.query(
      `create or replace function sorting(number int) returns int language plpgsql immutable as 'begin return ${value}; end'`,
    )
  await become('-number')
  await expect(look()).rejects.toThrow('pg_amcheck: ')
  await become('number')
  await client.end()
})

it('refuses a copy with a page that is not as it was written', async () => {
  const damaged = look(async () => {
    await end()
    await flip(table)
  })
  await expect(damaged).rejects.toThrow(/pg_checksums: .*checksum verification failed in file ".*"/)
})
