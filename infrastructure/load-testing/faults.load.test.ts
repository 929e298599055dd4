import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { eachAtOnce } from '../../src/core/at-once.ts'
import { certificateStep, tlsFiles } from '../../src/targets/local/certificate.ts'
import { k6Path } from '../../src/targets/local/tools.ts'
import { behaviours, leadingTo, slowBetween, slowToConnect, stallingSite, testSite } from './proofs/test-site.ts'
import { withTime } from './proofs/with-time.ts'
import type { Result } from './result.ts'
import { runScenario } from './run.ts'
import { type Shape, topOf } from './scenarios/stages.ts'
import { loadTestingSettings } from './settings.ts'

const settings = loadTestingSettings.parse({
  accounts: 1,
  thinkTime: { minimum: '1 second', maximum: '1.5 seconds' },
  journey: [
    { name: 'homepage', requests: [{ path: '/', contains: 'Hello' }] },
    { name: 'api', requests: [{ path: '/api/hello', contains: 'hello, {account}' }] },
  ],
})
/** The same, of somebody who says of no answer what it holds. */
const unsaid = loadTestingSettings.parse({
  ...settings,
  thinkTime: { minimum: '1 second', maximum: '1.5 seconds' },
  journey: settings.journey.map((step) => ({ ...step, requests: step.requests.map(({ path }) => ({ path })) })),
})
/** Eight journeys of 2.5 s begin in a second, at the rate of twenty users: two dozen of them while a site stalls. */
const many: Shape = { scale: 0.15, users: 20, open: true }
const brief: Shape = { scale: 0.05 }
const stall = () => stallingSite(2500, 3000)

/**
 * A climb by forty users, in 19 s; all are there for three of them, in which a third of all requests are made. One in twelve is
 * late then: eight of 96, where five are too many, and the fourteen that the whole way may have leave room for a slow machine.
 */
const climb: Shape = { scale: 0.01, users: 40 }
const top = topOf('stress', climb.scale) ?? { from: 0, to: 0 }
/** The first user of the climb is there after half a second. */
const slowAtTop = () => slowBetween(1000 * top.from - 500, 1000 * top.to - 500)

type Answer = Parameters<typeof testSite>[0]
const against = (answer: Answer, shape: Shape = brief) =>
  ({ answer, shape, settings, scenario: 'smoke', through: undefined, isSecure: false }) as const

/** Where nobody is to be led to, and how often somebody came. */
let visitsElsewhere = 0
const elsewhere = await testSite((_request, response) => {
  visitsElsewhere += 1
  response.end('hello, user-0001')
})

/** What is wrong with a site, and what is said of it. Two are measured at once: more would leave k6 no processor. */
const atOnce = 2
const faults = {
  failing: { ...against(behaviours.failing), says: /^homepage: 100 % of the requests failed/ },
  empty: { ...against(behaviours.empty), says: /^api: 0 % of the answers were right/ },
  emptyAndUnsaid: { ...against(behaviours.empty), settings: unsaid, says: /^api: 0 % of the answers were right/ },
  leadingElsewhere: {
    ...against(leadingTo(elsewhere.address)),
    says: new RegExp(`^api: leads to another site, ${elsewhere.address}$`),
  },
  dropping: { ...against(behaviours.dropping), says: /^api: 0 % of the answers were right/ },
  wrongPassword: { ...against(behaviours.wrongPassword), says: /^api: 100 % of the requests failed/ },
  leadingNowhere: { ...against(behaviours.leadingNowhere), says: /^api: 100 % of the requests failed/ },
  redirectLoop: { ...against(behaviours.redirectLoop), says: /^api: 100 % of the requests failed/ },
  slowToConnect: { ...against(behaviours.well), through: 700, says: /^homepage: 95 of 100 requests took up to \d+ ms/ },
  notTrusted: { ...against(behaviours.well), isSecure: true, says: /^homepage: 100 % of the requests failed/ },
  slowAtTheTop: {
    ...against(slowAtTop(), climb),
    scenario: 'stress',
    says: /^with all users there: 95 of 100 requests took up to \d+ ms/,
  },
  stallMetByFew: { ...against(stall(), { scale: 0.15 }), says: /^9[59] of 100 requests took up to \d{4} ms/ },
  stallMetByArrivals: { ...against(stall(), many), says: /^95 of 100 requests took up to \d{4} ms/ },
} as const
/**
 * The same standstill among so many requests that those who met it, one of each user, are too few for any bound: as in the
 * nine minutes of `load`.
 */
