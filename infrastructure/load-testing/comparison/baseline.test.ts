import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { example } from '../proofs/test-result.ts'
import type { Result } from '../result.ts'
import { baselineNamed, baselineOf, changesSince, madeOtherwise } from './baseline.ts'

const earlier: Result = { ...example, directory: '/runs/2026-01-01T00-smoke' }
const named = (name: string, here: readonly Result[], planned: Partial<Result> = {}, from = '/') =>
  baselineNamed(name, { planned: { ...example, ...planned }, here, from })

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'baseline-'))
  await writeFile(join(folder, 'result.json'), JSON.stringify(earlier))
})
afterAll(() => rm(folder, { recursive: true }))

it('names what a run is made with that the earlier one was not', () => {
  const later = { ...example, release: 'r2', versions: { ...example.versions, configuration: 'c2', commit: '0a1b2c' } }
  expect(madeOtherwise({ ...later, baseline: baselineOf(earlier) })).toBe(
    'Changed since: release r1 → r2, configuration c1 → c2, commit – → 0a1b2c.',
  )
  expect(madeOtherwise({ ...example, baseline: baselineOf(earlier) })).toBe('Made with the same.')
  const engines = { ...example.engines, nginx: '1.30.0' }
  expect(madeOtherwise({ ...example, engines, baseline: baselineOf(earlier) })).toBe(
    'Changed since: nginx 1.22.1 → 1.30.0.',
  )
  expect(madeOtherwise({ ...example, engines, baseline: baselineOf({ ...earlier, engines: {} }) })).toBe(
    'Made with the same.',
  )
})

describe('the run that a new one is set beside', () => {
  it('is one that was made here, or lies in a folder', async () => {
    expect(await named('last', [earlier])).toBe(earlier)
    expect(await named('2026-01-01', [earlier])).toBe(earlier)
    expect(await named('./', [], {}, folder)).toEqual(earlier)
  })

  it.each<[string, Partial<Result>, Partial<Result>, string]>([
    ['made on another machine', {}, { machine: { ...example.machine, id: 'm2' } }, 'another kind of run'],
    ['of another scenario', {}, { scenario: 'load', users: 100 }, 'another kind of run'],
    ['of another journey', {}, { journeyHash: 'j2' }, 'another kind of run'],
    ['measured by another k6', {}, { k6: 'v2.2.0' }, 'another kind of run'],
    ['invalid', { verdict: 'invalid', reasons: ['k6 was killed'] }, {}, 'k6 was killed'],
    ['interrupted', { interrupted: true }, {}, 'measured nothing'],
  ])('is refused where it was %s', async (_how, change, planned, says) => {
    await expect(named('last', [{ ...earlier, ...change }], planned)).rejects.toThrow(says)
  })

  it('is refused where there is none', async () => {
    await expect(named('last', [])).rejects.toThrow('is no run that was brought to its end')
    await expect(named('./nowhere', [], {}, folder)).rejects.toThrow('is no folder of a run')
  })
})

it('says what changed since then, of all requests and of each step', () => {
  const [homepage, login] = example.steps
  const steps = [homepage, login].flatMap((step, at) => (step ? [{ ...step, p95: at === 0 ? 20 : 30 }] : []))
  const now: Result = {
    ...example,
    steps,
    responseTime: { median: 5, p95: 22, p99: 90 },
    baseline: baselineOf(earlier),
  }
  expect(changesSince(now)).toEqual([
    ['all requests', '20 ms', '22 ms', '+10 %'],
    ['homepage', '20 ms', '20 ms', '+0 %'],
    ['login', '20 ms', '30 ms', '+50 %'],
  ])
  expect(changesSince(example)).toEqual([])
})
