import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startTestDatabase, type TestDatabase } from '../../app/test-database.ts'
import { testWorld } from '../../test/world.ts'
import { allFingerprints, fixPoint, rowsIn } from './fingerprints.ts'

let database: TestDatabase
let client: Client
beforeAll(async () => {
  database = await startTestDatabase()
  client = new Client({ connectionString: database.ownerUrl })
  await client.connect()
})
afterAll(async () => {
  await client?.end()
  await database?.remove()
})

it('are of whole rows, also where a column has the name by which a row is asked for', async () => {
  await client.query("create table named (t text, other text); insert into named values ('same', 'one'), (null, 'two')")
  const before = await allFingerprints(client)
  await client.query("update named set other = 'another' where t is null")
  const after = await allFingerprints(client)
  expect(before['public.named']?.rows).toBe(2)
  expect(after['public.named']).toMatchObject({
    rows: 2,
    sum: expect.not.stringMatching(before['public.named']?.sum ?? ''),
  })
  await client.query("update named set other = 'two' where t is null")
  expect((await allFingerprints(client))['public.named']).toEqual(before['public.named'])
})

/** Whether a change of a table changes its sum, by each way to make one. */
async function isSeen(table: string, change: string): Promise<readonly boolean[]> {
  const sums = async () => [
    (await allFingerprints(client))[`public.${table}`]?.sum,
    (await allFingerprints(client, 'text'))[`public.${table}`]?.sum,
  ]
  const before = await sums()
  await client.query(change)
  const after = await sums()
  return before.map((sum, index) => sum !== undefined && sum !== after[index])
}

it("see two rows that have changed one value for the other's", async () => {
  await client.query('create table swapped (a int, b bigint); insert into swapped values (1, 10), (2, 20)')
  expect(await isSeen('swapped', 'update swapped set b = 30 - b')).toEqual([true, true])
})

it.each([
  ['json', `'{"a":1}'`, `'{"a": 1}'`],
  ['jsonb', `'{"a":[1,2]}'`, `'{"a":[2,1]}'`],
  ['point', `'(1,2)'`, `'(2,1)'`],
  ['xml', `'<a/>'`, `'<b/>'`],
  ['mood', `'good'`, `'bad'`],
  ['int[]', `'{1,2}'`, `'{{1,2}}'`],
  ['interval', `'1 day'`, `'24 hours'`],
  ['text collate regardless', `'Letter'`, `'letter'`],
  ['char(3)', `'a'`, `'b'`],
  ['bytea', `'\\x00'`, `'\\x01'`],
  ['timestamptz', `'2026-01-31 12:00Z'`, `'2026-01-31 12:00:00.000001Z'`],
  ['numeric', '1.5', '-1.5'],
  ['numeric', '1.0', '1.00'],
  ['jsonb', `'{"a":1}'`, `'{"a":-1}'`],
  ['aclitem[]', `'{postgres=r/postgres}'`, `'{postgres=w/postgres}'`],
  ['bigint', '0', '4294967297'],
  ['int', '0', 'null'],
])('see a change of a value of type %s', async (type, one, other) => {
  await client.query(`drop table if exists typed; drop type if exists mood; drop collation if exists regardless;
    create type mood as enum ('good', 'bad');
    create collation regardless (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
    create table typed (id int, "its Value" ${type}); insert into typed values (1, ${one}), (2, ${one})`)
  expect(await isSeen('typed', `update typed set "its Value" = ${other} where id = 2`)).toEqual([true, true])
})

it('are by the text those of backups of before there was another way', async () => {
  await client.query("create table old (a int, b text); insert into old values (1, 'x'), (2, null)")
  const { rows } = await client.query('select sum(hashtextextended((t.*)::text, 0))::text as sum from old t')
  expect((await allFingerprints(client, 'text'))['public.old']).toEqual({ rows: 2, sum: rows[0].sum })
})

it('are of a table without columns how many rows it has', async () => {
  await client.query('create table bare (); insert into bare default values; insert into bare default values')
  expect((await allFingerprints(client))['public.bare']?.rows).toBe(2)
  expect((await rowsIn(client))['public.bare']).toBe(2)
})

describe('a point', () => {
  /** As whoever makes backups: a superuser. */
  const connect = async (): Promise<Client> => {
    const superuser = new Client({ connectionString: database.ownerUrl.replace('app_owner@', 'postgres@') })
    await superuser.connect()
    return superuser
  }
  const { world } = testWorld()
  let one: Client
  let beside: Client
  let holder: Client
  const fix = (withinMs?: number) => fixPoint(one, beside, world, withinMs)
  beforeEach(async () => {
    ;[one, beside, holder] = await Promise.all([connect(), connect(), connect()])
    await client.query(`drop table if exists large; create table large as select generate_series(1, 100000) as id;
      alter table large set (autovacuum_enabled = off)`)
  })
  afterEach(async () => {
    await Promise.all([one, beside, holder].map((each) => each.end()))
  })

  const vacuums = async () => (await client.query('select from pg_stat_progress_vacuum')).rowCount

  it('is fixed though autovacuum is at a table, and would be for hours', async () => {
    await one.query("alter system set autovacuum_naptime = '1s'")
    await one.query('select pg_reload_conf()')
    await client.query(`delete from large where id % 10 = 0; alter table large set (autovacuum_enabled = on,
      autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0,
      autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_cost_delay = 100)`)
    await expect.poll(vacuums).toBe(1)
    const begun = Date.now()
    expect((await fix()).fingerprints?.['public.large']?.rows).toBe(90_000)
    expect(Date.now() - begun).toBeLessThan(10_000)
  })

  it('says whom it waited for in vain, and nothing of what that one writes', async () => {
    const { rows } = await holder.query<{ pid: number }>('select pg_backend_pid() as pid')
    const pid = rows[0]?.pid
    await holder.query('set vacuum_cost_delay = 100; set vacuum_cost_limit = 1')
    const vacuumed = holder.query('vacuum large').catch(() => undefined)
    await expect.poll(vacuums).toBe(1)
    expect(await fix(0)).toEqual({
      time: expect.any(String),
      heldBy: expect.stringMatching(new RegExp(`^VACUUM of postgres \\(pid ${pid}, for \\d+ s\\)$`)),
    })
    await one.query(`select pg_cancel_backend(${pid})`)
    await vacuumed
    await holder.query("begin; insert into large values (-4711) -- 'a secret'")
    expect((await fix(0)).heldBy).toMatch(new RegExp(`^BEGIN of postgres \\(pid ${pid}, for \\d+ s\\)$`))
    await holder.query('rollback')
    expect((await fix(0)).fingerprints?.['public.large']?.rows).toBe(100_000)
  })
})