const stallAmongMany = {
  ...against(stall(), { scale: 0.3 }),
  settings: loadTestingSettings.parse({
    ...settings,
    thinkTime: { minimum: '1 second', maximum: '1.5 seconds' },
    journey: [{ name: 'api', requests: Array.from({ length: 40 }, () => ({ path: '/api/hello', contains: 'hello' })) }],
  }),
} as const
type Fault = Omit<(typeof faults)[keyof typeof faults], 'says'>

let folder: string
let results: Readonly<Record<string, Result>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faults-'))
  const { world } = testWorld()
  const k6 = await k6Path(world)
  const tls = await certificate()
  const measure = async ([name, { answer, through, shape, scenario, isSecure, settings: told }]: [string, Fault]) => {
    const site = await testSite(answer, isSecure ? tls : undefined)
    const door = through === undefined ? undefined : await slowToConnect(Number(new URL(site.address).port), through)
    try {
      const result = await runScenario(
        {
          k6,
          scenario,
          site: door ? `http://127.0.0.1:${door.port}` : site.address,
          password: '',
          settings: told,
          release: 'r1',
          releaseNow: () => Promise.resolve('r1'),
          versions: {},
          engines: {},
          folder: join(folder, name),
          shape,
          onSecond: () => undefined,
        },
        world,
      )
      return [name, result] as const
    } finally {
      door?.close()
      site.close()
    }
  }
  results = Object.fromEntries(await eachAtOnce(Object.entries<Fault>({ ...faults, stallAmongMany }), measure, atOnce))
})
/** Of an authority that nobody but this test knows. */
async function certificate() {
  await mkdir(join(folder, 'tls'))
  const step = certificateStep(folder, 'localhost')
  const { world } = testWorld()
  const found = await step.observe(world)
  if (found !== 'done') await step.ensure(world, found)
  const { key, certificate: cert } = tlsFiles(folder)
  return { key: await readFile(key), cert: await readFile(cert) }
}
afterAll(async () => {
  elsewhere.close()
  await rm(folder, { recursive: true, force: true })
})

describe.each(Object.entries(faults))('a site that is %s', (name, { says }) => {
  it('fails, and the reason says what is wrong', () => {
    const { verdict, reasons = [] } = withTime(results[name] ?? {})
    expect([verdict, ...reasons]).toEqual(['failed', ...reasons])
    expect(reasons).toContainEqual(expect.stringMatching(says))
  })
})

it('stands still among many answers: no bound sees it, and the page names the seconds', async () => {
  const { verdict, reasons } = withTime(results['stallAmongMany'] ?? {})
  expect([verdict, ...reasons]).toEqual(['passed'])
  const page = await readFile(join(results['stallAmongMany']?.directory ?? '', 'report.html'), 'utf8')
  // Of three seconds a visitor meets what is left after his pause, which is one and a half at the most.
  expect(page.replaceAll('\u00a0', ' ')).toMatch(
    /Beyond its bound in \d of \d+ seconds: at [4-7] s \(p9[59] (1[5-9]|2\d|3\d)\d\d ms\)/,
  )
})

it('leads to another site: each request that does has failed, and no other', () => {
  const failedOf = (step: string) => results['leadingElsewhere']?.steps.find(({ name }) => name === step)?.errorPercent
  expect([failedOf('homepage'), failedOf('api')]).toEqual([0, 100])
})

it('leads nobody to another site: nobody asked for that one to be loaded', () => {
  expect(results['leadingElsewhere']?.requests).toBeGreaterThan(0)
  expect(visitsElsewhere).toBe(0)
})

it('is slow at the top alone: no figure of the whole way says so', () => {
  expect(withTime(results['slowAtTheTop'] ?? {}).reasons).toEqual([expect.stringMatching(/^with all users there: /)])
})

it('says why requests failed, in the words of k6', () => {
  expect(results['dropping']?.reasons.at(-1)).toMatch(/^why, by k6, \d+ of \d+ times: /)
  expect(results['notTrusted']?.reasons.at(-1)).toMatch(
    /^why, by k6, (\d+) of \1 times: .*certificate signed by unknown authority/,
  )
})
