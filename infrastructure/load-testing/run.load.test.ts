import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { Interrupted } from '../../src/core/errors.ts'
import { k6Path } from '../../src/targets/local/tools.ts'
import { resultsIn } from './result.ts'
import { runScenario } from './run.ts'
import { loadTestingSettings } from './settings.ts'
import { isPublished } from './proofs/published.ts'
import { behaviours, testSite } from './proofs/test-site.ts'
import { withTime } from './proofs/with-time.ts'
import { readTimeline } from './timeline.ts'
import type { SeenSecond } from './watch.ts'

const settings = loadTestingSettings.parse({
  accounts: 1,
  thinkTime: { minimum: '1 second', maximum: '1.5 seconds' },
  choices: { greeting: ['hello'] },
  journey: [
    { name: 'homepage', requests: [{ path: '/', contains: 'Hello', assets: true }] },
    { name: 'api', requests: [{ path: '/api/{greeting}', contains: '{greeting}, {account}' }] },
  ],
})

let folder: string
let k6: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'load-test-'))
  k6 = await k6Path(testWorld().world)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/**
 * Three seconds of the smoke test against a site of the test; or against nothing, with an address. What the machine lacked
 * is left out of its verdict: other tests run beside it.
 */
async function smoke(
  answer: (typeof behaviours)[keyof typeof behaviours] | string,
  given: {
    env?: Record<string, string>
    thinkTime?: { minimum: string; maximum: string }
    journey?: readonly object[]
    signal?: AbortSignal
    requestsPerSecond?: number
    onSecond?: (elapsed: number, total: number, seen: SeenSecond | undefined) => void
  } = {},
) {
  const site = typeof answer === 'string' ? undefined : await testSite(answer)
  const { world } = testWorld({
    env: { ...process.env, ...given.env },
    ...(given.signal ? { signal: given.signal } : {}),
  })
  try {
    const result = await runScenario(
      {
        k6,
        scenario: 'smoke',
        site: site?.address ?? String(answer),
        connectTo: '127.0.0.1',
        ca: '/etc/ssl/certs/ca-certificates.crt',
        password: 'not-for-the-eyes-of-others',
        settings: {
          ...settings,
          ...(given.thinkTime
            ? { thinkTime: loadTestingSettings.parse({ thinkTime: given.thinkTime }).thinkTime }
            : {}),
          ...(given.journey ? { journey: loadTestingSettings.parse({ journey: given.journey }).journey } : {}),
        },
        release: 'r1',
        releaseNow: () => Promise.resolve('r1'),
        versions: {},
        engines: {},
        folder,
        shape: { scale: 0.05 },
        against:
          given.requestsPerSecond === undefined ? undefined : { ...given, site: site?.address ?? String(answer) },
        onSecond: given.onSecond ?? (() => undefined),
      },
      world,
    )
    return { ...result, ...withTime(result) }
  } finally {
    site?.close()
  }
}

/** Why a run failed: one that is invalid would say nothing of the site. */
async function whyNot(run: ReturnType<typeof smoke>): Promise<readonly string[]> {
  const { verdict, reasons } = await run
  expect([verdict, ...reasons]).toEqual(['failed', ...reasons])
  return reasons
}

