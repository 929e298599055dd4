import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { runCheck } from '../../src/core/verify.ts'
import { checks } from './checks.ts'
import { loadTesting } from './guarantees.ts'
import type { Result } from './result.ts'
import { example } from './proofs/test-result.ts'

const { world } = testWorld()
type Name = keyof typeof loadTesting
const ask = (name: Name, ...results: readonly Partial<Result>[]) =>
  runCheck(
    checks[name],
    {
      results: () => Promise.resolve(results.map((change) => ({ ...example, ...change }))),
      release: () => Promise.resolve('r1'),
      journeyHash: 'j1',
      steps: ['homepage', 'login'],
    },
    world,
  )

const figures = ['journey', 'responseTime', 'errorRate', 'successRate', 'tailLatency', 'thinkTime'] as const

describe.each([...figures, 'smoke'] as const)('%s', (name) => {
  it('is kept by a run that passed', async () => {
    expect(await ask(name, {})).toMatchObject({ is: 'kept', evidence: { how: 'measured' } })
  })

  it.each<[string, Partial<Result>]>([
    ['scaled', { scale: 0.1 }],
    ['with fewer users', { users: 4 }],
    ['by arrivals', { open: true }],
    ['against another address', { against: 'https://elsewhere.example' }],
    ['interrupted', { interrupted: true }],
    ['of another release', { release: 'r0' }],
    ['of another journey', { journeyHash: 'j0' }],
    ['invalid', { verdict: 'invalid', reasons: ['only 3 % free'] }],
  ])('is not claimed on a run that was %s', async (_how, change) => {
    const verdict = await ask(name, change)
    expect(verdict).toMatchObject({ is: 'notClaimed', because: expect.stringContaining('edge load-test smoke') })
  })

  it('is judged by the newest run, whatever an older one said', async () => {
    const broken: Partial<Result> = {
      verdict: 'failed',
      reasons: ['login: slow'],
      responseTime: { median: 5, p95: 600, p99: 1200 },
      errorPercent: 2,
      successPercent: 90,
      thinkTime: { minimum: 100, maximum: 6000 },
      journeys: { completed: 1, least: 8, successPercent: 10 },
    }
    expect((await ask(name, broken, {})).is).toBe('broken')
    expect((await ask(name, {}, broken)).is).toBe('kept')
  })
})

describe('what looks good and is not', () => {
  it.each(figures.filter((name) => name !== 'journey' && name !== 'thinkTime'))(
    '%s is broken by a run without a request',
    async (name) => {
      expect((await ask(name, { requests: 0, steps: [] })).is).toBe('broken')
    },
  )

  it('journey is broken when nobody came to a step', async () => {
    const verdict = await ask('journey', { steps: example.steps.slice(0, 1) })
    expect(verdict).toMatchObject({ is: 'broken', because: 'no user reached the step login' })
  })

  it('responseTime is broken by one slow step', async () => {
    expect(
      (
        await ask('responseTime', {
          steps: example.steps.map((step) => ({ ...step, p95: step.name === 'login' ? 501 : 20 })),
        })
      ).is,
    ).toBe('broken')
  })

  it.each(['load', 'stress', 'soak'] as const)('a smoke test proves nothing about %s', async (name) => {
    expect(await ask(name, {})).toEqual({
      is: 'notClaimed',
      because: `${name} was never run on what is live now: edge load-test ${name}`,
    })
  })
})

describe('reports', () => {
  it('is kept while both reports hold the three metrics, and broken without one', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'reports-'))
    await writeFile(join(directory, 'result.json'), JSON.stringify(example))
    await writeFile(join(directory, 'report.html'), '<h3>Response time</h3><h3>Error rate</h3><h3>Success rate</h3>')
    expect((await ask('reports', { directory })).is).toBe('kept')
    await writeFile(join(directory, 'report.html'), '<h3>Response time</h3>')
    expect(await ask('reports', { directory })).toMatchObject({ because: 'report.html does not hold Error rate' })
    await rm(join(directory, 'report.html'))
    expect(await ask('reports', { directory })).toMatchObject({ because: 'report.html is not there' })
    await rm(directory, { recursive: true })
  })
})
