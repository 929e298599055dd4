import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { runCheck } from '../../src/core/verify.ts'
import { recordsOf } from '../../src/targets/local/records.ts'
import { checks } from './checks.ts'
import { loadTesting } from './guarantees.ts'
import { keepRun, newestRunIn } from './kept-runs.ts'
import type { Result } from './result.ts'
import { example } from './proofs/test-result.ts'

const { world } = testWorld()
type Name = keyof typeof loadTesting

let state: string
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'load-tests-'))
})
afterEach(() => rm(state, { recursive: true }))

/** Each as it is kept at its end, the oldest first; what differs from a smoke test that passed. */
async function keep(...runs: readonly Partial<Result>[]): Promise<void> {
  for (const change of runs) await keepRun(recordsOf(state), { ...example, ...change }, world.now())
}

/** As an edge left it that kept no records. */
async function leave(change: Partial<Result>): Promise<void> {
  const directory = join(state, 'load-tests', `${change.startedAt ?? example.startedAt}-smoke`)
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'result.json'), JSON.stringify({ ...example, ...change }))
}

const judge = (name: Name) =>
  runCheck(
    checks[name],
    {
      newest: newestRunIn(recordsOf(state), join(state, 'load-tests'), 'j1'),
      release: () => Promise.resolve('r1'),
      steps: ['homepage', 'login'],
    },
    world,
  )

/** The newest first. */
async function ask(name: Name, ...runs: readonly Partial<Result>[]) {
  await keep(...runs.toReversed())
  return judge(name)
}

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

  it('is judged by what was run on the live release, also after another one was', async () => {
    expect((await ask(name, { release: 'r2', verdict: 'failed', requests: 0, steps: [] }, {})).is).toBe('kept')
  })

  it('is not claimed on a damaged record, nor on what is older', async () => {
    await keep({}, {})
    const path = join(state, 'records/load-test-smoke/2.json')
    await writeFile(path, '{')
    expect(await judge(name)).toEqual({ is: 'notClaimed', because: `${path} is damaged: edge load-test smoke` })
  })

  it('is kept by a run of an edge that kept no records, until one is kept', async () => {
    await leave({})
    expect((await judge(name)).is).toBe('kept')
    await leave({ startedAt: '2026-01-02T00:00:00.000Z', verdict: 'invalid', reasons: ['only 3 % free'] })
    expect((await judge(name)).is).toBe('notClaimed')
    expect((await ask(name, {})).is).toBe('kept')
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
    const directory = state
    await writeFile(join(directory, 'result.json'), JSON.stringify(example))
    await writeFile(join(directory, 'report.html'), '<h3>Response time</h3><h3>Error rate</h3><h3>Success rate</h3>')
    expect((await ask('reports', { directory })).is).toBe('kept')
    await writeFile(join(directory, 'report.html'), '<h3>Response time</h3>')
    expect(await ask('reports', { directory })).toMatchObject({ because: 'report.html does not hold Error rate' })
    await rm(join(directory, 'report.html'))
    expect(await ask('reports', { directory })).toMatchObject({ because: 'report.html is not there' })
  })
})
