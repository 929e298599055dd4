import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Acknowledged,
  acknowledgedIn,
  type Loss,
  lossesIn,
  noteLoss,
  noteSeen,
  writeAcknowledged,
} from './acknowledged.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'edge-heartbeat-'))
})
afterEach(() => rm(folder, { recursive: true }))

const newest: Acknowledged = {
  number: 120,
  at: '2026-11-28T21:10:00.000Z',
  timeline: 1,
  lsn: '0/433FE40',
  since: '2026-11-28T21:00:00.000Z',
}
const loss: Loss = {
  acknowledged: newest,
  left: { number: 109, at: '2026-11-28T21:09:05.000Z' },
  found: '2026-11-28T21:10:07.000Z',
  timeline: 2,
}
const seenAt = new Date('2026-11-28T22:00:00.000Z')

test('has the heartbeat that was written down last, in a file that is for its user alone', async () => {
  writeAcknowledged(folder, { ...newest, number: 119 })
  writeAcknowledged(folder, newest)
  expect(await acknowledgedIn(folder)).toEqual(newest)
  expect((await stat(join(folder, 'heartbeat.json'))).mode & 0o777).toBe(0o600)
})

test('has none where the count did not begin yet', async () => {
  expect(await acknowledgedIn(folder)).toBeUndefined()
  expect(await lossesIn(folder)).toEqual([])
})

test.each(['', '{', '{"number":120}', 'null', JSON.stringify({ ...newest, number: 'many' })])(
  'says of a damaged file (%s) that it cannot be read, and never begins anew by itself',
  async (text) => {
    await writeFile(join(folder, 'heartbeat.json'), text)
    await expect(acknowledgedIn(folder)).rejects.toThrow('heartbeat.json cannot be read: it is damaged')
  },
)

test('says of a damaged loss that it cannot be read', async () => {
  await mkdir(join(folder, 'losses'))
  await writeFile(join(folder, 'losses', '120.json'), '')
  await expect(lossesIn(folder)).rejects.toThrow('120.json cannot be read: it is damaged')
})

test('keeps each loss, the oldest first', async () => {
  const later = { ...loss, acknowledged: { ...newest, number: 1000 } }
  await noteLoss(folder, later)
  await noteLoss(folder, loss)
  expect(await lossesIn(folder)).toEqual([loss, later])
})

test('lets a loss that was seen be seen, when whoever noted it finds it again', async () => {
  await noteLoss(folder, loss)
  await noteSeen(folder, loss, seenAt)
  await noteLoss(folder, { ...loss, found: '2026-11-28T23:00:00.000Z' })
  expect(await lossesIn(folder)).toEqual([{ ...loss, seen: seenAt.toISOString() }])
})

test('has it not seen any more when more is gone by now', async () => {
  await noteLoss(folder, loss)
  await noteSeen(folder, loss, seenAt)
  const more = { ...loss, left: null }
  await noteLoss(folder, more)
  expect(await lossesIn(folder)).toEqual([more])
  expect(JSON.parse(await readFile(join(folder, 'losses', '120.json'), 'utf8'))).toEqual(more)
})
