import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { broken, type Judgement, kept, measured } from '../core/check.ts'
import { guarantees } from '../core/guarantee.ts'
import { inbox, latestOf, latestVerdicts, recordVerdicts } from './history.ts'

const { one, other } = guarantees('room', {
  one: { says: 'One thing is so.', source: 'ours' },
  other: { says: 'Another thing is so.', source: 'ours' },
})
const at = new Date('2026-01-01T00:17:00Z')
const judged = (guarantee: typeof one | typeof other, isKept: boolean, measuredAt = at): Judgement => ({
  guarantee,
  verdict: isKept ? kept(measured({})) : broken(measured({}), 'it is not', 'look'),
  measuredAt,
  milliseconds: 1,
})

it('keeps the newest verdict of each guarantee, and none of one that is promised no more', async () => {
  const state = await mkdtemp(join(tmpdir(), 'edge-history-'))
  onTestFinished(() => rm(state, { recursive: true }))
  await mkdir(dirname(latestOf(state)))
  const verdicts = async () => (await latestVerdicts(state)).map(({ id, verdict }) => `${id} ${verdict}`)
  const both = new Set([one.id, other.id])
  await recordVerdicts(state, [judged(one, true), judged(other, false)], at, both)
  expect(await verdicts()).toEqual(['room.one kept', 'room.other broken'])
  await recordVerdicts(state, [judged(one, false)], at, both)
  expect(await verdicts()).toEqual(['room.one broken', 'room.other broken'])
  // A version that makes one promise less: nobody would ever find that one kept again.
  await recordVerdicts(state, [judged(one, true)], at, new Set([one.id]))
  expect(await verdicts()).toEqual(['room.one kept'])
  expect((await inbox(state, 9)).map(({ says }) => says.split(':')[0])).toEqual(['broken', 'broken', 'kept again'])
})

it('loses no verdict of two that verify at one moment, and keeps the later of both', async () => {
  const state = await mkdtemp(join(tmpdir(), 'edge-history-'))
  onTestFinished(() => rm(state, { recursive: true }))
  await mkdir(dirname(latestOf(state)))
  const both = new Set([one.id, other.id])
  const later = new Date(at.getTime() + 1000)
  for (let round = 0; round < 5; round += 1) {
    await rm(latestOf(state), { force: true })
    await Promise.all([one, other].map((each) => recordVerdicts(state, [judged(each, true)], at, both)))
    expect((await latestVerdicts(state)).map(({ id }) => id).toSorted()).toEqual([one.id, other.id])
  }
  await recordVerdicts(state, [judged(one, false, later)], later, both)
  await recordVerdicts(state, [judged(one, true)], later, both)
  expect((await latestVerdicts(state)).find(({ id }) => id === one.id)?.verdict).toBe('broken')
  // By a clock that was set back since: it would stand for years.
  await recordVerdicts(state, [judged(one, false, new Date('2036-01-01T00:00:00Z'))], later, both)
  await recordVerdicts(state, [judged(one, true, later)], later, both)
  expect((await latestVerdicts(state)).find(({ id }) => id === one.id)?.verdict).toBe('kept')
})
