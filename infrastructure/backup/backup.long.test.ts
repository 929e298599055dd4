import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import pRetry from 'p-retry'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withClient } from '../../src/engines/postgres.ts'
import { tlsFiles } from '../../src/targets/local/certificate.ts'
import { TestInstance } from '../../test/instance.ts'
import type { Sabotaged } from '../../test/sabotage.ts'
import { synchronousInEtcd } from '../database/ask-etcd.ts'
import { clusterOf, statusOf, switchOver } from '../database/cluster.ts'
import { membersWith } from '../database/members.ts'
import { askCopy } from './proofs/test-copy.ts'
import { appOf, folderFor, sqlOn, upWithoutClock } from './proofs/test-instance.ts'

let instance: TestInstance
let on: Sabotaged
beforeAll(async () => {
  instance = await TestInstance.make('backup: undefined,')
  on = await upWithoutClock(instance)
})
afterAll(() => instance.remove())

const sql = (text: string) => sqlOn(on, text)

async function changePrimary(): Promise<void> {
  const cluster = clusterOf(on.instance, tlsFiles(instance.state), membersWith(on.configuration.database.replicas))
  const seen = await statusOf(cluster)
  const primary = seen.find(({ role }) => role === 'primary')?.member
  const others = seen.filter(({ role }) => role !== 'primary').map(({ member }) => member)
  if (!primary || (await synchronousInEtcd(cluster)).standbys.length === 0) throw new Error('nobody can take over')
  await switchOver(cluster, primary)
  await expect
    .poll(async () => (await statusOf(cluster)).find(({ role }) => role === 'primary')?.member)
    .toBeOneOf(others)
}

it('restores every row of before its second and none of after, across a change of the primary', async () => {
  await sql('create table public.moments (number int primary key)')
  // Whoever is connected while the primary changes is cut off.
  const add = (from: number) =>
    pRetry(
      () => sql(`insert into public.moments select generate_series(${from}, ${from + 49}) on conflict do nothing`),
      { minTimeout: 200 },
    )
  await add(1)
  await changePrimary()
  await add(51)
  await wait(20)
  const at = new Date()
  await wait(20)
  await add(101)
  const into = await folderFor(instance, 'restored')
  await instance.must('restore', 'database', '--to', at.toISOString(), '--into', into)
  expect(await askCopy(on, into, 'select count(*), min(number), max(number) from moments')).toBe('100|1|100')
})

it('makes a backup while a transaction writes without an end, and says what cannot be compared', async () => {
  await withClient(appOf(on), async (client) => {
    await client.query('create table public.held (number int)')
    await client.query('begin')
    await client.query('insert into public.held values (1)')
    await instance.must('backup', 'now')
    await client.query('rollback')
  })
  expect(await instance.read('agent/inbox.ndjson')).toContain('kept a table for longer than 30 s')
  expect((await instance.must('backup', 'verify')).stdout).toContain('not compared: the tables')
  const verdicts = await instance.verify('backup.restoreTest', 'backup.pointInTime')
  expect([verdicts.get('backup.restoreTest')?.verdict, verdicts.get('backup.pointInTime')?.verdict]).toEqual([
    'broken',
    'kept',
  ])
  await instance.must('backup', 'now')
  await instance.must('backup', 'verify')
  expect((await instance.judgement('backup.restoreTest'))?.verdict).toBe('kept')
})

it('goes over a setting that was raised after the backup, to its second and to the end of the logs', async () => {
  await sql('create table public.raised (number int primary key)')
  await instance.must('backup', 'now')
  const text = await readFile(instance.file, 'utf8')
  await writeFile(
    instance.file,
    text.replace('database: { replicas: 0 }', 'database: { replicas: 0, maxConnections: 620 }'),
  )
  await instance.must('deploy', 'database')
  await expect
    .poll(() => sql('show max_connections').catch(() => []), { timeout: 60_000 })
    .toEqual([{ max_connections: '620' }])
  await sql('insert into public.raised values (1)')
  await wait(20)
  const at = new Date()
  await wait(20)
  await sql('insert into public.raised values (2)')
  const into = await folderFor(instance, 'raised')
  await instance.must('restore', 'database', '--to', at.toISOString(), '--into', into)
  expect(await askCopy(on, into, 'select count(*), max(number) from raised')).toBe('1|1')
  await instance.must('backup', 'verify')
})

it('builds the indexes anew that are sorted by other rules where it is restored, and says which', async () => {
  await sql(`create table public.words (word text collate "de-x-icu" primary key, number int unique);
    insert into public.words values ('Apfel', 1), ('Äpfel', 2), ('Birne', 3)`)
  // As a database says that was made where ICU had another version.
  await sql(`update pg_collation set collversion = '1.0' where collname = 'de-x-icu'`)
  const into = await folderFor(instance, 'sorted')
  const { stdout } = await instance.must('restore', 'database', '--into', into, '--json')
  expect(JSON.parse(stdout).next).toContainEqual(
    expect.stringMatching(/^sorted by other rules here, and built anew: .*words_pkey/),
  )
  const version = "select collversion = pg_collation_actual_version(oid) from pg_collation where collname = 'de-x-icu'"
  expect(await askCopy(on, into, version)).toBe('t')
  await sql("update pg_collation set collversion = pg_collation_actual_version(oid) where collname = 'de-x-icu'")
})
