import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testWorld } from '../../test/world.ts'
import { certificateStep, tlsFiles } from '../../src/targets/local/certificate.ts'
import { k6Path } from '../../src/targets/local/tools.ts'
import { behaviours, slowToConnect, stallingSite, testSite } from './proofs/test-site.ts'
import type { Result } from './result.ts'
import { runScenario } from './run.ts'
import type { Shape } from './scenarios/stages.ts'
import { loadTestingSettings } from './settings.ts'

const settings = loadTestingSettings.parse({
  accounts: 1,
  thinkTime: { minimum: '1 second', maximum: '1.5 seconds' },
  journey: [
    { name: 'homepage', requests: [{ path: '/', contains: 'Hello' }] },
    { name: 'api', requests: [{ path: '/api/hello', contains: 'hello, {account}' }] },
  ],
})
/** Two journeys begin in a second at the rate of five users: 2.5 s each. Fifty of them begin while a site stalls. */
const crowd: Shape = { scale: 0.15, users: 60, open: true }
const brief: Shape = { scale: 0.05 }
const stall = () => stallingSite(2500, 3000)

type Answer = Parameters<typeof testSite>[0]
const against = (answer: Answer, shape: Shape = brief) => ({ answer, shape, through: undefined, isSecure: false })

/** What is wrong with a site, and what is said of it. All of them are measured at once. */
const faults = {
  failing: { ...against(behaviours.failing), says: /^homepage: 100 % of the requests failed/ },
  empty: { ...against(behaviours.empty), says: /^api: 0 % of the answers were right/ },
  dropping: { ...against(behaviours.dropping), says: /^api: 0 % of the answers were right/ },
  wrongPassword: { ...against(behaviours.wrongPassword), says: /^api: 100 % of the requests failed/ },
  redirectLoop: { ...against(behaviours.redirectLoop), says: /^api: 100 % of the requests failed/ },
  slowToConnect: { ...against(behaviours.well), through: 700, says: /^homepage: 95 of 100 requests took up to \d+ ms/ },
  notTrusted: { ...against(behaviours.well), isSecure: true, says: /^homepage: 100 % of the requests failed/ },
  stallMetByArrivals: { ...against(stall(), crowd), says: /^95 of 100 requests took up to \d{4} ms/ },
} as const

let folder: string
let results: Readonly<Record<string, Result>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'faults-'))
  const { world } = testWorld()
  const k6 = await k6Path(world)
  const tls = await certificate()
  const measured = Object.entries(faults).map(async ([name, { answer, through, shape, isSecure }]) => {
    const site = await testSite(answer, isSecure ? tls : undefined)
    const door = through === undefined ? undefined : await slowToConnect(Number(new URL(site.address).port), through)
    try {
      const result = await runScenario(
        {
          k6,
          scenario: 'smoke',
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
  })
  results = Object.fromEntries(await Promise.all(measured))
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
  it('does not pass, and the reason says what is wrong', () => {
    const { verdict, reasons = [] } = results[name] ?? {}
    expect(verdict).not.toBe('passed')
    expect(reasons).toContainEqual(expect.stringMatching(says))
  })
})

it('says why requests failed, in the words of k6', () => {
  expect(results['dropping']?.reasons.at(-1)).toMatch(/^why, by k6, \d+ of \d+ times: /)
  expect(results['notTrusted']?.reasons.at(-1)).toMatch(
    /^why, by k6, (\d+) of \1 times: .*certificate signed by unknown authority/,
  )
})
