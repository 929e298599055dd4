import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { eachAtOnce } from '../../src/core/at-once.ts'
import { certificateStep, tlsFiles } from '../../src/targets/local/certificate.ts'
import { k6Path } from '../../src/targets/local/tools.ts'
import { behaviours, slowBetween, slowToConnect, stallingSite, testSite } from './proofs/test-site.ts'
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
  ({ answer, shape, scenario: 'smoke', through: undefined, isSecure: false }) as const

/** What is wrong with a site, and what is said of it. Two are measured at once: more would leave k6 no processor. */
const atOnce = 2
const faults = {
  failing: { ...against(behaviours.failing), says: /^homepage: 100 % of the requests failed/ },
  empty: { ...against(behaviours.empty), says: /^api: 0 % of the answers were right/ },
  dropping: { ...against(behaviours.dropping), says: /^api: 0 % of the answers were right/ },
  wrongPassword: { ...against(behaviours.wrongPassword), says: /^api: 100 % of the requests failed/ },
  redirectLoop: { ...against(behaviours.redirectLoop), says: /^api: 100 % of the requests failed/ },
  slowToConnect: { ...against(behaviours.well), through: 700, says: /^homepage: 95 of 100 requests took up to \d+ ms/ },
  notTrusted: { ...against(behaviours.well), isSecure: true, says: /^homepage: 100 % of the requests failed/ },
  slowAtTheTop: {
    ...against(slowAtTop(), climb),
    scenario: 'stress',
    says: /^with all users there: 95 of 100 requests took up to \d+ ms/,
  },
  stallMetByArrivals: { ...against(stall(), many), says: /^95 of 100 requests took up to \d{4} ms/ },
} as const
type Fault = (typeof faults)[keyof typeof faults]

let folder: string
let results: Readonly<Record<string, Result>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faults-'))
  const { world } = testWorld()
  const k6 = await k6Path(world)
  const tls = await certificate()
  const measure = async ([name, { answer, through, shape, scenario, isSecure }]: [string, Fault]) => {
    const site = await testSite(answer, isSecure ? tls : undefined)
    const door = through === undefined ? undefined : await slowToConnect(Number(new URL(site.address).port), through)
    try {
      const result = await runScenario(
        {
          k6,
          scenario,
          site: door ? `http://127.0.0.1:${door.port}` : site.address,
          password: '',
          settings,
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
  results = Object.fromEntries(await eachAtOnce(Object.entries<Fault>(faults), measure, atOnce))
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
afterAll(() => rm(folder, { recursive: true, force: true }))

describe.each(Object.entries(faults))('a site that is %s', (name, { says }) => {
  it('fails, and the reason says what is wrong', () => {
    const { verdict, reasons = [] } = withTime(results[name] ?? {})
    expect([verdict, ...reasons]).toEqual(['failed', ...reasons])
    expect(reasons).toContainEqual(expect.stringMatching(says))
  })
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
