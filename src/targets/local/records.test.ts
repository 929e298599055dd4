import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Records } from '../../core/record.ts'
import { recordsOf } from './records.ts'

let state: string
let records: Records
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'edge-records-'))
  records = recordsOf(state)
})
afterEach(() => rm(state, { recursive: true }))

const record = (seconds: number, at = '2026-01-01T03:42:00.000Z') => ({
  drill: 'pool-wait',
  at,
  facts: { seconds },
  took: 30_000,
  of: { timeout: '30 s' },
})
const folder = () => join(state, 'records', 'pool-wait')

test('has none before the first one, and each drill its own', async () => {
  expect(await records.newest('pool-wait')).toBeUndefined()
  await records.keep(record(30))
  expect(await records.newest('pool-wait')).toEqual(record(30))
  expect(await records.newest('pool-idle')).toBeUndefined()
})

test('keeps it in a file that is for its user alone', async () => {
  await records.keep(record(30))
  expect((await stat(join(folder(), '1.json'))).mode & 0o777).toBe(0o600)
  expect((await stat(folder())).mode & 0o777).toBe(0o700)
})

test('the newest is the one that was kept last, even where the clock was put back', async () => {
  for (let index = 0; index < 11; index += 1) await records.keep(record(index, '2030-01-01T00:00:00.000Z'))
  await records.keep(record(30))
  expect(await records.newest('pool-wait')).toEqual(record(30))
})

test('finds the newest that was measured under something, whatever was measured since', async () => {
  const under = (timeout: string) => ({ ...record(Number(timeout)), of: { timeout } })
  for (const timeout of ['1', '2', '1', '3']) await records.keep(under(timeout))
  expect(await records.newest('pool-wait', { timeout: '1' })).toEqual(under('1'))
  expect(await records.newest('pool-wait', { timeout: '4' })).toBeUndefined()
  await writeFile(join(folder(), '5.json'), '{')
  expect(await records.newest('pool-wait', { timeout: '1' })).toEqual({ damaged: join(folder(), '5.json') })
})

test('keeps the newest thirty', async () => {
  for (let index = 1; index <= 33; index += 1) await records.keep(record(index))
  const names = await readdir(folder())
  expect(names).toHaveLength(30)
  expect(names).not.toContain('3.json')
  expect(await records.newest('pool-wait')).toEqual(record(33))
})

test.each(['', '{', 'null', '{"drill":"pool-wait"}', JSON.stringify({ ...record(30), at: 'yesterday' })])(
  'names a damaged file (%s), takes no older one for it, and goes on with the next',
  async (text) => {
    await records.keep(record(30))
    await writeFile(join(folder(), '2.json'), text)
    expect(await records.newest('pool-wait')).toEqual({ damaged: join(folder(), '2.json') })
    await records.keep(record(31))
    expect(await records.newest('pool-wait')).toEqual(record(31))
  },
)

test('is not disturbed by what else lies there', async () => {
  await records.keep(record(30))
  await writeFile(join(folder(), '.a1b2.new'), '{')
  await writeFile(join(folder(), 'notes.txt'), '')
  expect(await records.newest('pool-wait')).toEqual(record(30))
})

test('gives two that are kept at one moment a number each', async () => {
  await Promise.all([1, 2, 3, 4].map((seconds) => records.keep(record(seconds))))
  expect((await readdir(folder())).toSorted()).toEqual(['1.json', '2.json', '3.json', '4.json'])
})