describe('a load test', () => {
  it('has nothing against a site that answers well, and leaves its reports', async () => {
    const seen: (SeenSecond | undefined)[] = []
    const result = await smoke(behaviours.well, { onSecond: (_elapsed, _total, second) => seen.push(second) })
    expect(result).toMatchObject({ verdict: 'passed', reasons: [], users: 5, errorPercent: 0, successPercent: 100 })
    expect(result.steps.map(({ name }) => name)).toEqual(['homepage', 'api', 'assets'])
    // Who was on a second way when the time was over has neither come through nor failed.
    const summary = JSON.parse(await readFile(join(result.directory, 'summary.json'), 'utf8'))
    expect(summary.metrics.iterations.values.count).toBeGreaterThan(result.journeys.completed)
    expect(result.journeys.successPercent).toBe(100)
    const read = async (name: string) => JSON.parse(await readFile(join(result.directory, name), 'utf8'))
    const [left, timeline] = [await read('result.json'), await read('timeline.json')]
    expect([await isPublished('result', left), await isPublished('timeline', timeline)]).toEqual([true, true])
    expect(timeline.length).toBeGreaterThan(1)
    expect(left).toMatchObject({
      saturation: { slowSince: null, says: expect.any(String) },
      capacity: { knee: null, says: 'Knee not looked for: the load had too few levels.' },
    })
    expect(seen.some((second) => second?.users === 5 && second.p95 !== null)).toBe(true)
    expect((await readdir(result.directory)).toSorted()).toEqual([
      'junit.xml',
      'k6-dashboard.html',
      'k6.log',
      'report.html',
      'report.md',
      'result.json',
      'summary.json',
      'timeline.json',
    ])
    for (const file of await readdir(result.directory)) {
      expect(await readFile(join(result.directory, file), 'utf8')).not.toContain('not-for-the-eyes')
    }
  })

  it('loads what browsers may keep once for each user, and anew from a site that forbids it', async () => {
    const loads = async (site: (typeof behaviours)['kept']) => {
      const { verdict, steps } = await smoke(site)
      expect(verdict).toBe('passed')
      const of = (step: string): number => steps.find(({ name }) => name === step)?.requests ?? 0
      return { homepage: of('homepage'), assets: of('assets') }
    }
    const [kept, forbidden] = [await loads(behaviours.kept), await loads(behaviours.well)]
    expect(kept.assets).toBe(5 * 3)
    expect(forbidden.assets).toBe(forbidden.homepage * 3)
    expect(kept.homepage).toBeGreaterThan(5)
  })

  it('loads what a page and its style sheet name beside themselves', async () => {
    const { verdict, steps } = await smoke(behaviours.relative)
    expect(verdict).toBe('passed')
    expect(steps.find(({ name }) => name === 'assets')?.requests).toBe(5 * 3)
  })

  it('goes where an answer leads on the same site, and takes what is there for the answer', async () => {
    const { verdict, reasons, requests, errorPercent, steps, directory } = await smoke(behaviours.leadingOn)
    expect([verdict, reasons, errorPercent]).toEqual(['passed', [], 0])
    const api = steps.find(({ name }) => name === 'api')
    expect(api).toMatchObject({ successPercent: 100, errorPercent: 0 })
    // Each hop is a request, of the run and of the seconds that the page draws.
    expect(requests).toBe(steps.reduce((sum, step) => sum + step.requests, api?.requests ?? 0))
    expect((await readTimeline(directory)).map(({ failedPercent }) => failedPercent ?? 0)).not.toContainEqual(
      expect.toSatisfy((percent: number) => percent > 0),
    )
  })

  it('takes a redirect for the answer where a step says that it is right', async () => {
    const journey = [{ name: 'api', requests: [{ path: '/api/hello', status: 302 }] }]
    const { verdict, reasons, requests, steps } = await smoke(behaviours.leadingOn, { journey })
    expect([verdict, reasons]).toEqual(['passed', []])
    expect(requests).toBe(steps[0]?.requests)
  })

  it('asks another site no more than it may, and passes with what that leaves room for', async () => {
    const requestsPerSecond = 4
    const result = await smoke(behaviours.well, { requestsPerSecond })
    expect(result).toMatchObject({ verdict: 'passed', reasons: [], requestsPerSecond, journeys: { least: 2 } })
    expect(result.requests / result.seconds).toBeLessThanOrEqual(requestsPerSecond * 1.5)
    expect(await readFile(join(result.directory, 'report.md'), 'utf8')).toContain('capped at 4 requests a second')
    expect(await readFile(join(result.directory, 'report.html'), 'utf8')).toContain('no more than 4 requests a second')
  })

  it('cannot pass on a site that is not there, and names the step', async () => {
    expect((await whyNot(smoke('http://127.0.0.1:9')))[0]).toBe(
      'homepage: 100 % of the requests failed (must be < 1 %)',
    )
  })

  it('cannot pass on a site that accepts and never answers', async () => {
    expect(await whyNot(smoke(behaviours.silent))).toContain('no journey came to its end')
  })

  it('cannot pass with a slow step among fast ones, and names it', async () => {
    const reasons = await whyNot(smoke(behaviours.slowApi))
    expect(reasons).toContainEqual(
      expect.stringMatching(/^api: 95 of 100 requests took up to \d+ ms \(must be < 500 ms\)$/),
    )
  })

  it('cannot pass with a wrong page that has the right status', async () => {
    expect((await whyNot(smoke(behaviours.wrongPage)))[0]).toBe('api: 0 % of the answers were right (must be > 95 %)')
  })

  it('cannot pass without an image that a style sheet names', async () => {
    const reasons = await whyNot(smoke(behaviours.lostImage))
    expect(reasons).toContainEqual(expect.stringMatching(/^assets: [\d.]+ % of the requests failed/))
  })

  it('cannot pass when visitors do not stop to think', async () => {
    const reasons = await whyNot(smoke(behaviours.well, { thinkTime: { minimum: '500 ms', maximum: '600 ms' } }))
    expect(reasons).toContainEqual(expect.stringMatching(/^the shortest think time was 5\d\d ms/))
  })

  it('is the scenario, whatever stands in the environment', async () => {
    const env = { K6_VUS: '1', K6_DURATION: '1s', K6_ITERATIONS: '1' }
    const { verdict, journeys } = await smoke(behaviours.well, { env })
    expect(verdict).toBe('passed')
    expect(journeys.completed).toBeGreaterThanOrEqual(journeys.least)
  })

  it('proves nothing when it is interrupted, and says so', async () => {
    const controller = new AbortController()
    const onSecond = (_elapsed: number, _total: number, seen: SeenSecond | undefined) => {
      if (seen) controller.abort()
    }
    const running = smoke(behaviours.well, { signal: controller.signal, onSecond })
    await expect(running).rejects.toThrow(Interrupted)
    const [newest] = await resultsIn(folder)
    expect(newest).toMatchObject({ verdict: 'invalid', interrupted: true })
  })
})
